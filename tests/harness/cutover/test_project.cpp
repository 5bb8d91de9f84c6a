// SPDX-License-Identifier: Apache-2.0
// Small populations whose hour was worked out by hand.
#include "tests/harness/cutover/support.hpp"
#include "tests/support/catch.hpp"

using namespace twinwire;
using namespace twinwire::cutover;
using namespace twinwire::cutover::test;
using namespace std::chrono_literals;

namespace {

/// Three clients that come every ten minutes, from 1 h 59 min, 1 h 55 min and 1 h 51 min before the change on.
std::vector<Visit> three_clients(ClientKind kind) {
  std::vector<Visit> all;
  for (int turn = 0; turn < 18; ++turn) {
    for (const std::uint32_t client : {0U, 1U, 2U})
      all.push_back({-119min + 4min * client + 10min * turn, client, kind});
  }
  return all;
}

Curve curve_of(ClientKind kind, const LifetimePolicy& policy, const Measurement& measurement = inspecting(),
               const Population& population = population_of(3, ClientKind::Psk)) {
  Population of_kind = population;
  of_kind.shares.assign(scenario::client_kinds, 0);
  of_kind.shares[static_cast<std::size_t>(kind)] = 1;
  return project(of_kind, policy, three_clients(kind), measurement, 1);
}

std::vector<std::size_t> minutes_with_breakage(const Curve& curve) {
  std::vector<std::size_t> found;
  for (std::size_t at = 0; at < curve.minutes.size(); ++at) {
    if (curve.minutes[at].broken() > 0) found.push_back(at);
  }
  return found;
}

}  // namespace

// The clients come at minutes 1, 11, 21 ...; 5, 15, 25 ...; 9, 19, 29 ... after the change.

TEST_CASE("with a ticket of TLS 1.2 each client breaks until its session is too old", "[cutover][project]") {
  // A lifetime of 25 minutes: sessions are of -119 min + 30 min * n, as resumptions renew nothing and that of the third
  // return is too old. So client 0 holds that of -29 min (too old at -4 min), offers it at -9 min and takes a new one
  // at 1 min, in a full handshake. Client 1 takes one at -25 min, breaks at no time: at 5 min it is 30 min old. Client
  // 2 likewise at -21 min, and 9 min.
  Curve curve = curve_of(ClientKind::Ticket, kept(25min));
  CHECK(curve.connections == 18);
  CHECK(curve.broken == 0);
  CHECK(curve.holders == 2);  // of client 1 and 2, 25 and 21 min old

  // 45 minutes: sessions of -119 + 50 n. Client 0: -69, -19 min; at 1, 11, 21 min it is 20, 30, 40 min old and breaks,
  // at 31 min it is 50 min old. Client 1: -15 min, breaks at 5, 15, 25 min. Client 2: -11 min, at 9, 19, 29 min.
  curve = curve_of(ClientKind::Ticket, kept(45min));
  CHECK(curve.holders == 3);
  CHECK(curve.broken == 9);
  CHECK(curve.broken_clients == 3);
  CHECK(curve.last_breakage == 29min);
  CHECK(curve.last_of_before == 29min);
  CHECK(minutes_with_breakage(curve) == std::vector<std::size_t>{1, 5, 9, 11, 15, 19, 21, 25, 29});
  // TLS 1.2 offers whatever it has, so all 18 connections offer; afterwards each client has a session of after.
  CHECK(curve.offers == 18);
  CHECK(curve.minutes[31].full() == 1);
  CHECK(curve.minutes[31].offers == 1);
  CHECK(curve.minutes[41].resumed() == 1);
  CHECK(curve.minutes[0].connections == 0);
  CHECK(curve.minutes.size() == 60);
}

TEST_CASE("with TLS 1.3 the session that breaks is the one of the last visit before the change", "[cutover][project]") {
  // Each resumption renews: client 0 has one of -9 min, client 1 of -5 min, client 2 of -1 min. With 25 minutes they
  // break at 1, 11 (10 and 20 min old); 5, 15 (10, 20); 9, 19.
  const Curve curve = curve_of(ClientKind::Psk, kept(25min));
  CHECK(curve.broken == 6);
  CHECK(curve.broken_clients == 3);
  CHECK(curve.last_breakage == 19min);
  // At 21 min it is left out.
  CHECK(curve.minutes[21].full() == 1);
  CHECK(curve.minutes[21].offers == 0);
  CHECK(curve.minutes[31].resumed() == 1);
  CHECK(curve.offers == 6 + 9);
  CHECK(curve.minutes[1].count(Outcome::Reset) == 1);
}

TEST_CASE("a client that drops what broke breaks once", "[cutover][project]") {
  Population population = population_of(3, ClientKind::Psk);
  population.keeps_broken = false;
  const Curve curve = curve_of(ClientKind::Psk, kept(25min), inspecting(), population);
  CHECK(curve.broken == 3);
  CHECK(curve.broken_clients == 3);
  CHECK(curve.last_breakage == 9min);
  CHECK(curve.minutes[11].full() == 1);
}

TEST_CASE("a lifetime that was lowered early enough lets nothing break", "[cutover][project]") {
  // One minute is shorter than every interval, so nobody holds anything at any visit.
  const Curve early = curve_of(ClientKind::Ticket, lowered(45min, 60s, 1h));
  CHECK(early.broken == 0);
  CHECK(early.last_breakage == std::nullopt);
  CHECK(early.holders == 1);  // client 2, of -1 min
  CHECK(early.last_of_before == std::nullopt);
  // Lowered at the change it helps nobody who holds a session.
  const Curve late = curve_of(ClientKind::Ticket, lowered(45min, 60s, 0s));
  CHECK(late.broken == 9);
  CHECK(late.last_breakage == 29min);
  // Lowered ten minutes before, client 0 alone would have come for a new session since; none is due before the change.
  CHECK(curve_of(ClientKind::Ticket, lowered(45min, 60s, 10min)).broken == 9);
  // Sixteen: client 1 took its session, of -15 min, after that.
  CHECK(curve_of(ClientKind::Ticket, lowered(45min, 60s, 16min)).broken == 3);
}

TEST_CASE("TLS 1.3 keeps the old lifetime for ever unless the server forgets", "[cutover][project]") {
  // Every ten minutes a session of 25 minutes is renewed, with its lifetime.
  CHECK(curve_of(ClientKind::Psk, lowered(25min, 60s, 1h)).broken == 6);
  CHECK(curve_of(ClientKind::Psk, forgetting(lowered(25min, 60s, 1h))).broken == 0);
  // What the server has forgotten it does not resume, and a full handshake passes the device.
  CHECK(curve_of(ClientKind::Psk, forgetting(kept(25min))).broken == 0);
  CHECK(curve_of(ClientKind::Psk, forgetting(kept(25min))).holders == 0);
}

TEST_CASE("clients without sessions break only where full handshakes do", "[cutover][project]") {
  CHECK(curve_of(ClientKind::Fresh, kept(1h)).broken == 0);
  Measurement strict;
  strict.add(ClientKind::Fresh, Situation::Full, {Outcome::Alert, 40, Author::Device}, 10);
  const Curve curve = curve_of(ClientKind::Fresh, kept(1h), strict);
  CHECK(curve.broken == 18);
  CHECK(curve.minutes[1].count(Outcome::Alert) == 1);
  CHECK(curve.offers == 0);
  CHECK(curve.last_breakage == 59min);
}

TEST_CASE("a device that falls back to full handshakes breaks nothing", "[cutover][project]") {
  const Curve curve = curve_of(ClientKind::Psk, kept(25min), inspecting(100, full));
  CHECK(curve.broken == 0);
  CHECK(curve.minutes[1].full() == 1);
  CHECK(curve.minutes[11].resumed() == 1);  // of the session that came of it
}

TEST_CASE("a session that a tolerant device let pass goes on being one of before", "[cutover][project]") {
  Measurement tolerant = inspecting(100, resumed);
  const Curve curve = curve_of(ClientKind::Psk, kept(25min), tolerant);
  CHECK(curve.broken == 0);
  CHECK(curve.minutes[1].resumed() == 1);
  CHECK(curve.last_of_before == 59min);
}

TEST_CASE("what was not measured goes as if there were no device", "[cutover][project]") {
  const Curve curve = curve_of(ClientKind::Ticket, kept(45min), Measurement());
  CHECK(curve.broken == 0);
  CHECK(curve.minutes[1].resumed() == 1);
  CHECK(curve.minutes[31].full() == 1);
}

TEST_CASE("an offer that the server declines breaks where that was measured to", "[cutover][project]") {
  Measurement measurement = inspecting();
  measurement = Measurement();
  measurement.add(ClientKind::Ticket, Situation::Declined, reset_by_device, 5);
  const Curve curve = curve_of(ClientKind::Ticket, kept(45min), measurement);
  // Nobody gets rid of what is too old: each client breaks from its fourth visit on.
  CHECK(curve.minutes[1].resumed() == 1);
  CHECK(curve.minutes[31].broken() == 1);
  CHECK(curve.minutes[51].broken() == 1);
}

TEST_CASE("a measured share is drawn, alike for the same seed and for every policy", "[cutover][project]") {
  Population population = population_of(2'000, ClientKind::Psk);
  population.returns.mean = 10min;
  Measurement measurement;
  measurement.add(ClientKind::Psk, Situation::Old, reset_by_device, 40);
  measurement.add(ClientKind::Psk, Situation::Old, resumed, 60);
  const std::vector<Visit> all = visits(population, 1);
  const Curve curve = project(population, kept(1h), all, measurement, 1);
  REQUIRE(curve.connections == 12'000);
  CHECK(curve.broken > 12'000 * 38 / 100);
  CHECK(curve.broken < 12'000 * 42 / 100);
  CHECK(project(population, kept(1h), all, measurement, 1).broken == curve.broken);
  CHECK(project(population, kept(2h), all, measurement, 1).broken == curve.broken);
  CHECK(project(population, kept(1h), all, measurement, 2).broken != curve.broken);
}

TEST_CASE("a tally counts what lies within the hour", "[cutover][tally]") {
  Population population = population_of(2, ClientKind::Psk);
  population.after = 150s;
  Tally tally(population, kept(1h));
  tally.add({-1ns, 0, ClientKind::Psk}, Offer::Session, Outcome::Reset);
  tally.add({150s, 0, ClientKind::Psk}, Offer::Session, Outcome::Reset);
  CHECK(tally.curve().connections == 0);
  tally.add({0ns, 0, ClientKind::Psk}, Offer::Session, Outcome::Resumed);
  tally.add({149s, 1, ClientKind::Psk}, Offer::Session, Outcome::Hangs);
  tally.add({60s, 1, ClientKind::Psk}, Offer::None, Outcome::Full);
  tally.add({61s, 1, ClientKind::Psk}, Offer::Session, Outcome::WrongCertificate);
  const Curve curve = tally.curve();
  CHECK(curve.policy == "as it is");
  REQUIRE(curve.minutes.size() == 3);
  CHECK(curve.minutes[0].resumed() == 1);
  CHECK(curve.minutes[1].connections == 2);
  CHECK(curve.minutes[1].broken_percent() == 50.0);
  CHECK(curve.minutes[2].broken_percent() == 100.0);
  CHECK(curve.connections == 4);
  CHECK(curve.offers == 3);
  CHECK(curve.broken == 2);
  CHECK(curve.broken_clients == 1);
  CHECK(curve.last_breakage == 149s);
  CHECK_FALSE(curve.holders);
}

TEST_CASE("two curves are compared where both have connections", "[cutover][tally]") {
  const auto minute = [](std::uint32_t ok, std::uint32_t reset) {
    Minute made;
    made.connections = ok + reset;
    made.by_outcome[static_cast<std::size_t>(Outcome::Resumed)] = ok;
    made.by_outcome[static_cast<std::size_t>(Outcome::Reset)] = reset;
    return made;
  };
  Curve computed, walked;
  computed.policy = "as it is";
  computed.minutes = {minute(50, 50), minute(90, 10), minute(0, 0), minute(1, 1)};
  walked.minutes = {minute(48, 52), minute(84, 16), minute(0, 7)};
  const auto difference = largest_difference(computed, walked);
  REQUIRE(difference);
  CHECK(difference->minute == 1);
  CHECK(difference->points() == 6.0);
  CHECK(difference->policy == "as it is");
  CHECK_FALSE(largest_difference(computed, Curve()));
}
