// SPDX-License-Identifier: Apache-2.0
// What a cut-over comes to, and what is advised.
#include <algorithm>
#include <ctime>

#include "harness/cutover/finding.hpp"
#include "harness/cutover/words.hpp"
#include "tests/harness/cutover/support.hpp"
#include "tests/support/catch.hpp"

using namespace twinwire;
using namespace twinwire::cutover;
using namespace twinwire::cutover::test;
using namespace std::chrono_literals;

namespace {

/// A thousand clients that come every ten minutes on average.
Population crowd(const std::vector<std::uint32_t>& shares, std::uint32_t clients = 1'000) {
  Population population = population_of(clients, ClientKind::Fresh);
  population.shares = shares;
  population.returns = {scenario::Returns::Distribution::Exponential, 10min, {}, {}};
  population.policies = {kept(1h), lowered(1h, 60s, 1h + 1s), lowered(1h, 60s, 0s)};
  population.policies[2].name = "lowered at the change";
  return population;
}

const std::vector<std::uint32_t> tls12{1, 1, 0, 0, 0}, all_kinds{1, 1, 1, 1, 1}, fresh{0, 0, 0, 0, 1};

bool says(const std::vector<std::string>& sentences, const std::string& words) {
  return std::ranges::any_of(sentences,
                             [&](const std::string& sentence) { return sentence.find(words) != std::string::npos; });
}

}  // namespace

TEST_CASE("times are told in seconds up to two minutes, then in hours and minutes", "[cutover][words]") {
  CHECK(words(0s) == "0 s");
  CHECK(words(61s) == "61 s");
  CHECK(words(60'910ms) == "61 s");
  CHECK(words(60'899ms) == "60.9 s");
  CHECK(words(2500ms) == "2.5 s");
  CHECK(words(120s) == "120 s");
  CHECK(words(10min) == "10 min");
  CHECK(words(1h) == "1 h");
  CHECK(words(1h + 1s) == "1 h 1 s");
  CHECK(words(59min + 57'100ms) == "59 min 58 s");
  CHECK(counted(1, "client") == "1 client");
  CHECK(counted(0, "client") == "0 clients");
}

TEST_CASE("what was measured is told in one sentence for each kind and situation", "[cutover][measurement]") {
  Measurement measurement;
  measurement.add(ClientKind::Psk, Situation::Old, reset_by_device, 100);
  measurement.add(ClientKind::Ticket, Situation::Old, {Outcome::Alert, 51, Author::Device}, 40);
  measurement.add(ClientKind::Ticket, Situation::Old, resumed, 60);
  measurement.add(ClientKind::Fresh, Situation::Full, full, 7);
  measurement.add(ClientKind::SessionId, Situation::New, {Outcome::Hangs, {}, Author::Unknown}, 2);
  measurement.add(ClientKind::SessionId, Situation::Primed, full, 0);
  CHECK(summary(measurement) ==
        std::vector<std::string>{"60 of 100 TLS 1.2 ticket sessions from before the change were resumed, 40 were ended "
                                 "with alert 51 by the device",
                                 "100 of 100 TLS 1.3 PSK sessions from before the change were reset by the device",
                                 "7 of 7 full handshakes of sessionless clients after the change were completed",
                                 "2 of 2 TLS 1.2 session-ID sessions from after the change hung"});
  CHECK(digest(measurement) ==
        std::vector<std::string>{"60 of 100 TLS 1.2 ticket sessions from before the change were resumed, 40 were ended "
                                 "with alert 51 by the device",
                                 "100 of 100 TLS 1.3 PSK sessions from before the change were reset by the device",
                                 "2 of 2 TLS 1.2 session-ID sessions from after the change hung",
                                 "without breakage besides: 7 full"});
  CHECK(digest(Measurement()).empty());
  CHECK(measurement.total(Situation::Old) == 200);
  CHECK(measurement.broken(Situation::Old) == 140);
  CHECK(measurement.broken(ClientKind::Ticket, Situation::Old) == 40);
  CHECK(measurement.total(Situation::Primed) == 0);
}

TEST_CASE("a lifetime lowered early enough ends it within a minute and a second", "[cutover][plan]") {
  const Finding finding = conclude(crowd(tls12), 1, inspecting());
  CHECK(finding.kind == Kind::OldSessions);
  CHECK(finding.statement ==
        "400 of 400 resumptions of sessions from before the change break, and 0 of 500 full handshakes");
  REQUIRE(finding.computed.size() == 3);
  CHECK(finding.computed[0].broken > 1'000);
  CHECK(finding.computed[0].last_breakage > 50min);
  CHECK(finding.computed[0].last_breakage <= 1h);
  // A tenth of the clients was there in the last minute and holds a session still.
  CHECK(*finding.computed[1].holders > 60);
  CHECK(*finding.computed[1].holders < 140);
  CHECK(finding.computed[1].last_breakage <= 61s);
  CHECK(finding.computed[1].broken_clients < finding.computed[0].broken_clients / 10);
  CHECK(finding.computed[2].last_breakage > 50min);
  REQUIRE(finding.plan);
  CHECK(finding.plan->without.connections == finding.computed[0].broken);
  CHECK(finding.plan->lowering_is_enough);
  CHECK(finding.plan->lowered.connections == finding.computed[1].broken);
  CHECK(finding.plan->at_the_change.connections == 0);
  CHECK(finding.plan->deadline == 61s);
  CHECK(*finding.plan->longest >= 60s);
  CHECK(*finding.plan->longest < 80s);
  CHECK(says(finding.advice, "lower the session lifetime to 60 s at least 1 h before the change"));
  CHECK(says(finding.advice, "keep it until 61 s after the change"));
  CHECK(says(finding.advice, "at the moment of the change itself, no connection breaks"));
  CHECK(says(finding.notes, "1000 clients with the seed 1 from 400 resumptions and 500 full handshakes"));
  CHECK(says(finding.notes, "on the bench inspecting"));
}

TEST_CASE("with TLS 1.3 the server has to forget its sessions too", "[cutover][plan]") {
  const Finding finding = conclude(crowd({0, 0, 1, 0, 0}), 1, inspecting());
  REQUIRE(finding.plan);
  CHECK_FALSE(finding.plan->lowering_is_enough);
  CHECK(finding.plan->forgetting_is_enough);
  CHECK(finding.plan->lowered.last > 50min);
  CHECK(finding.plan->forgotten.last <= 61s);
  CHECK(finding.plan->forgotten.policy.lowered_before == 61s);
  CHECK(finding.plan->forgotten.clients > 0);
  CHECK(says(finding.advice, "a TLS 1.3 ticket that a resumption brings inherits the old lifetime"));
  CHECK(says(finding.advice, "forget its sessions (new ticket keys, an empty session memory) at least 61 s before"));
}

TEST_CASE("without old sessions the finding says why a lab sees nothing", "[cutover][plan]") {
  Measurement measurement;
  measurement.add(ClientKind::Fresh, Situation::Full, full, 100);
  const Finding finding = conclude(crowd(fresh), 1, measurement);
  CHECK(finding.kind == Kind::NothingHeld);
  CHECK(says({finding.statement}, "nobody holds a session from before the change"));
  CHECK(says({finding.statement}, "that is why a lab sees nothing"));
  CHECK(says(finding.notes, "no session was primed"));
  CHECK(finding.computed[0].broken == 0);
  CHECK_FALSE(finding.plan);
}

TEST_CASE("where nothing breaks no lowering is needed", "[cutover][plan]") {
  for (const Ending& ending : {resumed, full}) {
    const Finding finding = conclude(crowd(all_kinds), 1, inspecting(100, ending));
    CHECK(finding.kind == Kind::NothingBreaks);
    CHECK(finding.advice == std::vector<std::string>{"no lowering of the session lifetime is needed"});
    CHECK(finding.computed[0].broken == 0);
  }
}

TEST_CASE("where full handshakes break no lifetime helps", "[cutover][plan]") {
  Measurement measurement = inspecting();
  measurement.add(ClientKind::Psk, Situation::Full, {Outcome::WrongCertificate, {}, Author::Unknown}, 3);
  const Finding finding = conclude(crowd(all_kinds), 1, measurement);
  CHECK(finding.kind == Kind::FullHandshakes);
  CHECK(says({finding.statement}, "3 of 503 full handshakes break"));
  CHECK(says(finding.advice, "no session lifetime helps"));
  CHECK_FALSE(finding.plan);

  measurement = inspecting();
  measurement.add(ClientKind::Psk, Situation::New, reset_by_device, 1);
  CHECK(conclude(crowd(all_kinds), 1, measurement).kind == Kind::AfterChange);
}

TEST_CASE("clients that come too seldom to hold a session need no lowering", "[cutover][plan]") {
  Population population = crowd(tls12);
  population.policies = {kept(60s)};
  population.returns = {scenario::Returns::Distribution::Fixed, 10min, {}, {}};
  const Finding finding = conclude(population, 1, inspecting());
  REQUIRE(finding.kind == Kind::OldSessions);
  CHECK(says(finding.advice, "no lowering of the session lifetime is needed for this population"));
}

TEST_CASE("an advice on a scale is divided like everything else", "[cutover][plan]") {
  Population population = crowd(tls12);
  population.scale = 30;
  population.before = 4min;
  population.after = 2min;
  population.minute = 2s;
  population.returns.mean = 20s;
  population.policies = {kept(120s), lowered(120s, 2s, 121s)};
  const Finding finding = conclude(population, 1, inspecting());
  REQUIRE(finding.plan);
  CHECK(finding.plan->deadline == 3s);
  CHECK(finding.plan->lowered.policy.lowered_to == 2s);
  CHECK(finding.computed[1].last_breakage <= 3s);
  CHECK(says(finding.notes, "divided by 30"));
}

TEST_CASE("what is not known is noted", "[cutover][plan]") {
  Measurement measurement;
  measurement.add(ClientKind::Psk, Situation::Primed, reset_by_device, 4);
  measurement.add(ClientKind::Psk, Situation::Old, reset_by_device, 5);
  const Finding finding = conclude(crowd(all_kinds), 1, measurement);
  CHECK(says(finding.notes, "no TLS 1.2 ticket session from before the change was measured"));
  CHECK(says(finding.notes, "4 handshakes broke before the change already"));
  CHECK(says(finding.advice, "which was not measured"));
  Measurement declined = inspecting(10, resumed);
  declined.add(ClientKind::Ticket, Situation::Declined, reset_by_device, 10);
  CHECK(says(conclude(crowd(tls12), 1, declined).notes, "10 of 50 offers that the server declines break as well"));
}

TEST_CASE("a population that comes too short a time before the change is told so", "[cutover][plan]") {
  Population population = crowd(tls12);
  population.before = 30min;
  population.policies = {kept(1h)};
  CHECK(says(conclude(population, 1, inspecting()).advice, "a 'before' of 1 h 1 s would show them"));
}

TEST_CASE("walked curves are held against the computed ones of their policy", "[cutover][plan]") {
  const Population population = crowd(tls12);
  Curve walked = conclude(population, 1, inspecting()).computed[1];
  const Finding same = conclude(population, 1, inspecting(), {walked});
  REQUIRE(same.difference);
  CHECK(same.difference->points() == 0.0);
  walked.minutes[30].by_outcome[static_cast<std::size_t>(Outcome::Reset)] = walked.minutes[30].connections;
  walked.minutes[30].by_outcome[static_cast<std::size_t>(Outcome::Resumed)] = 0;
  walked.minutes[30].by_outcome[static_cast<std::size_t>(Outcome::Full)] = 0;
  const Finding other = conclude(population, 1, inspecting(), {walked});
  REQUIRE(other.difference);
  CHECK(other.difference->minute == 30);
  CHECK(other.difference->points() == 100.0);
  CHECK(says(other.notes, "differ by 100.0 percentage points at most, in minute 31 of \"lowered\""));
  walked.policy = "of no policy";
  CHECK_FALSE(conclude(population, 1, inspecting(), {walked}).difference);
}

TEST_CASE("ten thousand clients are computed in less than two seconds", "[cutover][plan]") {
  Population population = crowd(all_kinds, 10'000);
  population.policies.push_back(forgetting(lowered(1h, 60s, 61s)));
  const std::clock_t begun = std::clock();
  const Finding finding = conclude(population, 1, inspecting());
  const auto seconds = static_cast<double>(std::clock() - begun) / CLOCKS_PER_SEC;
  CHECK(seconds < 2.0);  // of the processor; a twentieth of that was measured
  CHECK(finding.computed.size() == 4);
  CHECK(finding.computed[0].connections > 55'000);
}
