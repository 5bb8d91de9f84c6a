// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "harness/limits/limits.hpp"
#include "tests/harness/limits/simulated.hpp"
#include "tests/support/catch.hpp"

namespace twinwire {
namespace {

using limits::Finding;
using limits::Kind;
using limits::Outcome;
using test::SimulatedDevice;
using namespace std::chrono_literals;

constexpr std::uint64_t second = 1'000'000'000;

SimulatedDevice device(Kind kind, std::uint64_t limit) {
  SimulatedDevice out;
  out.kind = kind;
  out.limit = limit;
  out.usual.payload = 536;
  return out;
}

scenario::Sweep across_segments_and_records() {
  scenario::Sweep sweep = test::hello_sweep();
  sweep.across = {test::across(test::segments_of, {"536", "100", "1460"}),
                  test::across(test::records_of, {"1024", "4096"})};
  return sweep;
}

/// Every line within its probes, and all but the first with few where the limit can be predicted.
void check_effort(const Finding& found) {
  for (const limits::Line& line : found.lines) REQUIRE(line.probes <= 25);
}

void check(const Finding& found, Kind kind, std::uint64_t limit) {
  CAPTURE(found.statement, limit, found.notes);
  REQUIRE(found.complete);
  REQUIRE(found.kind == kind);
  REQUIRE(found.fitting == std::vector<Kind>{kind});
  REQUIRE(found.limit == limit);
  REQUIRE(found.fails_at == limit + 1);
  check_effort(found);
}

// Counted limits: 200 of each kind, resetting and silent devices alike.

TEST_CASE("200 packet limits are found and told from all others", "[limits][kinds]") {
  std::mt19937 random(3);
  std::uniform_int_distribution<std::uint64_t> any(3, 40);
  std::size_t probes = 0;
  for (int i = 0; i < 200; ++i) {
    SimulatedDevice one = device(Kind::Packets, any(random));
    if (i % 2 == 0) one.answer = SimulatedDevice::Answer::Silent;
    one.more_octets = i % 3 == 0 ? 5 : 0;
    const Finding found = test::search(across_segments_and_records(), one, random);
    check(found, Kind::Packets, one.limit);
    probes += found.probes;
  }
  CHECK(probes / 200 < 80);
}

TEST_CASE("200 octet limits are found and told from all others", "[limits][kinds]") {
  std::mt19937 random(4);
  std::uniform_int_distribution<std::uint64_t> any(1'000, 65'000);
  std::size_t probes = 0;
  for (int i = 0; i < 200; ++i) {
    SimulatedDevice one = device(Kind::Octets, any(random));
    if (i % 2 == 0) one.answer = SimulatedDevice::Answer::Silent;
    one.more_octets = i % 3 == 0 ? 5 : 0;
    const Finding found = test::search(across_segments_and_records(), one, random);
    check(found, Kind::Octets, one.limit);
    probes += found.probes;
  }
  CHECK(probes / 200 <= 22 + 4 * 6);
}

TEST_CASE("200 record limits are found and told from all others", "[limits][kinds]") {
  std::mt19937 random(5);
  std::uniform_int_distribution<std::uint64_t> any(1, 3), size(512, 8'000);
  for (int i = 0; i < 200; ++i) {
    SimulatedDevice one = device(Kind::Records, any(random));
    if (i % 2 == 0) one.answer = SimulatedDevice::Answer::Silent;
    scenario::Sweep sweep = test::hello_sweep();
    sweep.across = {test::across(test::segments_of, {"536", "1460"}),
                    test::across(test::records_of, {std::to_string(size(random)), "600"})};
    check(test::search(sweep, one, random), Kind::Records, one.limit);
  }
}

TEST_CASE("200 time limits are found and told from all others", "[limits][kinds][time]") {
  std::mt19937 random(6);
  std::uniform_int_distribution<std::uint64_t> any(500, 3'000);  // milliseconds
  scenario::Sweep sweep = test::hello_sweep();
  sweep.across = {test::across(test::segments_every, {"100ms", "200ms", "50ms"}),
                  test::across(test::segments_of, {"1000"})};
  for (int i = 0; i < 200; ++i) {
    SimulatedDevice one = device(Kind::Time, any(random) * 1'000'000);
    one.usual.pause = 80ms;
    if (i % 2 == 0) one.answer = SimulatedDevice::Answer::Silent;
    const Finding found = test::search(sweep, one, random);
    CAPTURE(one.limit, found.statement, found.notes);
    REQUIRE(found.kind == Kind::Time);
    // What passes is within the limit, what fails beyond it, but for a millisecond of jitter.
    REQUIRE(*found.limit <= one.limit + 1'000'000);
    REQUIRE(*found.fails_at + 1'000'000 >= one.limit);
    REQUIRE(*found.fails_at < *found.limit + 150'000'000);
    check_effort(found);
  }
}

TEST_CASE("200 time limits are found along the axis of a pause", "[limits][kinds][time]") {
  std::mt19937 random(7);
  std::uniform_int_distribution<std::int64_t> any(20, 60'000);  // milliseconds
  scenario::Sweep sweep;
  sweep.search.path = test::segments_every;
  sweep.search.from = time::Duration(1ms).count();
  sweep.search.to = time::Duration(61s).count();
  sweep.search.duration = true;
  for (int i = 0; i < 200; ++i) {
    SimulatedDevice one = device(Kind::Time, static_cast<std::uint64_t>(any(random)) * 1'000'000);
    one.usual.octets = 1'000;
    const Finding found = test::search(sweep, one, random);
    CAPTURE(one.limit, found.statement);
    REQUIRE(found.kind == Kind::Time);
    REQUIRE(*found.limit <= one.limit);
    REQUIRE(*found.fails_at > one.limit);
    REQUIRE(*found.fails_at - *found.limit <= std::max<std::uint64_t>(10'000'000, *found.fails_at / 100));
    REQUIRE(found.probes <= 25);
  }
}

// One line, or lines that tell nothing.

TEST_CASE("one line alone leaves the kind unclear and says what would tell", "[limits][kinds]") {
  const Finding found = test::search(test::hello_sweep(), device(Kind::Packets, 12));
  CHECK(found.kind == Kind::Unclear);
  CHECK(found.fitting == std::vector<Kind>{Kind::Octets, Kind::Packets});
  CHECK_FALSE(found.limit.has_value());
  CHECK(found.statement ==
        "limit of an unclear kind: 6432 octets or 12 packets (6432 octets passes 3 of 3, 6433 fails 3 of 3)");
  CHECK_THAT(found.notes.back(), ContainsSubstring("other segment sizes"));
}

TEST_CASE("one line is enough where only one measure differs at its edge", "[limits][kinds]") {
  // 16,384 octets end within the 31st segment and within the first record.
  check(test::search(test::hello_sweep(), device(Kind::Octets, 16'384)), Kind::Octets, 16'384);
}

TEST_CASE("a record limit needs another record size", "[limits][kinds]") {
  scenario::Sweep sweep = test::hello_sweep();
  sweep.across = {test::across(test::segments_of, {"536", "1460"})};
  const Finding found = test::search(sweep, device(Kind::Records, 1));
  CHECK(found.kind == Kind::Unclear);
  CHECK(found.fitting == std::vector<Kind>{Kind::Octets, Kind::Records});
  CHECK_THAT(found.notes.back(), ContainsSubstring("other record sizes"));
}

TEST_CASE("a single value across is compared with the scenario as it stands", "[limits][kinds]") {
  scenario::Sweep sweep = test::hello_sweep();
  sweep.across = {test::across(test::segments_of, {"100"})};
  const Finding found = test::search(sweep, device(Kind::Packets, 12));
  CHECK(found.lines.at(0).settings.empty());
  check(found, Kind::Packets, 12);
}

TEST_CASE("pauses between the segments do not make a packet limit one of time", "[limits][kinds][time]") {
  scenario::Sweep sweep = across_segments_and_records();
  sweep.across.push_back(test::across(test::segments_every, {"100ms", "200ms"}));
  check(test::search(sweep, device(Kind::Packets, 12)), Kind::Packets, 12);
}

TEST_CASE("the long silence of a device is not taken for a time limit", "[limits][kinds][time]") {
  // Retransmissions and patience: what fails lasts three seconds, what passes microseconds.
  limits::Finder finder(test::hello_sweep());
  std::mt19937 random(1);
  SimulatedDevice silent = device(Kind::Octets, 16'384);
  silent.answer = SimulatedDevice::Answer::Silent;
  while (const auto settings = finder.next()) {
    limits::Observation seen = test::walk(silent, *settings, random);
    if (!seen.passed) seen.failed_after = 3s;
    finder.add(seen);
  }
  check(finder.result(), Kind::Octets, 16'384);
}

TEST_CASE("lines without an edge are evidence too", "[limits][kinds]") {
  scenario::Sweep sweep = test::hello_sweep();
  sweep.search.to = 10'000;
  // 12 segments of 1460 octets are never reached, and 20 octets fail from the start.
  sweep.across = {test::across(test::segments_of, {"536", "1460", "20"})};
  const Finding found = test::search(sweep, device(Kind::Packets, 12));
  CHECK(found.lines.at(1).outcome == Outcome::NoLimit);
  CHECK(found.lines.at(2).outcome == Outcome::StartFails);
  check(found, Kind::Packets, 12);
}

TEST_CASE("two limits at once are explained by no single kind", "[limits][kinds]") {
  scenario::Sweep sweep = test::hello_sweep();
  sweep.across = {test::across(test::segments_of, {"100", "1460"})};
  limits::Finder finder(sweep);
  std::mt19937 random(1);
  while (const auto settings = finder.next()) {
    limits::Observation seen = test::walk(device(Kind::Packets, 12), *settings, random);
    if (seen.octets > 4'096) seen.passed = false;
    finder.add(seen);
  }
  const Finding found = finder.result();
  CHECK(found.kind == Kind::Unclear);
  CHECK(found.fitting.empty());
  CHECK(found.advice.empty());
  CHECK_THAT(found.notes.back(), ContainsSubstring("several limits"));
}

TEST_CASE("along a pause the axis or the whole span may be what counts, and segment sizes tell",
          "[limits][kinds][time]") {
  scenario::Sweep sweep;
  sweep.search.path = test::segments_every;
  sweep.search.from = time::Duration(1ms).count();
  sweep.search.to = time::Duration(20s).count();
  sweep.search.duration = true;
  SimulatedDevice three = device(Kind::Time, 3 * second);
  three.usual.octets = 7'000;
  const Finding alone = test::search(sweep, three);
  CHECK(alone.kind == Kind::Time);
  CHECK(alone.statement == "limit: 230 ms (client.segments.every = 230 ms passes, 237 ms fails)");
  CHECK(std::any_of(alone.notes.begin(), alone.notes.end(),
                    [](const std::string& note) { return note.find("took 2990 ms") != std::string::npos; }));
  sweep.across = {test::across(test::segments_of, {"536", "1460"})};
  const Finding both = test::search(sweep, three);
  CHECK(both.kind == Kind::Time);
  CHECK_THAT(both.statement, ContainsSubstring("limit: 3 s ("));
}

TEST_CASE("a wide race does not name a kind that luck could have made", "[limits][kinds][race]") {
  SimulatedDevice racing = device(Kind::Packets, 12);
  unsigned wrong = 0, unclear = 0;
  for (unsigned seed = 0; seed < 200; ++seed) {
    racing.fails_percent = 40 + seed % 40;
    std::mt19937 random(seed);
    const Finding found = test::search(across_segments_and_records(), racing, random);
    if (found.kind == Kind::Octets || found.kind == Kind::Records || found.kind == Kind::Time) ++wrong;
    if (found.kind == Kind::Unclear) ++unclear;
  }
  CHECK(wrong == 0);
  CHECK(unclear > 150);
}

}  // namespace
}  // namespace twinwire
