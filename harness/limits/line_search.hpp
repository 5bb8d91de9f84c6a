// SPDX-License-Identifier: Apache-2.0
// The search for one edge along one axis, from `from`, which should pass, to `to`, which should fail.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "harness/limits/finding.hpp"
#include "harness/scenario/scenario.hpp"

namespace twinwire::limits {

/// Where earlier lines let one look first. Wrong guesses cost probes, never the result.
struct Guesses {
  struct Limit {
    Kind kind{};
    std::uint64_t measure = 0;  ///< the largest that passed
  };
  std::optional<std::int64_t> passes, fails;  ///< values of the swept axis at the last edge found
  std::vector<Limit> limits;                  ///< of each kind that explains all lines so far
};

class LineSearch {
 public:
  LineSearch(const scenario::SweepAxis& axis, Settings across, unsigned repeats, unsigned allowed, Guesses guesses);

  /// The value to probe next, the same until `add`; nothing when this line is done.
  std::optional<std::int64_t> next() const;
  void add(const Observation& observation);
  Line line() const;
  const Settings& across() const { return across_; }

 private:
  /// Steps from `from`, so that everything below reads the same whichever way the axis runs.
  using Position = std::int64_t;

  std::int64_t value(Position position) const;
  Position position(std::int64_t value) const;
  Position end() const { return position(axis_.to); }
  /// The largest distance at which two values need no third between them.
  Position resolution(Position low, Position high) const;
  Position middle(Position low, Position high) const;
  unsigned steps(Position low, Position high) const;

  std::optional<Position> first_failed() const;
  /// Passed always, and nothing nearer to the start failed.
  std::optional<Position> last_passed() const;
  std::optional<Position> last_that_ever_passed() const;
  std::optional<Position> always_fails() const;
  unsigned tried(Position position) const;

  std::optional<Position> next_position() const;
  std::optional<Position> next_end() const;
  std::optional<Position> next_repeat() const;
  std::optional<Position> next_guess() const;
  std::optional<Position> gallop(Position low, Position high) const;
  std::vector<std::pair<Position, Position>> predicted() const;
  std::optional<Position> predicted_by(const Guesses::Limit& limit) const;
  bool affordable() const;
  Boundary boundary() const;
  Outcome outcome() const;

  scenario::SweepAxis axis_;
  Settings across_;
  unsigned repeats_, allowed_;
  Guesses guesses_;
  std::map<Position, Point> points_;
  std::optional<Position> last_guess_;
  unsigned probes_ = 0, inconclusive_ = 0, inconclusive_in_a_row_ = 0;
  std::string reason_;
};

}  // namespace twinwire::limits
