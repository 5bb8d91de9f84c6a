// SPDX-License-Identifier: Apache-2.0
// Sessions that live on the bench's time and beyond a walk.
#include "harness/judge/verdict.hpp"
#include "harness/run/run.hpp"
#include "harness/scenario/load.hpp"
#include "tests/support/catch.hpp"

using namespace twinwire;
using namespace std::chrono_literals;
using judge::Verdict;

namespace {

scenario::BenchSpec plain_wire() {
  scenario::BenchSpec spec;
  spec.world = scenario::World::Simulation;
  spec.ordered = true;
  spec.client.address = {*wire::parse_prefix("198.18.0.1/24"), *wire::parse_prefix("2001:2::1/64")};
  spec.server.address = {*wire::parse_prefix("198.18.0.2/24"), *wire::parse_prefix("2001:2::2/64")};
  spec.device.kind = "wire";
  spec.device.layer = 2;
  return spec;
}

/// The scenario over IPv4.
scenario::Scenario cell(const std::string& text) {
  return scenario::parse_scenario("format = 1\ntitle = \"t\"\nwhy = \"w\"\nfamily = \"ipv4\"\n" + text, "test.toml")
      .front();
}

std::string ladder(const std::string& lines) { return "[script]\nladder = '''\n" + lines + "'''\n"; }

struct Walks {
  std::unique_ptr<bench::Bench> bench = bench::bind(plain_wire());
  run::Floor floor{*bench, 1};

  std::vector<run::Walked> walk(const std::vector<const scenario::Scenario*>& cells, const run::Options& options = {}) {
    std::vector<run::Walked> all;
    floor.walk(cells, options, [&](run::Walked walked) { all.push_back(std::move(walked)); });
    return all;
  }
};

std::string fact(const run::Walked& walked, const std::string& name) {
  std::string found;
  for (const auto& event : walked.transcript.events) {
    if (event.kind != observe::Event::Kind::Says || event.wire != scenario::Party::Client) continue;
    if (event.facts.contains(name)) found = event.facts.at(name);
  }
  return found;
}

std::vector<std::uint8_t> octets_on_the_wire(const run::Walked& walked) {
  std::vector<std::uint8_t> octets;
  for (const auto& event : walked.transcript.events)
    octets.insert(octets.end(), event.frame.begin(), event.frame.end());
  return octets;
}

}  // namespace

TEST_CASE("a simulated wait ages the sessions at both ends", "[run][tls]") {
  for (const std::string resume : {"id", "ticket", "psk"}) {
    for (const auto& [wait, outcome] : {std::pair{"58s", "resumed"}, std::pair{"62s", "full"}}) {
      const auto scenario =
          cell("[client]\ntls = { resume = \"" + resume +
               "\" }\n[server]\ntls = { session_lifetime = \"60s\" }\n[expect]\nagain = \"" + outcome + "\"\n" +
               ladder("client.a connects\nclient.a starts tls\nclient.a closes\nwait " + std::string(wait) +
                      "\nclient.b connects\nclient.b resumes tls @again\nclient.b closes\n"));
      Walks walks;
      const auto walked = walks.walk({&scenario});
      INFO(resume << " after " << wait << " " << walked.at(0).error);
      CHECK(judge::judge(scenario, plain_wire(), walked.at(0).transcript).verdict == Verdict::Pass);
    }
  }
}

TEST_CASE("a session that one cell was given is resumed in another at the same server", "[run][tls]") {
  const auto first = cell("[client]\ntls = { version = \"1.3\" }\n" + ladder("client connects\nclient starts tls\n"));
  const auto again =
      cell("[client]\ntls = { resume = \"psk\" }\n" + ladder("client connects\nclient starts tls\nclient closes\n"
                                                             "client.b connects\nclient.b resumes tls\n"));
  Walks walks;
  run::TlsServer server(first.tls->server, walks.bench->timeline());
  run::Options options;
  options.share = [&](std::size_t) { return run::Shared{&server, {}}; };
  const auto primed = walks.walk({&first}, options);
  REQUIRE(primed.at(0).session.has_value());

  scenario::Scenario only_resumes = again;
  only_resumes.steps.erase(only_resumes.steps.begin(), only_resumes.steps.begin() + 3);
  options.share = [&](std::size_t) { return run::Shared{&server, primed[0].session}; };
  const auto resumed = walks.walk({&only_resumes}, options);
  CHECK(fact(resumed.at(0), "resumed") == "yes");

  SECTION("and is unknown at another") {
    run::TlsServer other(first.tls->server, walks.bench->timeline());
    options.share = [&](std::size_t) { return run::Shared{&other, primed[0].session}; };
    CHECK(fact(walks.walk({&only_resumes}, options).at(0), "resumed") == "no");
  }
}

TEST_CASE("cells begin when their time has come", "[run]") {
  const auto scenario = cell(ladder("client connects\nclient closes\n"));
  Walks walks;
  run::Options options;
  const time::Instant start = walks.bench->timeline().now();
  options.begins = {start + 10s, start + 10s, start + 3600s};
  const auto walked = walks.walk({&scenario, &scenario, &scenario}, options);
  REQUIRE(walked.size() == 3);
  for (const auto& one : walked) {
    CHECK(one.transcript.events.front().at >= options.begins[one.cell]);
    CHECK(one.transcript.events.front().at < options.begins[one.cell] + 1s);
  }
}

TEST_CASE("with seeded randomness a simulated handshake has the same octets again", "[run][tls]") {
  const auto scenario =
      cell("[client]\ntls = { resume = \"psk\" }\n" +
           ladder("client.a connects\nclient.a starts tls\nclient.b connects\nclient.b resumes tls\n"));
  const auto once = [&](std::uint64_t seed) {
    run::seed_randomness(seed);
    Walks walks;
    return octets_on_the_wire(walks.walk({&scenario}).at(0));
  };
  const auto seven = once(7);
  CHECK(seven != once(8));
  // A ticket holds the second of the machine's clock in which it was made: try again if that has changed meanwhile.
  bool same = false;
  for (int attempt = 0; attempt < 3 && !same; ++attempt) same = once(7) == once(7);
  CHECK(same);
}
