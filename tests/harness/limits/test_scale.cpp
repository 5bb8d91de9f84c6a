// SPDX-License-Identifier: Apache-2.0
#include "harness/limits/limits.hpp"
#include "harness/limits/scale.hpp"
#include "tests/support/catch.hpp"

namespace twinwire {
namespace {

using limits::Scale;

scenario::SweepAxis axis(std::int64_t from, std::int64_t to) {
  scenario::SweepAxis out;
  out.from = from;
  out.to = to;
  return out;
}

scenario::SweepAxis durations(time::Duration from, time::Duration to) {
  scenario::SweepAxis out = axis(from.count(), to.count());
  out.duration = true;
  return out;
}

TEST_CASE("positions count from the beginning of an axis, whichever way it runs", "[limits][scale]") {
  const Scale up(axis(256, 65'600)), down(axis(536, 1));
  CHECK(up.end() == 65'344);
  CHECK(up.value(1) == 257);
  CHECK(up.position(65'600) == up.end());
  CHECK(down.end() == 535);
  CHECK(down.value(1) == 535);
  CHECK(down.position(1) == down.end());
}

TEST_CASE("counts are adjacent one apart, durations at 10 ms or one per cent", "[limits][scale]") {
  using namespace std::chrono_literals;
  const Scale counts(axis(0, 100));
  CHECK(counts.adjacent(4, 5));
  CHECK_FALSE(counts.adjacent(4, 6));
  const Scale times(durations(0s, 100s));
  const auto apart = [&](time::Duration low, time::Duration high) {
    return !times.adjacent(low.count(), high.count());
  };
  CHECK_FALSE(apart(50ms, 60ms));
  CHECK(apart(50ms, 61ms));
  CHECK_FALSE(apart(9900ms, 10000ms));
  CHECK(apart(9890ms, 10000ms));
}

TEST_CASE("the middle always lies between, and bisection ends within the steps that were promised", "[limits][scale]") {
  using namespace std::chrono_literals;
  const std::vector<scenario::SweepAxis> axes{axis(256, 65'600),       axis(65'600, 256),      axis(-5, 5),
                                              durations(0s, 2s),       durations(10s, 7440s),  durations(2s, 1ms),
                                              durations(1us, 864000s), durations(864000s, 0s), durations(10s, 10100ms)};
  for (const scenario::SweepAxis& one : axes) {
    const Scale scale(one);
    CAPTURE(one.from, one.to);
    for (unsigned path = 0; path < 64; ++path) {
      limits::Position low = 0, high = scale.end();
      unsigned taken = 0;
      while (!scale.adjacent(low, high)) {
        const limits::Position middle = scale.middle(low, high);
        REQUIRE(low < middle);
        REQUIRE(middle < high);
        // The bits of `path` choose the halves: all up, all down, and much between.
        ((path * 0x9E3779B9U >> taken % 32 & 1U) != 0 ? low : high) = middle;
        ++taken;
      }
      CHECK(taken <= scale.steps(0, scale.end()) + (one.duration ? 3 : 0));
    }
  }
}

TEST_CASE("a plain search of 256 to 65,600 needs 22 probes and is allowed 25", "[limits][scale]") {
  scenario::Sweep sweep;
  sweep.search = axis(256, 65'600);
  CHECK(Scale(sweep.search).steps(0, Scale(sweep.search).end()) == 16);
  CHECK(limits::probes_allowed(sweep) == 25);
  sweep.repeats = 10;
  CHECK(limits::probes_allowed(sweep) == 2 + 16 + 18 + 3);
}

TEST_CASE("values are written as --set would have them", "[limits][scale]") {
  using namespace std::chrono_literals;
  const scenario::SweepAxis times = durations(0s, 1s);
  CHECK(limits::value_text(axis(0, 1), 6432) == "6432");
  CHECK(limits::value_text(times, std::chrono::nanoseconds(3s).count()) == "3s");
  CHECK(limits::value_text(times, std::chrono::nanoseconds(1500ms).count()) == "1500ms");
  CHECK(limits::value_text(times, std::chrono::nanoseconds(1500us).count()) == "1500us");
}

}  // namespace
}  // namespace twinwire
