// SPDX-License-Identifier: Apache-2.0
// Counts are halved in the middle. Durations may span from milliseconds to hours, and a long one costs its own length
// each time it is probed: as long as the longer is eight times the shorter or more, the point between them is chosen on
// a logarithmic scale, in powers of two of the shorter, and only then in the middle.
#include "harness/limits/scale.hpp"

#include <algorithm>

namespace twinwire::limits {
namespace {

constexpr std::int64_t millisecond = 1'000'000;
constexpr std::int64_t finest = 10 * millisecond;
constexpr std::int64_t logarithmic_from = 8;

/// About the geometric mean, in whole powers of two of `shorter`.
std::int64_t logarithmic_middle(std::int64_t shorter, std::int64_t longer) {
  unsigned doublings = 0;
  while (shorter << (doublings + 1) < longer) ++doublings;
  return shorter << (doublings + 1) / 2;
}

}  // namespace

Position Scale::resolution(Position low, Position high) const {
  if (!duration_) return 1;
  return std::max(finest, std::max(value(low), value(high)) / 100);
}

Position Scale::middle(Position low, Position high) const {
  const Position half = low + (high - low) / 2;
  if (!duration_) return half;
  const std::int64_t shorter = std::max(std::min(value(low), value(high)), finest);
  const std::int64_t longer = std::max(value(low), value(high));
  const std::int64_t chosen = longer / shorter < logarithmic_from ? value(half) / millisecond * millisecond
                                                                  : logarithmic_middle(shorter, longer);
  const Position found = position(chosen);
  return low < found && found < high ? found : half;
}

unsigned Scale::steps(Position low, Position high) const {
  unsigned count = 0;
  while (!adjacent(low, high)) {
    const Position between = middle(low, high);
    // The half that is wider as its own resolution counts it takes the longer.
    const Position below = (between - low) / resolution(low, between),
                   above = (high - between) / resolution(between, high);
    (below > above ? high : low) = between;
    ++count;
  }
  return count;
}

}  // namespace twinwire::limits
