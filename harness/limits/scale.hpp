// SPDX-License-Identifier: Apache-2.0
// The values of a swept axis as positions, counted in steps from `from`, so that a search reads the same whichever way
// the axis runs.
#pragma once

#include <cstdint>

#include "harness/scenario/scenario.hpp"

namespace twinwire::limits {

using Position = std::int64_t;

class Scale {
 public:
  explicit Scale(const scenario::SweepAxis& axis) : from_(axis.from), to_(axis.to), duration_(axis.duration) {}

  Position end() const { return to_ < from_ ? from_ - to_ : to_ - from_; }
  Position position(std::int64_t value) const { return to_ < from_ ? from_ - value : value - from_; }
  std::int64_t value(Position position) const { return to_ < from_ ? from_ - position : from_ + position; }
  bool duration() const { return duration_; }

  /// The largest distance at which nothing between two positions is worth a probe: 1, and for durations 10 ms or 1 % of
  /// the longer, whichever is larger.
  Position resolution(Position low, Position high) const;
  bool adjacent(Position low, Position high) const { return high - low <= resolution(low, high); }
  /// Strictly between two positions that are not adjacent.
  Position middle(Position low, Position high) const;
  /// The most bisections that make two positions adjacent.
  unsigned steps(Position low, Position high) const;

 private:
  std::int64_t from_, to_;
  bool duration_;
};

}  // namespace twinwire::limits
