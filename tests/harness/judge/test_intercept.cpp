// SPDX-License-Identifier: Apache-2.0
// Handshakes on a path where the device may take connections for itself.
#include "harness/judge/verdict.hpp"
#include "harness/scenario/load.hpp"
#include "tests/harness/observe/frames.hpp"
#include "tests/support/catch.hpp"

using namespace twinwire;
using judge::Verdict;
using observe::Event;
using scenario::Party;
using Facts = std::map<std::string, std::string>;

namespace {

const Facts client_complete{{"act", "completes"}, {"tcp", "established"}, {"tls", "complete"}, {"resumed", "no"}};
const Facts server_unasked{{"act", "completes"}, {"tcp", "nothing"}, {"port", "443"}};

void say(test::Tape& tape, Party end, const Facts& facts) {
  Event event;
  event.kind = Event::Kind::Says;
  event.step = 1;
  event.wire = end;
  event.facts = facts;
  tape.transcript.events.push_back(event);
}

/// What becomes of a full handshake of which the ends say this.
judge::Result handshake(scenario::PathSpec::Kind path, const Facts& client, const Facts& server) {
  const auto scenario =
      scenario::parse_scenario(
          "format = 1\ntitle = \"t\"\nwhy = \"w\"\nfamily = \"ipv4\"\n[client]\ntls = { version = \"1.3\" }\n[script]\n"
          "ladder = '''\nclient connects\nclient starts tls @handshake\n'''\n[expect]\nhandshake = \"full\"\n",
          "test.toml")
          .front();
  scenario::BenchSpec bench;
  bench.profile = scenario::Profile::Proxy;
  bench.path.kind = path;
  test::Tape tape;
  tape.begins(0);
  tape.done(0);
  tape.begins(1);
  say(tape, Party::Client, client);
  say(tape, Party::Server, server);
  tape.done(1);
  tape.closes();
  return judge::judge(scenario, bench, tape.transcript);
}

constexpr auto intercept = scenario::PathSpec::Kind::Intercept;

}  // namespace

TEST_CASE("an inspector may complete a handshake before it asks the server, a relay may not", "[judge][intercept]") {
  CHECK(handshake(intercept, client_complete, server_unasked).verdict == Verdict::Pass);
  CHECK(handshake(scenario::PathSpec::Kind::Relay, client_complete, server_unasked).verdict == Verdict::Fail);
}

TEST_CASE("a handshake that the server has begun must be complete there too", "[judge][intercept]") {
  Facts server{{"tcp", "established"}, {"tls", "waiting"}, {"port", "443"}};
  CHECK(handshake(intercept, client_complete, server).verdict == Verdict::Fail);
  server["tls"] = "complete";
  CHECK(handshake(intercept, client_complete, server).verdict == Verdict::Pass);
}

TEST_CASE("an inspector that goes to another port of the server is found out", "[judge][intercept]") {
  const auto result =
      handshake(intercept, client_complete, {{"tcp", "established"}, {"tls", "complete"}, {"port", "8443"}});
  CHECK(result.verdict == Verdict::Fail);
  CHECK_THAT(result.diagnosis, ContainsSubstring("port 8443 of the server instead of 443"));
}
