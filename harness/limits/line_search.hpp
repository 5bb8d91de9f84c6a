// SPDX-License-Identifier: Apache-2.0
// The search for one edge along one axis, from `from`, which should pass, to `to`, which should fail.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "harness/limits/finding.hpp"
#include "harness/limits/scale.hpp"
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

/// How much one line may cost.
struct Effort {
  unsigned repeats = 3;   ///< probes on each side of the edge
  unsigned allowed = 25;  ///< probes in all, not counting inconclusive ones
};

class LineSearch {
 public:
  LineSearch(const scenario::SweepAxis& axis, Settings across, Effort effort, Guesses guesses);

  /// The value to probe next, the same until `add`; nothing when this line is done.
  std::optional<std::int64_t> next() const;
  void add(const Observation& observation);
  Line line() const;
  const Settings& across() const { return across_; }

 private:
  /// A passing and a failing position between which an edge is expected.
  using Edge = std::pair<Position, Position>;

  std::optional<Position> first_failed() const;
  /// Passed always, and nothing nearer to the start failed.
  std::optional<Position> last_passed() const;
  /// In a race: the first failing one beyond all that ever passed.
  std::optional<Position> always_fails() const;
  unsigned tried(Position position) const;
  /// The same position, or one beyond the first that failed, passed too.
  bool race() const;

  std::optional<Position> next_position() const;
  std::optional<Position> next_end() const;
  std::optional<Position> next_repeat(Position low, Position high) const;
  std::optional<Position> next_in_race(Position low, Position high) const;
  std::optional<Position> next_guess() const;
  std::optional<Position> gallop() const;
  std::vector<Edge> expected() const;
  std::optional<Position> expected_by(const Guesses::Limit& limit) const;
  std::uint64_t expected_octets(const Guesses::Limit& limit) const;
  bool affordable() const;
  Boundary boundary() const;
  Outcome outcome() const;

  Scale scale_;
  Settings across_;
  Effort effort_;
  Guesses guesses_;
  std::map<Position, Point> points_;
  std::optional<Position> last_guess_;
  unsigned probes_ = 0, inconclusive_ = 0, inconclusive_in_a_row_ = 0;
  std::string reason_;
};

}  // namespace twinwire::limits
