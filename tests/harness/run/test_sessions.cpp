// SPDX-License-Identifier: Apache-2.0
// Which session a handshake offers, and what becomes of it at a server that does not know it, walked in the simulated
// world with OpenSSL at both ends.
#include "harness/judge/verdict.hpp"
#include "harness/run/run.hpp"
#include "harness/scenario/load.hpp"
#include "tests/support/catch.hpp"

using namespace twinwire;
using judge::Verdict;

namespace {

scenario::BenchSpec bare_wire() {
  scenario::BenchSpec spec;
  spec.world = scenario::World::Simulation;
  spec.ordered = true;
  spec.client.address = {*wire::parse_prefix("198.18.0.1/24")};
  spec.server.address = {*wire::parse_prefix("198.18.0.2/24")};
  spec.device.kind = "wire";
  spec.device.layer = 2;
  return spec;
}

/// The verdicts of all cells in one word, or the first that is not a pass with what was found.
std::string verdict(const std::string& text) {
  const auto cells = scenario::parse_scenario("format = 1\ntitle = \"t\"\nfamily = \"ipv4\"\n" + text, "sessions.toml");
  const auto bench = bench::bind(bare_wire());
  std::vector<const scenario::Scenario*> pointers;
  for (const auto& cell : cells) pointers.push_back(&cell);
  std::string said = "pass";
  run::Floor(*bench, 1).walk(pointers, run::Options(), [&](const run::Walked& walked) {
    const scenario::Scenario& cell = cells[walked.cell];
    const auto result = judge::judge(cell, bare_wire(), walked.transcript);
    if (result.verdict == Verdict::Pass && walked.error.empty()) return;
    said = cell.cell + ": " + walked.error;
    for (const auto& finding : result.findings) said += finding.text + "; ";
  });
  return said;
}

const std::string kinds = "[matrix]\n\"client.tls.resume\" = [\"id\", \"ticket\", \"psk\"]\n";
const std::string first_two =
    "client.a connects\nclient.a starts tls @full\nclient.a closes\nclient.b connects\nclient.b starts tls @other\n"
    "client.b closes\n";

std::string script(const std::string& ladder) { return "[script]\nladder = '''\n" + ladder + "'''\n"; }

}  // namespace

TEST_CASE("a session is resumed more than once, and while another connection resumes it", "[run][tls]") {
  CHECK(verdict("[client]\ntls = { resume = \"psk\" }\n" +
                script(first_two + "client.c connects\nclient.d connects\nclient.c resumes tls of @full @first\n"
                                   "client.d resumes tls of @full @second\nclient.c closes\nclient.d closes\n"
                                   "client.e connects\nclient.e resumes tls of @second @third\n") +
                "[expect]\nfirst = \"resumed\"\nsecond = \"resumed\"\nthird = \"resumed\"\n" + kinds) == "pass");
}

TEST_CASE("the session of a named act is offered, and not the newest", "[run][tls]") {
  const std::string ladder =
      "client.a connects\nclient.a starts tls @old\nserver forgets sessions\nclient.b connects\n"
      "client.b starts tls @new\nclient.c connects\nclient.c resumes tls of @old @stale\nclient.d connects\n"
      "client.d resumes tls of @new @fresh\n";
  CHECK(verdict("[client]\ntls = { resume = \"psk\" }\n" + script(ladder) +
                "[expect]\nstale = \"full\"\nfresh = \"resumed\"\n" + kinds) == "pass");
}

TEST_CASE("a server that has forgotten its sessions shakes hands in full", "[run][tls]") {
  const std::string ladder =
      "client.a connects\nclient.a starts tls\nclient.a closes\nserver forgets sessions\nclient.b connects\n"
      "client.b resumes tls @again\n";
  const std::string client = "[client]\ntls = { resume = \"psk\" }\n";
  CHECK(verdict(client + script(ladder) + "[expect]\nagain = \"full\"\n" + kinds) == "pass");
  CHECK_THAT(verdict(client + script(ladder) + "[expect]\nagain = \"resumed\"\n" + kinds),
             ContainsSubstring("it completed as a full handshake, the session was not taken"));
}

TEST_CASE("handshakes that resume have settings of their own", "[run][tls]") {
  const std::string client = "[client]\ntls = { resume = \"psk\", resuming = { server_name = \"other.example\" } }\n";
  const std::string server = "[server]\ntls = { names = [\"server.example\", \"other.example\"] }\n";
  // In TLS 1.3 OpenSSL takes a session under another name; that of TLS 1.2 stays with the name that it was made for.
  CHECK(verdict(client + server + "[expect]\nhandshake = [\"full\", \"resumed\"]\n" + kinds) == "pass");
  const std::string older = "[client]\ntls = { resume = \"psk\", resuming = { version = \"1.2\" } }\n";
  CHECK(verdict(older + "[expect]\nhandshake = \"full\"\n") == "pass");
  const std::string newer =
      "[client]\ntls = { resume = \"ticket\", resuming = { version = \"1.3\", also_older = true } }\n";
  CHECK(verdict(newer + "[expect]\nhandshake = \"full\"\n") == "pass");
}

TEST_CASE("a ticket is as large at the client as at the server", "[run][tls]") {
  CHECK(verdict("[client]\ntls = { resume = \"psk\" }\n[server]\ntls = { ticket_bytes = 3000 }\n"
                "[expect]\nticket = \"kept\"\n[matrix]\n\"client.tls.resume\" = [\"ticket\", \"psk\"]\n") == "pass");
}
