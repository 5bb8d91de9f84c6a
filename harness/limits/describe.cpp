// SPDX-License-Identifier: Apache-2.0
// The statement is one sentence that can be quoted alone: the limit, and in brackets the measured octets on both sides
// of the edge where it shows best. What it rests on, and what would settle what it leaves open, are notes.
#include <algorithm>

#include "harness/limits/kinds.hpp"
#include "harness/limits/limits.hpp"

namespace twinwire::limits {
namespace {

std::string counted(std::uint64_t count, const std::string& singular) {
  return std::to_string(count) + " " + singular + (count == 1 ? "" : "s");
}

std::string times(unsigned part, unsigned whole) { return std::to_string(part) + " of " + std::to_string(whole); }

/// "6432 passes 3 of 3", "6433 fails 2 of 3"; briefly only where it was not always.
std::string passes_words(const std::string& what, const Point& point) {
  return what + " passes " + times(point.passed, point.tried());
}
std::string fails_words(const std::string& what, const Point& point) {
  return what + " fails " + times(point.failed, point.tried());
}
std::string briefly_fails(const std::string& what, const Point& point) {
  return point.passed > 0 ? fails_words(what, point) : what + " fails";
}

/// A point by its measured octets; where there are none or they are not what varies, by the value that was set.
struct Naming {
  const scenario::SweepAxis& axis;
  bool by_octets = false;

  Naming(const scenario::SweepAxis& of, const Line* line) : axis(of) {
    if (line == nullptr || axis.duration || !line->boundary.passes || !line->boundary.fails) return;
    by_octets = line->boundary.passes->seen.octets < line->boundary.fails->seen.octets;
  }
  std::string name(const Point& point) const {
    if (by_octets) return std::to_string(point.seen.octets);
    if (axis.duration) return duration_words(static_cast<std::uint64_t>(std::max<std::int64_t>(point.value, 0)));
    return axis.path + " = " + value_text(axis, point.value);
  }
};

/// "100 octets per segment": how the line cut what it sent.
std::string per_segment(const Point& point) {
  return std::to_string(point.seen.payload_per_segment) + " octets per segment";
}

std::string settings_words(const Settings& settings) {
  std::string words;
  for (const auto& [path, value] : settings) words += (words.empty() ? "" : ", ") + path + " = " + value;
  return words.empty() ? "as the scenario stands" : words;
}

/// The roundest duration that could be the limit, from what passes to what fails, as measured to the millisecond.
std::uint64_t roundest(std::uint64_t passes, std::uint64_t fails) {
  constexpr std::uint64_t ms = 1'000'000, s = 1'000 * ms, minute = 60 * s;
  const std::uint64_t low = std::min(passes, fails) / ms * ms, high = std::max(passes, fails);
  for (const std::uint64_t unit : {60 * minute, 10 * minute, 5 * minute, minute, 30 * s, 10 * s, 5 * s, s, 500 * ms,
                                   250 * ms, 100 * ms, 50 * ms, 10 * ms, 5 * ms, ms}) {
    const std::uint64_t multiple = (low + unit - 1) / unit * unit;
    if (multiple > 0 && multiple <= high) return multiple;
  }
  return low;
}

/// "1 s" where both sides are close, else "between 1220 ms and 1250 ms".
std::string time_words(const Explanation& found) {
  constexpr std::uint64_t close = 20'000'000;
  if (found.fails > found.passes && found.fails - found.passes > std::max(close, found.fails / 50))
    return "between " + duration_words(found.passes) + " and " + duration_words(found.fails);
  return duration_words(roundest(found.passes, found.fails));
}

/// "12 packets", "between 6400 and 6432 octets", "1 s".
std::string limit_words(const Explanation& found) {
  if (found.kind == Kind::Time) return time_words(found);
  if (found.fails - found.passes == 1) return amount(found.kind, found.passes);
  return "between " + std::to_string(found.passes) + " and " + amount(found.kind, found.fails - 1);
}

std::string beyond_words(const Boundary& edge, const Naming& naming) {
  return edge.always_fails ? ", all failed from " + naming.name(*edge.always_fails) + " on" : "";
}

/// What stands in brackets behind the limit.
std::string edge_words(const Explanation& found, const Line& line, const Naming& naming) {
  const Point &passes = *line.boundary.passes, &fails = *line.boundary.fails;
  const std::string failing = briefly_fails(naming.name(fails), fails) + beyond_words(line.boundary, naming);
  if (found.kind == Kind::Time && found.clock == Explanation::Clock::Axis)
    return naming.axis.path + " = " + naming.name(passes) + " passes, " + failing;
  if (found.kind == Kind::Octets && naming.by_octets) return failing;
  std::string words = naming.by_octets ? amount(Kind::Octets, passes.seen.octets) : naming.name(passes) + " passes";
  if (naming.by_octets && found.kind == Kind::Packets) words += " at " + per_segment(passes);
  if (found.kind == Kind::Time)
    words += " in " + amount(Kind::Packets, passes.seen.packets) + " over " + duration_words(measure(found, passes));
  return words + "; " + failing;
}

/// What both sides of a line came to, for a note.
std::string line_words(const scenario::SweepAxis& axis, const Line& line) {
  const Naming naming(axis, &line);
  const auto measured = [](const Point& point) {
    if (point.seen.octets == 0) return std::string();
    return " (" + amount(Kind::Octets, point.seen.octets) + ", " + amount(Kind::Packets, point.seen.packets) + ", " +
           amount(Kind::Records, point.seen.records) + ")";
  };
  const Boundary& edge = line.boundary;
  std::string words = settings_words(line.settings) + ": ";
  if (edge.passes) words += passes_words(naming.name(*edge.passes), *edge.passes) + measured(*edge.passes);
  if (edge.passes && edge.fails) words += ", ";
  if (edge.fails) words += fails_words(naming.name(*edge.fails), *edge.fails) + measured(*edge.fails);
  if (!edge.passes && !edge.fails) words += "nothing is known";
  words += beyond_words(edge, naming);
  if (line.outcome == Outcome::Inconclusive)
    words += "; stopped, because probes stayed inconclusive" + (line.reason.empty() ? "" : ": " + line.reason);
  if (line.outcome == Outcome::Unfinished) words += "; not finished";
  if (line.outcome == Outcome::Coarse) words += "; the probes were used up before the edge was exact";
  return words;
}

/// What an axis across would have to vary to tell these apart.
std::string would_settle(const std::vector<Explanation>& fitting) {
  const auto fits = [&](Kind kind) {
    return std::any_of(fitting.begin(), fitting.end(), [kind](const Explanation& one) { return one.kind == kind; });
  };
  std::string axes;
  const auto say = [&](const std::string& axis) { axes += (axes.empty() ? "" : ", or ") + axis; };
  if (fits(Kind::Packets)) say("other segment sizes");
  if (fits(Kind::Records)) say("other record sizes");
  if (fits(Kind::Time)) say("other pauses between the segments");
  return "to tell which, search once more across " + axes;
}

bool all_of(const Finding& finding, Outcome outcome) {
  return std::all_of(finding.lines.begin(), finding.lines.end(),
                     [outcome](const Line& line) { return line.outcome == outcome; });
}

/// The largest that passed in a search without an edge, by what was measured.
std::string reached(const scenario::SweepAxis& axis, const Finding& finding) {
  const Point* last = nullptr;
  for (const Line& line : finding.lines) {
    if (line.boundary.passes) last = &*line.boundary.passes;
  }
  if (last == nullptr) return "";
  if (!axis.duration && last->seen.octets > 0 && finding.lines.front().points.front().seen.octets != last->seen.octets)
    return amount(Kind::Octets, last->seen.octets);
  return Naming(axis, nullptr).name(*last);
}

/// Statement where no line has two sides.
std::string without_edge(const scenario::SweepAxis& axis, const Finding& finding) {
  if (finding.probes == 0) return "no limit can be stated: nothing was probed to a conclusion";
  if (all_of(finding, Outcome::NoLimit)) return "no limit up to " + reached(axis, finding);
  const auto fails = std::find_if(finding.lines.begin(), finding.lines.end(),
                                  [](const Line& line) { return line.boundary.fails.has_value(); });
  if (fails == finding.lines.end()) return "no limit can be stated yet: all passed, up to " + reached(axis, finding);
  const Point& point = *fails->boundary.fails;
  if (point.value != finding.from)
    return "no limit can be stated yet: " + fails_words(Naming(axis, nullptr).name(point), point);
  return "no limit can be stated: " + fails_words(axis.path + " = " + value_text(axis, point.value), point) +
         ", where the search begins";
}

bool has_edge(const Line& line) { return line.boundary.passes && line.boundary.fails; }

/// "6432 octets passes 3 of 3, 6433 fails 2 of 3, all failed from 7000 on".
std::string sides(const scenario::SweepAxis& axis, const Line& line) {
  const Naming naming(axis, &line);
  const Point &passes = *line.boundary.passes, &fails = *line.boundary.fails;
  return passes_words(naming.name(passes) + (naming.by_octets ? " octets" : ""), passes) + ", " +
         fails_words(naming.name(fails), fails) + beyond_words(line.boundary, naming);
}

std::string unclear(const scenario::SweepAxis& axis, const std::vector<Explanation>& fitting, const Finding& finding) {
  const auto edge = std::find_if(finding.lines.begin(), finding.lines.end(), has_edge);
  const auto race = std::find_if(finding.lines.begin(), finding.lines.end(),
                                 [](const Line& line) { return has_edge(line) && line.boundary.race(); });
  if (race != finding.lines.end()) return "limit of an unclear kind, a race: " + sides(axis, *race);
  if (fitting.empty() && std::count_if(finding.lines.begin(), finding.lines.end(), has_edge) > 1)
    return "limit of an unclear kind: no single number of octets, packets, records or seconds explains all lines";
  if (fitting.empty()) return "limit of an unclear kind: " + sides(axis, *edge);
  std::string words;
  for (const Explanation& one : fitting) words += (words.empty() ? "" : " or ") + limit_words(one);
  return "limit of an unclear kind: " + words + " (" + sides(axis, *showing(fitting.front(), finding.lines)) + ")";
}

void add_notes(const scenario::SweepAxis& axis, const std::vector<Explanation>& fitting, const Line* shown,
               Finding& finding) {
  for (const Line& line : finding.lines) finding.notes.push_back(line_words(axis, line));
  for (const Line& line : finding.lines) {
    if (line.outcome == Outcome::StartFails && line.points.back().failed == 0)
      finding.notes.emplace_back(
          "`to` passes and `from` fails: a search runs from what passes to what fails, exchange them");
  }
  const bool race =
      std::any_of(finding.lines.begin(), finding.lines.end(), [](const Line& line) { return line.boundary.race(); });
  if (fitting.size() > 1 && !race) finding.notes.push_back(would_settle(fitting));
  if (fitting.empty() && finding.kind == Kind::Unclear && finding.lines.size() > 1 && !race)
    finding.notes.emplace_back(
        "the device may have several limits, of which each line meets another: search the lines apart");
  if (race) finding.notes.emplace_back("the device does not always answer alike: more repeats say more about it");
  if (shown != nullptr && fitting.front().clock == Explanation::Clock::Axis && shown->boundary.passes->seen.packets > 2)
    finding.notes.emplace_back(
        "the ClientHello then took " +
        duration_words(static_cast<std::uint64_t>(shown->boundary.passes->seen.span.count())) +
        " from its first segment to its last: other segment sizes tell whether that is what counts");
  if (axis.duration) finding.notes.emplace_back("durations are searched to 10 ms or 1 %, whichever is larger");
}

}  // namespace

std::string duration_words(std::uint64_t nanoseconds) {
  constexpr std::uint64_t us = 1'000, ms = 1'000 * us;
  if (nanoseconds == 0) return "0 s";
  const std::uint64_t unit = nanoseconds >= 10 * ms ? ms : us;
  const std::uint64_t rounded = (nanoseconds + unit / 2) / unit;
  if (unit == ms && rounded % 1'000 == 0) return std::to_string(rounded / 1'000) + " s";
  return std::to_string(rounded) + (unit == ms ? " ms" : " us");
}

std::string amount(Kind kind, std::uint64_t count) {
  switch (kind) {
    case Kind::Octets:
      return counted(count, "octet");
    case Kind::Packets:
      return counted(count, "packet");
    case Kind::Records:
      return counted(count, "record");
    case Kind::Time:
      return duration_words(count);
    case Kind::None:
    case Kind::Unclear:
      break;
  }
  return std::to_string(count);
}

void describe(const scenario::SweepAxis& axis, const std::vector<Explanation>& fitting, Finding& finding) {
  const Line* shown = fitting.empty() ? nullptr : showing(fitting.front(), finding.lines);
  if (finding.kind == Kind::None) {
    finding.statement = without_edge(axis, finding);
  } else if (finding.kind == Kind::Unclear) {
    finding.statement = unclear(axis, fitting, finding);
  } else {
    const Naming naming(axis, shown);
    finding.statement =
        "limit: " + limit_words(fitting.front()) + " (" + edge_words(fitting.front(), *shown, naming) + ")";
  }
  if (!finding.complete) finding.statement += ", search not finished";
  for (const Line& line : finding.lines) {
    if (shown == nullptr && line.boundary.fails) shown = &line;
  }
  if (shown != nullptr && shown->boundary.fails) {
    finding.client_saw = shown->boundary.fails->seen.client_saw;
    finding.server_saw = shown->boundary.fails->seen.server_saw;
  }
  add_notes(axis, fitting, fitting.empty() ? nullptr : showing(fitting.front(), finding.lines), finding);
}

}  // namespace twinwire::limits
