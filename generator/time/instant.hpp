// SPDX-License-Identifier: Apache-2.0
// Time as a value. There is no now() here: whoever needs the time is given an Instant, so that the same code runs in
// simulated and in real time.
#pragma once

#include <chrono>
#include <cstdint>

namespace twinwire::time {

/// All times are whole nanoseconds.
using Duration = std::chrono::nanoseconds;

/// The one clock of a run: both wires are stamped by it. Zero is the moment the bench came up.
struct RunClock {
  using rep = Duration::rep;
  using period = Duration::period;
  using duration = Duration;
  static constexpr bool is_steady = true;
};

using Instant = std::chrono::time_point<RunClock, Duration>;

}  // namespace twinwire::time
