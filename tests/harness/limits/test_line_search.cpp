// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "harness/limits/limits.hpp"
#include "tests/harness/limits/simulated.hpp"
#include "tests/support/catch.hpp"

namespace twinwire {
namespace {

using limits::Finding;
using limits::Kind;
using limits::Line;
using limits::Outcome;
using test::SimulatedDevice;

SimulatedDevice device(Kind kind, std::uint64_t limit) {
  SimulatedDevice out;
  out.kind = kind;
  out.limit = limit;
  out.usual.payload = 536;
  return out;
}

// One line.

TEST_CASE("the first probes are both ends of the axis", "[limits][search]") {
  limits::Finder finder(test::hello_sweep());
  std::mt19937 random(1);
  CHECK(finder.next() == limits::Settings{{test::hello_bytes, "256"}});
  CHECK(finder.next() == limits::Settings{{test::hello_bytes, "256"}});
  finder.add(test::walk(device(Kind::Octets, 4096), *finder.next(), random));
  CHECK(finder.next() == limits::Settings{{test::hello_bytes, "65600"}});
}

TEST_CASE("the edge is exact to the octet, both sides are repeated, and 25 probes are enough", "[limits][search]") {
  std::mt19937 random(2);
  std::uniform_int_distribution<std::uint64_t> any(256, 65'599);
  for (int i = 0; i < 300; ++i) {
    const std::uint64_t limit = i == 0 ? 256 : i == 1 ? 65'599 : any(random);
    CAPTURE(limit);
    const Finding found = test::search(test::hello_sweep(), device(Kind::Octets, limit));
    REQUIRE(found.complete);
    REQUIRE(found.probes <= 25);
    const Line& line = found.lines.at(0);
    REQUIRE(line.outcome == Outcome::Found);
    REQUIRE(line.boundary.passes->value == static_cast<std::int64_t>(limit));
    REQUIRE(line.boundary.fails->value == static_cast<std::int64_t>(limit) + 1);
    REQUIRE(line.boundary.passes->passed == 3);
    REQUIRE(line.boundary.fails->failed == 3);
    REQUIRE_FALSE(line.boundary.race());
  }
}

TEST_CASE("an axis may run downwards", "[limits][search]") {
  scenario::Sweep sweep;
  sweep.search.path = test::segments_of;
  sweep.search.from = 1460;
  sweep.search.to = 1;
  SimulatedDevice twelve = device(Kind::Packets, 12);
  twelve.usual.octets = 6432;
  const Finding found = test::search(sweep, twelve);
  CHECK(found.lines.at(0).boundary.passes->value == 536);
  CHECK(found.lines.at(0).boundary.fails->value == 535);
  CHECK(found.kind == Kind::Packets);
  CHECK(found.limit == 12U);
}

TEST_CASE("what passes everywhere has no limit in range", "[limits][search]") {
  const Finding found = test::search(test::hello_sweep(), device(Kind::None, 0));
  CHECK(found.kind == Kind::None);
  CHECK(found.lines.at(0).outcome == Outcome::NoLimit);
  CHECK(found.statement == "no limit up to 65600 octets");
  CHECK(found.probes == 4);
  CHECK(found.complete);
}

TEST_CASE("a start that fails is no limit, and is said", "[limits][search]") {
  const Finding found = test::search(test::hello_sweep(), device(Kind::Octets, 100));
  CHECK(found.kind == Kind::None);
  CHECK_FALSE(found.limit.has_value());
  CHECK(found.lines.at(0).outcome == Outcome::StartFails);
  CHECK(found.statement ==
        "no limit can be stated: client.tls.hello_bytes = 256 fails 3 of 3, where the search begins");
  CHECK(found.client_saw == "RST");
}

TEST_CASE("an axis the wrong way round is noticed", "[limits][search]") {
  scenario::Sweep sweep = test::hello_sweep();
  std::swap(sweep.search.from, sweep.search.to);
  const Finding found = test::search(sweep, device(Kind::Octets, 4096));
  CHECK(found.lines.at(0).outcome == Outcome::StartFails);
  CHECK(std::any_of(found.notes.begin(), found.notes.end(),
                    [](const std::string& note) { return note.find("exchange them") != std::string::npos; }));
}

TEST_CASE("an axis of one value is probed and ends", "[limits][search]") {
  scenario::Sweep sweep = test::hello_sweep();
  sweep.search.to = sweep.search.from;
  CHECK(test::search(sweep, device(Kind::None, 0)).lines.at(0).outcome == Outcome::NoLimit);
  CHECK(test::search(sweep, device(Kind::Octets, 100)).lines.at(0).outcome == Outcome::StartFails);
}

// Inconclusive probes.

TEST_CASE("inconclusive probes are repeated and change nothing", "[limits][search][inconclusive]") {
  SimulatedDevice flaky = device(Kind::Octets, 16'384);
  flaky.inconclusive_percent = 15;
  unsigned seen = 0, ended = 0;
  for (unsigned seed = 0; seed < 40; ++seed) {
    std::mt19937 random(seed);
    const Finding found = test::search(test::hello_sweep(), flaky, random);
    seen += found.inconclusive;
    if (found.lines.at(0).outcome == Outcome::Inconclusive) {
      ++ended;  // three in a row
      continue;
    }
    REQUIRE(found.lines.at(0).boundary.passes->value == 16'384);
    REQUIRE(found.probes == 22);
  }
  CHECK(seen > 40);
  CHECK(ended < 10);
}

TEST_CASE("a probe that stays inconclusive ends its line with the reason", "[limits][search][inconclusive]") {
  SimulatedDevice lossy = device(Kind::Octets, 16'384);
  lossy.inconclusive_percent = 100;
  const Finding found = test::search(test::hello_sweep(), lossy);
  CHECK(found.complete);
  CHECK(found.inconclusive == 3);
  CHECK(found.probes == 0);
  CHECK(found.lines.at(0).outcome == Outcome::Inconclusive);
  CHECK(found.lines.at(0).reason == "the device was losing packets");
  CHECK(found.kind == Kind::None);
}

// Interruption.

TEST_CASE("a search that is interrupted anywhere says what it knows and nothing wrong",
          "[limits][search][interruption]") {
  scenario::Sweep sweep = test::hello_sweep();
  sweep.across = {test::across(test::segments_of, {"536", "100", "1460"})};
  const SimulatedDevice twelve = device(Kind::Packets, 12);
  unsigned most = 0;
  for (; most < 200; ++most) {
    std::mt19937 random(1);
    const Finding found = test::search(sweep, twelve, random, most);
    CAPTURE(most, found.statement);
    REQUIRE(found.probes == most);
    REQUIRE_FALSE(found.statement.empty());
    // Never another kind than the true one, and the truth within what is stated.
    REQUIRE((found.kind == Kind::None || found.kind == Kind::Unclear || found.kind == Kind::Packets));
    if (found.limit) {
      REQUIRE(*found.limit <= 12);
      REQUIRE(*found.fails_at > 12);
    }
    if (found.complete) break;
    REQUIRE_THAT(found.statement, ContainsSubstring("search not finished"));
  }
  CHECK(most < 75);
}

TEST_CASE("what comes after the end is ignored", "[limits][search][interruption]") {
  limits::Finder finder(test::hello_sweep());
  std::mt19937 random(1);
  while (const auto settings = finder.next()) finder.add(test::walk(device(Kind::None, 0), *settings, random));
  finder.add({});
  CHECK(finder.result().probes == 4);
  CHECK(finder.result().kind == Kind::None);
}

// Races.

TEST_CASE("a race never takes more probes, and what it reports is what was seen", "[limits][search][race]") {
  SimulatedDevice racing = device(Kind::Packets, 12);
  unsigned races = 0;
  for (unsigned seed = 0; seed < 200; ++seed) {
    racing.fails_percent = 30 + seed % 60;
    std::mt19937 random(seed);
    const Finding found = test::search(test::hello_sweep(), racing, random);
    CAPTURE(seed, found.statement);
    REQUIRE(found.complete);
    REQUIRE(found.probes <= 25);
    const Line& line = found.lines.at(0);
    if (!line.boundary.fails) continue;
    // Nothing within the limit ever fails, so a failure is always beyond it.
    REQUIRE(line.boundary.fails->value > 6432);
    REQUIRE(line.boundary.passes->failed == 0);
    if (!line.boundary.race()) continue;
    ++races;
    REQUIRE_THAT(found.statement, ContainsSubstring("fails "));
    REQUIRE_THAT(found.statement, ContainsSubstring(" of "));
  }
  CHECK(races > 150);
}

TEST_CASE("an edge that is mixed alone is stated as x of n", "[limits][search][race]") {
  // 6433 octets fail two times of three; everything else is decided.
  unsigned at_edge = 0;
  limits::Finder finder(test::hello_sweep());
  std::mt19937 random(1);
  while (const auto settings = finder.next()) {
    limits::Observation seen = test::walk(device(Kind::Packets, 12), *settings, random);
    if (settings->at(test::hello_bytes) == "6433") seen.passed = ++at_edge == 2;
    finder.add(seen);
  }
  const Finding found = finder.result();
  const limits::Boundary& edge = found.lines.at(0).boundary;
  CHECK(edge.passes->value == 6432);
  CHECK(edge.fails->value == 6433);
  CHECK(edge.fails->failed == 2);
  CHECK(edge.fails->tried() == 3);
  REQUIRE(edge.always_fails.has_value());
  CHECK(edge.always_fails->value > 6433);
  CHECK(edge.always_fails->tried() == 3);
  CHECK(found.probes == 24);
  CHECK_THAT(found.statement,
             ContainsSubstring("a race: 6432 octets passes 3 of 3, 6433 fails 2 of 3, all failed from"));
}

TEST_CASE("a failure that a repeat finds below the edge moves the edge", "[limits][search][race]") {
  // The edge at 6432/6433 is decided, but the first repeat at 6432 fails.
  unsigned at_edge = 0;
  limits::Finder finder(test::hello_sweep());
  std::mt19937 random(1);
  while (const auto settings = finder.next()) {
    limits::Observation seen = test::walk(device(Kind::Packets, 12), *settings, random);
    if (settings->at(test::hello_bytes) == "6432") seen.passed = ++at_edge != 2;
    finder.add(seen);
  }
  const limits::Boundary edge = finder.result().lines.at(0).boundary;
  CHECK(edge.fails->value <= 6432);
  CHECK(edge.passes->value < edge.fails->value);
  CHECK(edge.passes->passed == 3);
  CHECK(edge.race());
}

}  // namespace
}  // namespace twinwire
