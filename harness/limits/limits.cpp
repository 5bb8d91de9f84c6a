// SPDX-License-Identifier: Apache-2.0
// One search along the swept axis for each value of each axis across, the other axes as the scenario has them. Where
// that would be a single line, or there is no axis across, the scenario as it stands is a line too: one line tells no
// kind. Each line is told what the lines before it know.
#include "harness/limits/limits.hpp"

#include <algorithm>

#include "harness/limits/kinds.hpp"

namespace twinwire::limits {
namespace {

// What one search may cost by default, and what a race may cost beyond plain bisection at least.
constexpr unsigned usual_effort = 25;
constexpr unsigned spare_probes = 3;

std::vector<Settings> settings_across(const scenario::Sweep& sweep) {
  std::vector<Settings> all;
  for (const scenario::SweepAxis& axis : sweep.across) {
    for (const std::string& value : axis.values) all.push_back({{axis.path, value}});
  }
  if (all.size() < 2) all.insert(all.begin(), Settings{});
  return all;
}

/// Of the sweep with the most octets among what was seen at all.
std::uint64_t largest_seen(const std::vector<Line>& lines) {
  std::uint64_t largest = 0;
  for (const Line& line : lines) {
    for (const Point& point : line.points) largest = std::max(largest, point.seen.octets);
  }
  return largest;
}

void classify(const scenario::SweepAxis& axis, const std::vector<Explanation>& fitting, Finding& finding) {
  for (const Explanation& explanation : fitting) finding.fitting.push_back(explanation.kind);
  const bool any_failed = std::any_of(finding.lines.begin(), finding.lines.end(),
                                      [](const Line& line) { return line.boundary.fails.has_value(); });
  const bool any_edge = std::any_of(finding.lines.begin(), finding.lines.end(),
                                    [](const Line& line) { return line.boundary.passes && line.boundary.fails; });
  if (fitting.size() == 1) {
    finding.kind = fitting.front().kind;
    finding.limit = fitting.front().passes;
    finding.fails_at = fitting.front().fails;
  } else {
    finding.kind = any_failed && any_edge ? Kind::Unclear : Kind::None;
  }
  describe(axis, fitting, finding);
}

}  // namespace

unsigned probes_allowed(const scenario::Sweep& sweep) {
  const Scale scale(sweep.search);
  const unsigned plain = 2 + scale.steps(0, scale.end()) + 2 * (std::max(sweep.repeats, 1U) - 1);
  return std::max(usual_effort, plain + spare_probes);
}

Finder::Finder(const scenario::Sweep& sweep, std::optional<std::uint64_t> wanted_octets)
    : axis_(sweep.search),
      effort_{std::max(sweep.repeats, 1U), probes_allowed(sweep)},
      wanted_octets_(wanted_octets),
      across_(settings_across(sweep)) {
  begin_line();
}

void Finder::begin_line() {
  std::vector<Line> lines;
  for (const LineSearch& search : lines_) lines.push_back(search.line());
  Guesses guesses;
  for (const Line& line : lines) {
    if (!line.boundary.passes || !line.boundary.fails) continue;
    guesses.passes = line.boundary.passes->value;
    guesses.fails = line.boundary.fails->value;
  }
  for (const Explanation& explanation : explanations(axis_, lines))
    guesses.limits.push_back({explanation.kind, explanation.passes});
  lines_.emplace_back(axis_, across_[lines_.size()], effort_, std::move(guesses));
}

std::optional<Settings> Finder::next() const {
  const std::optional<std::int64_t> value = lines_.back().next();
  if (!value) return std::nullopt;
  Settings settings = lines_.back().across();
  settings[axis_.path] = value_text(axis_, *value);
  return settings;
}

void Finder::add(const Observation& observation) {
  lines_.back().add(observation);
  if (!lines_.back().next() && lines_.size() < across_.size()) begin_line();
}

Finding Finder::result() const {
  Finding finding;
  finding.path = axis_.path;
  finding.duration = axis_.duration;
  finding.from = axis_.from;
  finding.to = axis_.to;
  finding.complete = lines_.size() == across_.size() && !lines_.back().next();
  for (const LineSearch& search : lines_) {
    finding.lines.push_back(search.line());
    finding.probes += finding.lines.back().probes;
    finding.inconclusive += finding.lines.back().inconclusive;
  }
  classify(axis_, explanations(axis_, finding.lines), finding);
  finding.advice = advise(finding, wanted_octets_.value_or(largest_seen(finding.lines)));
  return finding;
}

}  // namespace twinwire::limits
