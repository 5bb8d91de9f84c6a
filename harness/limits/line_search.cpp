// SPDX-License-Identifier: Apache-2.0
// Everything is decided by two positions. `high` is the first that ever failed. `low` is the last before it that
// passed, and below `high` nothing failed, by definition. While they are apart the middle between them is probed; when
// they are adjacent each is repeated. A device that always answers alike is bisected by this and nothing more. With a
// race, a repeat at `low` may fail: then it is the new `high`, `low` falls back to the next one below, and the search
// goes on between them; and passes beyond `high` are the proof of the race. There the first position from which on all
// failed is looked for too. The probes of a line are bounded, so this ends.
//
// Later lines begin at guesses: each kind of limit that explains the lines before predicts where this line's edge would
// be, and if the two positions beside it pass and fail, the search is over after them. Near a wrong guess it gallops. A
// guess is only taken while what is left would still pay for plain bisection, so that guessing never costs the result.
#include "harness/limits/line_search.hpp"

#include <algorithm>

namespace twinwire::limits {
namespace {

// As a cell of a run is walked again up to two times.
constexpr unsigned inconclusive_at_most = 3;
// How much farther from a wrong guess each further probe lies.
constexpr Position gallop_factor = 8;

std::uint64_t distance(std::uint64_t a, std::uint64_t b) { return a < b ? b - a : a - b; }

/// The largest record; where it was not measured, as if all were alike.
std::uint64_t record_octets(const Observation& seen) {
  if (seen.octets_per_record > 0 || seen.records == 0) return seen.octets_per_record;
  return (seen.octets + seen.records - 1) / seen.records;
}

}  // namespace

LineSearch::LineSearch(const scenario::SweepAxis& axis, Settings across, Effort effort, Guesses guesses)
    : scale_(axis), across_(std::move(across)), effort_(effort), guesses_(std::move(guesses)) {}

// What is known.

std::optional<Position> LineSearch::first_failed() const {
  for (const auto& [position, point] : points_) {
    if (point.failed > 0) return position;
  }
  return std::nullopt;
}

std::optional<Position> LineSearch::last_passed() const {
  std::optional<Position> last;
  for (const auto& [position, point] : points_) {
    if (point.failed > 0) break;
    last = position;
  }
  return last;
}

std::optional<Position> LineSearch::always_fails() const {
  const std::optional<Position> high = first_failed();
  std::optional<Position> found;
  for (auto point = points_.rbegin(); point != points_.rend() && point->second.passed == 0; ++point)
    found = point->first;
  return found == high ? std::nullopt : found;
}

unsigned LineSearch::tried(Position position) const {
  const auto found = points_.find(position);
  return found == points_.end() ? 0 : found->second.tried();
}

// What to probe next.

std::optional<std::int64_t> LineSearch::next() const {
  const std::optional<Position> position = next_position();
  if (!position) return std::nullopt;
  return scale_.value(*position);
}

std::optional<Position> LineSearch::next_position() const {
  if (probes_ >= effort_.allowed || inconclusive_in_a_row_ >= inconclusive_at_most) return std::nullopt;
  if (const std::optional<Position> guess = next_guess()) return guess;
  const std::optional<Position> low = last_passed(), high = first_failed();
  if (!low || !high) return next_end();
  if (race()) return next_in_race(*low, *high);
  if (!scale_.adjacent(*low, *high)) return scale_.middle(*low, *high);
  return next_repeat(*low, *high);
}

std::optional<Position> LineSearch::next_end() const {
  const Position end = scale_.end();
  if (points_.empty()) return 0;
  if (!first_failed()) return tried(end) < effort_.repeats ? std::optional(end) : std::nullopt;
  if (tried(0) == 0) return 0;
  // The start fails. The other end tells an axis that was written the wrong way round.
  if (tried(end) == 0) return end;
  return tried(0) < effort_.repeats ? std::optional<Position>(0) : std::nullopt;
}

std::optional<Position> LineSearch::next_repeat(Position low, Position high) const {
  if (tried(low) < effort_.repeats) return low;
  if (tried(high) < effort_.repeats) return high;
  const std::optional<Position> beyond = always_fails();
  if (beyond && tried(*beyond) < effort_.repeats) return beyond;
  return std::nullopt;
}

/// A single pass proves nothing here, so each `low` is repeated before it is built upon, and the last probes are kept
/// for `high`: what is reported then is sure, if not exact.
std::optional<Position> LineSearch::next_in_race(Position low, Position high) const {
  const unsigned missing = effort_.repeats - std::min(tried(high), effort_.repeats);
  if (missing > 0 && probes_ + missing >= effort_.allowed) return high;
  if (tried(low) < effort_.repeats) return low;
  if (!scale_.adjacent(low, high)) return scale_.middle(low, high);
  return next_repeat(low, high);
}

bool LineSearch::race() const {
  bool failed = false;
  for (const auto& [position, point] : points_) {
    failed = failed || point.failed > 0;
    if (failed && point.passed > 0) return true;
  }
  return false;
}

bool LineSearch::affordable() const {
  const std::optional<Position> low = last_passed(), high = first_failed();
  const unsigned ends = (low ? 0U : 1U) + (high ? 0U : 1U);
  const unsigned plain =
      ends + scale_.steps(low.value_or(0), high.value_or(scale_.end())) + 2 * (std::max(effort_.repeats, 1U) - 1);
  return probes_ + 1 + plain <= effort_.allowed;
}

std::optional<Position> LineSearch::next_guess() const {
  if (!guesses_.passes || race() || !affordable()) return std::nullopt;
  const Position low = last_passed().value_or(-1), high = first_failed().value_or(scale_.end() + 1);
  for (const auto& [passes, fails] : expected()) {
    if (low < passes && passes < high) return passes;
    if (low == passes && fails < high) return fails;
  }
  return gallop();
}

std::optional<Position> LineSearch::gallop() const {
  if (!last_guess_) return std::nullopt;
  const std::optional<Position> low = last_passed(), high = first_failed();
  const Position bottom = low.value_or(0), top = high.value_or(scale_.end());
  if (scale_.adjacent(bottom, top)) return std::nullopt;
  const Position middle = scale_.middle(bottom, top), fine = scale_.resolution(bottom, bottom);
  if (low && *low >= *last_guess_) {
    // Where all went into one segment or record, nothing tells yet how large they are: a much larger hello will.
    const auto octets = static_cast<Position>(points_.at(*low).seen.octets);
    const Position up = *low + (expected().empty() ? 3 * octets : gallop_factor * (*low - *last_guess_ + fine));
    if (up < middle) return up;
  } else if (high && *high <= *last_guess_) {
    const Position down = *high - gallop_factor * (*last_guess_ - *high + fine);
    if (down > middle) return down;
  }
  return std::nullopt;
}

std::vector<LineSearch::Edge> LineSearch::expected() const {
  std::vector<Edge> edges;
  if (!guesses_.passes || !guesses_.fails) return edges;
  if (points_.empty() || scale_.duration()) {
    edges.emplace_back(scale_.position(*guesses_.passes), scale_.position(*guesses_.fails));
    return edges;
  }
  for (const Guesses::Limit& limit : guesses_.limits) {
    if (const std::optional<Position> passes = expected_by(limit)) edges.emplace_back(*passes, *passes + 1);
  }
  return edges;
}

std::optional<Position> LineSearch::expected_by(const Guesses::Limit& limit) const {
  const std::uint64_t wanted = expected_octets(limit);
  if (wanted == 0) return std::nullopt;
  const auto nearest = std::min_element(points_.begin(), points_.end(), [wanted](const auto& one, const auto& other) {
    return distance(one.second.seen.octets, wanted) < distance(other.second.seen.octets, wanted);
  });
  const Point& point = nearest->second;
  const std::int64_t difference = static_cast<std::int64_t>(wanted) - static_cast<std::int64_t>(point.seen.octets);
  const Position position = scale_.position(point.value + difference);
  if (position < 0 || position > scale_.end()) return std::nullopt;
  return position;
}

/// The octets of the largest ClientHello within the limit, from what this line has shown of its segments, records and
/// pauses; 0: nothing to go by. A single segment or record may be smaller than those of a larger hello.
std::uint64_t LineSearch::expected_octets(const Guesses::Limit& limit) const {
  std::uint64_t payload = 0, record = 0, pause = 0;
  for (const auto& [position, point] : points_) {
    const Observation& seen = point.seen;
    if (seen.packets > 1) payload = std::max<std::uint64_t>(payload, seen.payload_per_segment);
    if (seen.records > 1) record = std::max(record, record_octets(seen));
    if (seen.packets > 1)
      pause = std::max(pause,
                       static_cast<std::uint64_t>(std::max<std::int64_t>(seen.span.count(), 0)) / (seen.packets - 1));
  }
  switch (limit.kind) {
    case Kind::Octets:
      return limit.measure;
    case Kind::Packets:
      return limit.measure * payload;
    case Kind::Records:
      return limit.measure * record;
    case Kind::Time:
      return pause == 0 ? 0 : ((limit.measure + limit.measure / 100) / pause + 1) * payload;
    case Kind::None:
    case Kind::Unclear:
      break;
  }
  return 0;
}

// What came.

void LineSearch::add(const Observation& observation) {
  const std::optional<Position> position = next_position();
  if (!position) return;
  if (!observation.settled) {
    ++inconclusive_;
    ++inconclusive_in_a_row_;
    reason_ = observation.verdict;
    return;
  }
  for (const auto& [passes, fails] : expected()) {
    if (*position == passes || *position == fails) last_guess_ = position;
  }
  inconclusive_in_a_row_ = 0;
  ++probes_;
  Point& point = points_[*position];
  point.value = scale_.value(*position);
  ++(observation.passed ? point.passed : point.failed);
  if (!observation.passed || point.failed == 0) point.seen = observation;
}

Boundary LineSearch::boundary() const {
  Boundary edge;
  const std::optional<Position> low = last_passed(), high = first_failed();
  if (low) edge.passes = points_.at(*low);
  if (!high) return edge;
  edge.fails = points_.at(*high);
  for (auto point = points_.find(*high); point != points_.end(); ++point) edge.passed_beyond += point->second.passed;
  if (const std::optional<Position> beyond = always_fails()) edge.always_fails = points_.at(*beyond);
  return edge;
}

Outcome LineSearch::outcome() const {
  if (inconclusive_in_a_row_ >= inconclusive_at_most) return Outcome::Inconclusive;
  if (next_position()) return Outcome::Unfinished;
  const std::optional<Position> low = last_passed(), high = first_failed();
  if (!high) return Outcome::NoLimit;
  if (!low) return Outcome::StartFails;
  const bool repeated = tried(*low) >= effort_.repeats && tried(*high) >= effort_.repeats;
  return scale_.adjacent(*low, *high) && repeated ? Outcome::Found : Outcome::Coarse;
}

Line LineSearch::line() const {
  Line line;
  line.settings = across_;
  line.outcome = outcome();
  line.boundary = boundary();
  for (const auto& [position, point] : points_) line.points.push_back(point);
  line.probes = probes_;
  line.inconclusive = inconclusive_;
  if (line.outcome == Outcome::Inconclusive) line.reason = reason_;
  return line;
}

}  // namespace twinwire::limits
