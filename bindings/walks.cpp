// SPDX-License-Identifier: Apache-2.0
// First every cell over the plain wire, in simulated time; then all cells without a sweep or a population side by side
// on the bench; at last one search, or one cut-over, after the other. What the bench lost on the way had concluded is
// handed over with the exception.
#include "bindings/walks.hpp"

#include <map>

#include "bindings/bench_lost.hpp"
#include "harness/cli/conclude.hpp"
#include "harness/cli/cutover.hpp"
#include "harness/cli/search.hpp"

namespace twinwire::bindings {
namespace {

using Faults = std::map<const scenario::Scenario*, std::string>;
using Cells = std::vector<const scenario::Scenario*>;

/// Many walks of its own, one after the other.
bool is_alone(const Cell& cell) { return cell->sweep || cell->population; }

Faults baseline_faults(const std::vector<Cell>& cells, std::uint64_t seed, const run::Options& options) {
  Cells walked_there;
  for (const Cell& cell : cells) {
    if (!is_alone(cell) && cli::has_baseline(*cell)) walked_there.push_back(cell.get());
  }
  Faults faults;
  if (walked_there.empty()) return faults;
  const auto wire = bench::bind(cli::plain_wire(walked_there));
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

RecordPointer record_of(const Cell& cell, cli::Cutover found) {
  auto record = std::make_shared<Record>();
  record->cell = cell;
  record->judged = found.judged;
  record->transcript = found.walked.transcript;
  record->error = found.walked.error;
  record->cutover = std::move(found);
  return finished(std::move(record));
}

RecordPointer walk_alone(const Cell& cell, run::Floor& floor, const scenario::BenchSpec& spec, std::uint64_t seed,
                         const run::Options& options) {
  if (cell->population) return record_of(cell, cli::cut_over(*cell, spec, seed, options));
  return record_of(cell, cli::search(floor, *cell, spec, options));
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
  std::vector<std::size_t> plain_at, alone_at;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    (is_alone(cells[i]) ? alone_at : plain_at).push_back(i);
    if (!is_alone(cells[i])) plain.push_back(cells[i].get());
  }
  const Faults faults = baseline == cli::Baseline::Walk ? baseline_faults(cells, seed, options) : Faults{};
  try {
    floor.walk(plain, options, [&](run::Walked walked) {
      const std::size_t at = plain_at[walked.cell];
      records[at] = record_of(cells[at], std::move(walked), spec, faults);
    });
    for (const std::size_t at : alone_at) {
      if (options.interrupted()) break;
      records[at] = walk_alone(cells[at], floor, spec, seed, options);
    }
  } catch (const bench::BenchError& lost) {
    throw BenchLost(lost.what(), without_gaps(std::move(records)));
  }
  return without_gaps(std::move(records));
}

}  // namespace twinwire::bindings
