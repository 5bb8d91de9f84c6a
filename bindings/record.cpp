// SPDX-License-Identifier: Apache-2.0
// Results are concluded by the command line's own functions, so that Python and the terminal say the same. Only the
// ladder of a pass, which the terminal does not show, is drawn here.
#include "bindings/record.hpp"

#include "harness/cli/conclude.hpp"
#include "harness/report/ladder.hpp"
#include "harness/report/rows.hpp"
#include "harness/report/terminal.hpp"

namespace twinwire::bindings {
namespace {

using judge::Verdict;

std::vector<report::TextLine> ladder_of_pass(const Record& record, report::Charset charset) {
  return report::ladder(report::rows(*record.cell, record.transcript, record.judged), record.transcript.connections,
                        charset);
}

}  // namespace

report::CellResult conclude(const Record& record, report::Charset charset) {
  if (!record.skipped.empty()) return report::without_walk(*record.cell, Verdict::Skip, record.skipped);
  if (record.cutover) return cli::conclude(*record.cell, *record.cutover, charset);
  report::CellResult result =
      cli::conclude(*record.cell, {record.transcript, record.error}, record.judged, record.baseline_fault, charset);
  result.limits = record.limits;
  // A search that was cut short, or could not settle, has no verdict of its last probe's making.
  if (result.limits && !result.limits->complete && result.verdict == Verdict::Pass)
    result.verdict = Verdict::Inconclusive;
  return result;
}

RecordPointer skipped(Cell cell, const std::string& reason) {
  auto record = std::make_shared<Record>();
  record->cell = std::move(cell);
  record->skipped = reason;
  record->result = conclude(*record, report::Charset::Ascii);
  return record;
}

std::string explain(const Record& record, report::Charset charset) {
  const report::CellResult result = conclude(record, charset);
  std::vector<report::TextLine> lines{report::headline(result, 0)};
  if (result.verdict == Verdict::Pass) {
    lines.push_back({});
    const auto ladder = ladder_of_pass(record, charset);
    lines.insert(lines.end(), ladder.begin(), ladder.end());
  }
  if (result.verdict == Verdict::Skip) lines.push_back({"  reason: " + result.reason, report::Emphasis::None});
  const auto details = report::details(result, charset);
  lines.insert(lines.end(), details.begin(), details.end());
  return report::print(lines, {charset, report::Colour::Never});
}

}  // namespace twinwire::bindings
