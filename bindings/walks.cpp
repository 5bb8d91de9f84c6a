// SPDX-License-Identifier: Apache-2.0
// First every cell over the plain wire, in simulated time; then, side by side on the bench, all cells that leave it as
// it came up; one search after the other; the cells that change the device, so that no other finds what they leave
// behind; at last one cut-over after the other. What the bench lost on the way had concluded is handed over with the
// exception.
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

/// When a cell is walked; those of one turn in the order in which they were given.
enum class Turn : std::uint8_t { SideBySide, Search, Changing, Cutover };

Turn turn_of(const scenario::Scenario& cell) {
  if (cell.population) return Turn::Cutover;
  if (cell.sweep) return Turn::Search;
  return cli::changes_device(cell) ? Turn::Changing : Turn::SideBySide;
}

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

std::vector<RecordPointer> without_gaps(std::vector<RecordPointer> records) {
  std::erase(records, nullptr);
  return records;
}

/// One call of walk().
class Turns {
 public:
  Turns(const std::vector<Cell>& cells, run::Floor& floor, const scenario::BenchSpec& spec, std::uint64_t seed,
        const run::Options& options, Faults faults)
      : cells_(cells), floor_(floor), spec_(spec), seed_(seed), options_(options), faults_(std::move(faults)) {}

  void walk(std::vector<RecordPointer>& records) {
    side_by_side(Turn::SideBySide, records);
    for (const std::size_t at : cells_of(Turn::Search)) {
      if (options_.interrupted()) return;
      records[at] = record_of(cells_[at], cli::search(floor_, *cells_[at], spec_, options_));
    }
    side_by_side(Turn::Changing, records);
    for (const std::size_t at : cells_of(Turn::Cutover)) {
      if (options_.interrupted()) return;
      records[at] = record_of(cells_[at], cli::cut_over(*cells_[at], spec_, seed_, options_));
    }
  }

 private:
  std::vector<std::size_t> cells_of(Turn turn) const {
    std::vector<std::size_t> found;
    for (std::size_t at = 0; at < cells_.size(); ++at) {
      if (turn_of(*cells_[at]) == turn) found.push_back(at);
    }
    return found;
  }

  void side_by_side(Turn turn, std::vector<RecordPointer>& records) {
    const std::vector<std::size_t> places = cells_of(turn);
    Cells cells;
    for (const std::size_t at : places) cells.push_back(cells_[at].get());
    floor_.walk(cells, options_, [&](run::Walked walked) {
      const std::size_t at = places[walked.cell];
      records[at] = record_of(cells_[at], std::move(walked), spec_, faults_);
    });
  }

  const std::vector<Cell>& cells_;
  run::Floor& floor_;
  const scenario::BenchSpec& spec_;
  std::uint64_t seed_;
  const run::Options& options_;
  Faults faults_;
};

}  // namespace

std::vector<RecordPointer> walk(const std::vector<Cell>& cells, run::Floor& floor, const scenario::BenchSpec& spec,
                                std::uint64_t seed, const run::Options& options, cli::Baseline baseline) {
  std::vector<RecordPointer> records(cells.size());
  const bool with_baseline = baseline == cli::Baseline::Walk;
  Turns turns(cells, floor, spec, seed, options, with_baseline ? baseline_faults(cells, seed, options) : Faults{});
  try {
    turns.walk(records);
  } catch (const bench::BenchError& lost) {
    throw BenchLost(lost.what(), without_gaps(std::move(records)));
  }
  return without_gaps(std::move(records));
}

}  // namespace twinwire::bindings
