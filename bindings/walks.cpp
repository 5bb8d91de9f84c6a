// SPDX-License-Identifier: Apache-2.0
// First every cell over the plain wire, in simulated time; then all cells without a sweep side by side on the bench; at
// last one search after the other. What the bench lost on the way had concluded is handed over with the exception.
#include "bindings/walks.hpp"

#include <map>

#include "bindings/bench_lost.hpp"
#include "harness/cli/conclude.hpp"
#include "harness/cli/search.hpp"

namespace twinwire::bindings {
namespace {

using Faults = std::map<const scenario::Scenario*, std::string>;
using Cells = std::vector<const scenario::Scenario*>;

Faults baseline_faults(const std::vector<Cell>& cells, std::uint64_t seed, const run::Options& options) {
  Cells walked_there;
  for (const Cell& cell : cells) {
    if (!cell->sweep && cli::has_baseline(*cell)) walked_there.push_back(cell.get());
  }
  Faults faults;
  if (walked_there.empty()) return faults;
  const auto wire = bench::bind(cli::plain_wire());
  run::Floor(*wire, seed).walk(walked_there, options, [&](run::Walked walked) {
    const scenario::Scenario* cell = walked_there[walked.cell];
    const std::string fault = cli::fault_of_baseline(*cell, cli::take_error(cli::with_error(std::move(walked))));
    if (!fault.empty()) faults[cell] = fault;
  });
  return faults;
}

RecordPointer finished(std::shared_ptr<Record> record) {
  record->result = conclude(*record, report::Charset::Ascii);
  return record;
}

RecordPointer record_of(const Cell& cell, run::Walked walked, const scenario::BenchSpec& spec, const Faults& faults) {
  auto record = std::make_shared<Record>();
  record->cell = cell;
  record->judged = judge::judge(*cell, spec, walked.transcript);
  record->transcript = std::move(walked.transcript);
  record->error = std::move(walked.error);
  if (const auto fault = faults.find(cell.get()); fault != faults.end()) record->baseline_fault = fault->second;
  return finished(std::move(record));
}

RecordPointer record_of(const Cell& cell, cli::Search found) {
  auto record = std::make_shared<Record>();
  record->cell = cell;
  record->judged = std::move(found.judged);
  record->transcript = std::move(found.walked.transcript);
  record->error = std::move(found.walked.error);
  record->baseline_fault = std::move(found.fault);
  record->limits = std::move(found.finding);
  return finished(std::move(record));
}

std::vector<RecordPointer> without_gaps(std::vector<RecordPointer> records) {
  std::erase(records, nullptr);
  return records;
}

}  // namespace

std::vector<RecordPointer> walk(const std::vector<Cell>& cells, run::Floor& floor, const scenario::BenchSpec& spec,
                                std::uint64_t seed, const run::Options& options, cli::Baseline baseline) {
  std::vector<RecordPointer> records(cells.size());
  Cells plain;
  std::vector<std::size_t> plain_at, sweep_at;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    (cells[i]->sweep ? sweep_at : plain_at).push_back(i);
    if (!cells[i]->sweep) plain.push_back(cells[i].get());
  }
  const Faults faults = baseline == cli::Baseline::Walk ? baseline_faults(cells, seed, options) : Faults{};
  try {
    floor.walk(plain, options, [&](run::Walked walked) {
      const std::size_t at = plain_at[walked.cell];
      records[at] = record_of(cells[at], std::move(walked), spec, faults);
    });
    for (const std::size_t at : sweep_at) {
      if (options.interrupted()) break;
      records[at] = record_of(cells[at], cli::search(floor, *cells[at], spec, options));
    }
  } catch (const bench::BenchError& lost) {
    throw BenchLost(lost.what(), without_gaps(std::move(records)));
  }
  return without_gaps(std::move(records));
}

}  // namespace twinwire::bindings
