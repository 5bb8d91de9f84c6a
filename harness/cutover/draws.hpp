// SPDX-License-Identifier: Apache-2.0
// Pseudo-random numbers that are the same with every compiler and library.
#pragma once

#include <cstdint>

#include "generator/time/instant.hpp"

namespace twinwire::cutover {

/// The 64 bits that splitmix64 makes of its state (Steele, Lea, Flood: Fast splittable pseudorandom number generators,
/// 2014).
constexpr std::uint64_t mix(std::uint64_t state) {
  state = (state ^ (state >> 30U)) * 0xBF58476D1CE4E5B9U;
  state = (state ^ (state >> 27U)) * 0x94D049BB133111EBU;
  return state ^ (state >> 31U);
}

/// One sequence; those of other numbers under the same seed have nothing to do with it.
class Draws {
 public:
  Draws(std::uint64_t seed, std::uint64_t number) : state_(mix(mix(seed + step) + number * step)) {}

  std::uint64_t next() { return mix(state_ += step); }
  /// 0 to `end` - 1; 0 if `end` is. A remainder favours small numbers by less than `end` in 2^64.
  std::uint64_t below(std::uint64_t end) { return end == 0 ? 0 : next() % end; }
  time::Duration below(time::Duration end) {
    return time::Duration(static_cast<std::int64_t>(below(static_cast<std::uint64_t>(end.count()))));
  }

 private:
  static constexpr std::uint64_t step = 0x9E3779B97F4A7C15U;
  std::uint64_t state_;
};

}  // namespace twinwire::cutover
