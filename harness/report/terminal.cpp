// SPDX-License-Identifier: Apache-2.0
// A cell that passed is one line; the verdict is a word, failures in capitals, so that it is seen without colour. What
// holds of the whole run is gathered and said once at the end.
#include "harness/report/terminal.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <set>
#include <tuple>

#include "harness/report/cutover.hpp"
#include "harness/report/limits.hpp"

namespace twinwire::report {
namespace {

using judge::Verdict;

struct Shown {
  const char* word;
  Emphasis emphasis;
};

Shown shown(Verdict verdict) {
  switch (verdict) {
    case Verdict::Pass:
      return {"pass", Emphasis::Good};
    case Verdict::Inconclusive:
      return {"INCONCLUSIVE", Emphasis::Warning};
    case Verdict::Fail:
      return {"FAIL", Emphasis::Bad};
    case Verdict::Error:
      return {"ERROR", Emphasis::Bad};
    case Verdict::Skip:
      break;
  }
  return {"skip", Emphasis::Faint};
}

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

std::string finding_line(const Finding& finding) {
  std::string head = finding.step > 0 ? "step " + std::to_string(finding.step) + ", " : "";
  head += (finding.weight == Verdict::Pass ? "note" : std::string(observe::name(finding.layer))) + ": ";
  return "  " + head + finding.text;
}

std::string cells(std::size_t count) { return std::to_string(count) + (count == 1 ? " cell" : " cells"); }

std::string altered_field(const std::string& field, const std::map<Alteration, std::size_t>& seen,
                          std::size_t in_cells) {
  std::vector<std::string> values;
  for (const auto& [alteration, times] : seen) {
    if (alteration.field == field && !alteration.sent.empty())
      values.push_back(alteration.sent + " became " + alteration.received);
  }
  std::string text = field + " in " + cells(in_cells);
  if (values.size() == 1) text += " (" + values[0] + ")";
  if (values.size() > 1) text += " (e.g. " + values[0] + ")";
  return text;
}

void add_alterations(const RunResult& run, std::vector<TextLine>& lines) {
  std::map<Alteration, std::size_t> seen;
  std::map<std::string, std::size_t> cells_with;
  for (const CellResult& cell : run.results) {
    std::set<std::string> fields;
    for (const Alteration& alteration : cell.alterations) {
      ++seen[alteration];
      fields.insert(alteration.field);
    }
    for (const std::string& field : fields) ++cells_with[field];
  }
  std::string text;
  for (const auto& [field, in_cells] : cells_with)
    text += (text.empty() ? "" : ", ") + altered_field(field, seen, in_cells);
  if (!text.empty()) lines.push_back({"the device changed: " + text, Emphasis::None});
}

void add_skips(const RunResult& run, std::vector<TextLine>& lines) {
  std::map<std::string, std::vector<const CellResult*>> by_reason;
  for (const CellResult& cell : run.results) {
    if (cell.verdict == Verdict::Skip) by_reason[cell.reason].push_back(&cell);
  }
  constexpr std::size_t shown_names = 3;
  for (const auto& [reason, skipped] : by_reason) {
    std::set<std::string> names;
    for (const CellResult* cell : skipped) names.insert(cell->scenario);
    std::string list;
    std::size_t named = 0;
    for (const std::string& name : names) {
      if (named++ < shown_names) list += (list.empty() ? "" : ", ") + name;
    }
    if (names.size() > shown_names) list += " and " + std::to_string(names.size() - shown_names) + " more";
    lines.push_back({"skipped " + cells(skipped.size()) + ": " + reason + " (" + list + ")", Emphasis::Faint});
  }
}

/// "tcp/rst/exact[590]  ipv4 ipv6", one line per scenario and cell.
std::vector<std::string> names_of(const std::vector<const CellResult*>& cells) {
  std::map<std::string, std::string> families;
  for (const CellResult* cell : cells) {
    std::string& listed = families[title(cell->scenario, cell->cell)];
    const std::string family(wire::name(cell->family));
    if (listed.find(family) == std::string::npos) listed += " " + family;
  }
  std::vector<std::string> names;
  names.reserve(families.size());
  for (const auto& [name, listed] : families) names.push_back(name + " " + listed);
  return names;
}

/// Cells that did not pass, once more by name, where their ladders have scrolled away; those of one signature together.
void add_names(const RunResult& run, std::vector<TextLine>& lines) {
  std::map<std::pair<Verdict, std::string>, std::vector<const CellResult*>> by_signature;
  for (const CellResult& cell : run.results) {
    if (cell.verdict == Verdict::Pass || cell.verdict == Verdict::Skip) continue;
    by_signature[{cell.verdict, cell.diagnosis.empty() ? cell.reason : cell.diagnosis}].push_back(&cell);
  }
  for (const auto& [signature, bad] : by_signature) {
    const auto& [verdict, text] = signature;
    const Shown word = shown(verdict);
    lines.push_back(
        {std::string(word.word) + " in " + cells(bad.size()) + (text.empty() ? "" : ": " + text), word.emphasis});
    for (const std::string& name : names_of(bad)) lines.push_back({"       " + name, Emphasis::None});
  }
}

void add_counters(const RunResult& run, std::vector<TextLine>& lines) {
  std::string text;
  for (const auto& [name, count] : run.counters) {
    if (count > 0) text += (text.empty() ? "the device's counters: " : ", ") + name + " " + std::to_string(count);
  }
  if (!text.empty()) lines.push_back({text, Emphasis::None});
}

}  // namespace

Counts count(const std::vector<CellResult>& results) {
  Counts counts;
  for (const CellResult& cell : results) {
    switch (cell.verdict) {
      case Verdict::Pass:
        ++counts.passed;
        break;
      case Verdict::Inconclusive:
        ++counts.inconclusive;
        break;
      case Verdict::Fail:
        ++counts.failed;
        break;
      case Verdict::Error:
        ++counts.errors;
        break;
      case Verdict::Skip:
        ++counts.skipped;
        break;
    }
  }
  return counts;
}

TextLine headline(const CellResult& cell, std::size_t title_width) {
  const Shown word = shown(cell.verdict);
  std::string text = padded(word.word, 6) + " " + padded(title(cell.scenario, cell.cell), title_width) + "  " +
                     std::string(wire::name(cell.family));
  if (cell.repetition > 0) text += "  repetition " + std::to_string(cell.repetition);
  return {text + "  " + short_time(cell.seconds.count()), word.emphasis};
}

std::vector<TextLine> details(const CellResult& cell, Charset charset) {
  const bool quiet = cell.verdict == Verdict::Pass || cell.verdict == Verdict::Skip;
  if (quiet && !cell.limits && !cell.cutover) return {};
  std::vector<TextLine> lines{{"", Emphasis::None}};
  const auto say = [&](const std::string& text, Emphasis emphasis) {
    lines.push_back({in_charset(text, charset), emphasis});
  };
  lines.insert(lines.end(), cell.ladder.begin(), cell.ladder.end());
  if (!cell.ladder.empty()) say("", Emphasis::None);
  for (const Finding& finding : cell.findings) {
    // Changes without harm are gathered at the end of the run; what else weighs nothing explains what does.
    const bool note = finding.weight == Verdict::Pass && finding.layer == observe::Layer::Progress;
    if (finding.weight != Verdict::Pass || note) say(finding_line(finding), Emphasis::None);
  }
  if (!cell.reason.empty() && cell.findings.empty()) say("  reason: " + cell.reason, Emphasis::None);
  if (!cell.diagnosis.empty()) say("  diagnosis: " + cell.diagnosis, Emphasis::Strong);
  if (!cell.why.empty() && cell.verdict == Verdict::Fail) say("  why it matters: " + cell.why, Emphasis::None);
  if (cell.limits) {
    const std::vector<TextLine> found = limit_lines(*cell.limits, charset);
    lines.insert(lines.end(), found.begin(), found.end());
  }
  if (cell.cutover) {
    const std::vector<TextLine> found = cutover_lines(*cell.cutover, charset);
    lines.insert(lines.end(), found.begin(), found.end());
  }
  say("", Emphasis::None);
  return lines;
}

std::vector<TextLine> closing(const RunResult& run, Charset charset) {
  std::vector<TextLine> lines{{"", Emphasis::None}};
  add_names(run, lines);
  add_skips(run, lines);
  add_alterations(run, lines);
  add_counters(run, lines);
  for (TextLine& line : lines) line.text = in_charset(line.text, charset);
  const Counts counts = count(run.results);
  lines.push_back({summary(run), counts.failed + counts.errors > 0 ? Emphasis::Bad : Emphasis::Strong});
  return lines;
}

std::string summary(const RunResult& run) {
  const Counts counts = count(run.results);
  std::string text = cells(run.results.size()) + ": " + std::to_string(counts.passed) + " passed, " +
                     std::to_string(counts.failed) + " failed, ";
  if (counts.errors > 0) text += std::to_string(counts.errors) + (counts.errors == 1 ? " error, " : " errors, ");
  if (counts.inconclusive > 0) text += std::to_string(counts.inconclusive) + " inconclusive, ";
  std::array<char, 32> in{};
  std::snprintf(in.data(), in.size(), " in %.2f s", static_cast<double>(run.seconds.count()) / 1e9);
  return text + std::to_string(counts.skipped) + " skipped" + in.data() + (run.interrupted ? ", interrupted" : "");
}

std::string print(const std::vector<TextLine>& lines, const Look& look) {
  std::string out;
  for (const TextLine& line : lines) out += coloured(line.text, line.emphasis, look.colour) + "\n";
  return out;
}

}  // namespace twinwire::report
