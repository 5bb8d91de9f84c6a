// SPDX-License-Identifier: Apache-2.0
// A device with a limit of one kind passes everything up to the limit and fails everything beyond it, whatever else is
// varied. So a kind explains the lines if the largest of its measure that passed, in any line, is smaller than the
// smallest that failed, in any line. One line alone is often explained by several kinds; each further line, cut in
// other segments or records or with other pauses, refutes those that are not it. Lines without an edge are evidence
// too: one that never failed raises what passed, one that failed from the start lowers what failed.
//
// In a race a pass may be luck, while a failure is always one. Where only the edge itself is mixed, points before it
// that were tried more than once still count as passes; where in any line something farther beyond passed too, only the
// starts do.
//
// Time is measured to some milliseconds and grows with almost everything else. It explains a line only where what
// failed took longer than the search could resolve, and only where the two sides are close: nearer than one and a half
// pauses between two segments, or a tenth. Otherwise every device that says nothing would seem to have run out of time.
#include "harness/limits/kinds.hpp"

#include <algorithm>
#include <limits>

namespace twinwire::limits {
namespace {

constexpr std::uint64_t time_resolution = 10'000'000;  ///< nanoseconds, that of Scale
constexpr std::uint64_t unseen = std::numeric_limits<std::uint64_t>::max();

std::uint64_t nanoseconds(time::Duration duration) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(duration.count(), 0));
}

/// How long the ClientHello had taken when it was over or given up.
std::uint64_t span(const Point& point) {
  const time::Duration heard = point.failed > 0 ? point.seen.failed_after.value_or(time::Duration{}) : time::Duration{};
  return nanoseconds(std::max(point.seen.span, heard));
}

std::uint64_t pause(const Point& point) {
  return point.seen.packets < 2 ? 0 : nanoseconds(point.seen.span) / (point.seen.packets - 1);
}

/// Something farther beyond the edge than the edge itself passed.
bool wide_race(const Line& line) {
  return line.boundary.race() && line.boundary.passed_beyond > line.boundary.fails->passed;
}

/// What a pass is worth.
struct Trust {
  enum class Luck : std::uint8_t { Unlikely, Likely } luck;
  std::int64_t from;  ///< where every line starts
};

bool surely_passed(const Line& line, const Point& point, const Trust& trust) {
  if (point.value == trust.from) return true;
  if (trust.luck == Trust::Luck::Likely) return false;
  return !line.boundary.race() || point.tried() > 1;
}

/// Widens what passed and what failed by the points of a line.
void add(const Line& line, const Trust& trust, Explanation& explanation) {
  bool before_edge = true;
  for (const Point& point : line.points) {
    const std::uint64_t measured = measure(explanation, point);
    if (point.failed > 0) {
      before_edge = false;
      explanation.fails = std::min(explanation.fails, measured);
    } else if (before_edge && surely_passed(line, point, trust)) {
      explanation.passes = std::max(explanation.passes, measured);
    }
  }
}

/// What passed may have taken a little longer than what failed: segments are sent at round times, and so do limits end.
bool close(const Explanation& explanation, const std::vector<Line>& lines) {
  const std::uint64_t jitter = std::max(time_resolution, explanation.fails / 100);
  if (explanation.passes >= explanation.fails) return explanation.passes - explanation.fails < jitter;
  std::uint64_t tolerance = std::max(time_resolution, explanation.fails / 10);
  for (const Line& line : lines) {
    if (line.boundary.passes) tolerance = std::max(tolerance, pause(*line.boundary.passes) * 3 / 2);
  }
  return explanation.fails - explanation.passes <= tolerance;
}

bool explains(const Explanation& explanation, const std::vector<Line>& lines) {
  if (explanation.fails == unseen) return false;
  if (explanation.kind == Kind::Time && explanation.clock == Explanation::Clock::Span)
    return explanation.fails >= time_resolution && close(explanation, lines);
  return explanation.passes > 0 && explanation.passes < explanation.fails;
}

bool has_edge(const Line& line) { return line.boundary.passes && line.boundary.fails; }

}  // namespace

std::uint64_t measure(const Explanation& explanation, const Point& point) {
  switch (explanation.kind) {
    case Kind::Octets:
      return point.seen.octets;
    case Kind::Packets:
      return point.seen.packets;
    case Kind::Records:
      return point.seen.records;
    case Kind::Time:
      return explanation.clock == Explanation::Clock::Axis
                 ? static_cast<std::uint64_t>(std::max<std::int64_t>(point.value, 0))
                 : span(point);
    case Kind::None:
    case Kind::Unclear:
      break;
  }
  return 0;
}

std::vector<Explanation> explanations(const scenario::SweepAxis& axis, const std::vector<Line>& lines) {
  using Clock = Explanation::Clock;
  std::vector<Explanation> candidates;
  if (axis.duration) candidates.push_back({Kind::Time, 0, unseen, Clock::Axis});
  for (const Kind kind : {Kind::Octets, Kind::Packets, Kind::Records, Kind::Time})
    candidates.push_back({kind, 0, unseen, Clock::Span});
  std::vector<Explanation> fitting;
  if (std::none_of(lines.begin(), lines.end(), has_edge)) return fitting;
  const bool wide = std::any_of(lines.begin(), lines.end(), wide_race);
  const Trust trust{wide ? Trust::Luck::Likely : Trust::Luck::Unlikely, axis.from};
  for (Explanation& candidate : candidates) {
    for (const Line& line : lines) add(line, trust, candidate);
    const bool said = !fitting.empty() && fitting.front().kind == candidate.kind;
    if (!said && explains(candidate, lines)) fitting.push_back(candidate);
  }
  return fitting;
}

const Line* showing(const Explanation& explanation, const std::vector<Line>& lines) {
  const Line* best = nullptr;
  std::uint64_t best_width = unseen;
  for (const Line& line : lines) {
    if (!has_edge(line)) continue;
    const std::uint64_t passes = measure(explanation, *line.boundary.passes);
    const std::uint64_t fails = measure(explanation, *line.boundary.fails);
    // Times jitter: what cannot be told apart is as near.
    const std::uint64_t grain = explanation.kind == Kind::Time ? 2 * time_resolution : 1;
    const std::uint64_t width = fails > passes || grain > 1 ? (std::max(fails, passes) - passes) / grain : unseen - 1;
    if (width < best_width) {
      best = &line;
      best_width = width;
    }
  }
  return best;
}

}  // namespace twinwire::limits
