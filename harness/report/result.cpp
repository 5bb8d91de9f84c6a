// SPDX-License-Identifier: Apache-2.0
// Findings get the words of their step, and changes that did no harm are taken aside: they are said once for the whole
// run.
#include "harness/report/result.hpp"

#include <algorithm>
#include <tuple>

#include "harness/report/ladder.hpp"
#include "harness/report/rows.hpp"

namespace twinwire::report {
namespace {

using judge::Verdict;

Finding worded(const scenario::Scenario& scenario, const judge::Finding& finding) {
  Finding out{finding.layer, finding.weight, finding.step + 1, "", finding.text, finding.by_device};
  const bool known = finding.step >= 0 && static_cast<std::size_t>(finding.step) < scenario.steps.size();
  if (known) out.line = scenario.steps[static_cast<std::size_t>(finding.step)].text;
  if (!known) out.step = 0;
  return out;
}

/// Numbers differ from packet to packet, so a change of them is told without.
Alteration alteration(const observe::FieldChange& change) {
  static constexpr std::array without_values{"seq", "ack", "sack", "ipid", "sport", "src", "dport", "dst"};
  const bool bare = std::ranges::count(without_values, change.field) > 0;
  return bare ? Alteration{change.field, "", ""} : Alteration{change.field, change.sent, change.received};
}

std::vector<Alteration> harmless(const judge::Result& judged) {
  std::vector<Alteration> out;
  for (const observe::Transit& transit : judged.transits) {
    for (const observe::FieldChange& change : transit.changes) {
      if (change.allowed || change.layer == observe::Layer::Transparency) out.push_back(alteration(change));
    }
  }
  std::ranges::sort(out);
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

CellResult named(const scenario::Scenario& scenario) {
  CellResult result;
  result.scenario = scenario.id;
  result.cell = scenario.cell;
  result.family = scenario.family;
  result.why = scenario.why;
  return result;
}

}  // namespace

std::string title(const std::string& scenario, const std::string& cell) {
  return cell.empty() ? scenario : scenario + "[" + cell + "]";
}

std::string file_stem(const std::string& scenario, const std::string& cell, wire::Family family, int repetition) {
  std::string stem = scenario + (cell.empty() ? "" : "." + cell) + "." + std::string(wire::name(family));
  for (char& c : stem) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
    if (!plain) c = c == '/' ? '.' : '_';
  }
  if (repetition > 0) stem += ".r" + std::to_string(repetition);
  return stem;
}

time::Duration span(const observe::Transcript& transcript) {
  return transcript.events.empty() ? time::Duration{} : transcript.events.back().at - transcript.events.front().at;
}

CellResult describe(const scenario::Scenario& scenario, const observe::Transcript& transcript,
                    const judge::Result& judged, Charset charset) {
  CellResult result = named(scenario);
  result.verdict = judged.verdict;
  result.seconds = span(transcript);
  result.diagnosis = judged.diagnosis;
  for (const judge::Finding& finding : judged.findings) result.findings.push_back(worded(scenario, finding));
  result.alterations = harmless(judged);
  if (judged.verdict != Verdict::Pass && judged.verdict != Verdict::Skip) {
    result.ladder = ladder(rows(scenario, transcript, judged), transcript.connections, charset);
  }
  return result;
}

CellResult without_walk(const scenario::Scenario& scenario, Verdict verdict, std::string reason) {
  CellResult result = named(scenario);
  result.verdict = verdict;
  result.reason = std::move(reason);
  return result;
}

void sort(std::vector<CellResult>& results) {
  std::ranges::stable_sort(results, {},
                           [](const CellResult& r) { return std::tie(r.scenario, r.cell, r.family, r.repetition); });
}

}  // namespace twinwire::report
