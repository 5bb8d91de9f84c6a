// SPDX-License-Identifier: Apache-2.0
// Results are printed and appended to events.jsonl in the order in which cells end; result.json is written once,
// sorted, when nothing more can come, which after Ctrl-C is at once.
#include "harness/cli/session.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <set>

#include "harness/cli/exit_code.hpp"
#include "harness/cli/outputs.hpp"
#include "harness/cli/version.hpp"
#include "harness/report/results_json.hpp"
#include "harness/report/stored_bench.hpp"
#include "harness/report/stored_plan.hpp"
#include "harness/report/terminal.hpp"

namespace twinwire::cli {
namespace {

namespace fs = std::filesystem;
using judge::Verdict;
using SystemClock = std::chrono::system_clock;

std::tm utc(SystemClock::time_point at) {
  const std::time_t seconds = SystemClock::to_time_t(at);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  return parts;
}

/// "20250131-235959"
std::string compact(SystemClock::time_point at) {
  const std::tm parts = utc(at);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y%m%d-%H%M%S", &parts);
  return text.data();
}

/// Two runs may begin within one second; the later gets a number.
fs::path default_directory(SystemClock::time_point at) {
  const std::string name = "twinwire-run-" + compact(at);
  fs::path path = name;
  for (int i = 2; fs::exists(path); ++i) path = name + "-" + std::to_string(i);
  return path;
}

std::size_t widest_title(const Plan& plan) {
  std::size_t widest = 0;
  for (const PlannedWalk& walk : plan.walks)
    widest = std::max(widest, report::title(walk.cell.scenario, walk.cell.cell).size());
  return widest;
}

}  // namespace

std::string timestamp(SystemClock::time_point at) {
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(at.time_since_epoch()).count() % 1000;
  const std::tm parts = utc(at);
  std::array<char, 32> second{};
  std::strftime(second.data(), second.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::array<char, 16> fraction{};
  std::snprintf(fraction.data(), fraction.size(), ".%03dZ", static_cast<int>(milliseconds));
  return std::string(second.data()) + fraction.data();
}

Session::Session(const RunCommand& command, const scenario::BenchSpec& bench, const Plan& plan, std::uint64_t seed,
                 Console& console, const Interruption& interruption)
    : plan_(plan),
      console_(console),
      interruption_(interruption),
      keep_(command.keep),
      outputs_(command.outputs),
      side_by_side_(command.side_by_side),
      seed_(seed),
      directory_(command.directory.empty() ? default_directory(SystemClock::now()) : command.directory),
      begun_(std::chrono::steady_clock::now()),
      title_width_(widest_title(plan)) {
  for (const std::size_t walk : plan.suitable()) {
    const scenario::Scenario* cell = plan.walks[walk].scenario;
    Batch& batch = batch_of(*cell);
    (cell->population ? cutover_walks_ : cell->sweep ? search_walks_ : batch.walks).push_back(walk);
    (cell->population ? cutovers_ : cell->sweep ? searches_ : batch.cells).push_back(cell);
  }
  for (Batch& batch : batches_) batch.walked.resize(batch.cells.size());
  const auto now = SystemClock::now();
  run_.id = compact(now) + "-" + std::to_string(getpid());
  run_.bench = bench.name;
  run_.device = report::device_name(bench);
  run_.started = timestamp(now);
  directory_.write("bench.json", report::bench_json(bench));
  write_plan(plan, command);
  directory_.event(report::run_started_line(run_, plan.walks.size()));
  for (const PlannedWalk& walk : plan.walks) {
    if (walk.cell.reason.empty()) continue;
    auto skipped = report::without_walk(*walk.scenario, Verdict::Skip, walk.cell.reason);
    skipped.repetition = walk.cell.repetition;
    add_result(std::move(skipped));
  }
}

Session::Batch& Session::batch_of(const scenario::Scenario& cell) {
  return batches_.at(static_cast<std::size_t>(changes_device(cell) ? Cells::Changing : Cells::AsItCameUp));
}

void Session::write_plan(const Plan& plan, const RunCommand& command) {
  const StoredFiles files = stored_files(plan.files);
  directory_.copy(files.copies);
  report::StoredPlan stored;
  stored.run = run_.id;
  stored.version = version;
  stored.started = run_.started;
  stored.seed = seed_;
  stored.command = command.typed;
  stored.settings = command.selection.settings;
  stored.files = files.planned;
  for (const PlannedWalk& walk : plan.walks) stored.cells.push_back(walk.cell);
  directory_.write("run.json", report::plan_json(stored));
}

run::Options Session::options() {
  run::Options options;
  options.side_by_side = side_by_side_;
  options.interrupted = [this] {
    tick();
    return interruption_.requested();
  };
  return options;
}

void Session::tick() { console_.progress(run_.results.size(), plan_.walks.size(), failed_); }

void Session::walk_baseline() {
  std::vector<const scenario::Scenario*> cells;
  std::set<const scenario::Scenario*> seen;
  for (const Batch& batch : batches_) {
    for (const scenario::Scenario* cell : batch.cells) {
      if (has_baseline(*cell) && seen.insert(cell).second) cells.push_back(cell);
    }
  }
  const auto wire = bench::bind(plain_wire(cells));
  run::Floor(*wire, seed_).walk(cells, options(), [&](run::Walked walked) {
    if (interruption_.requested()) return;
    const scenario::Scenario* cell = cells[walked.cell];
    observe::Transcript transcript = with_error(std::move(walked));
    const std::string fault = fault_of_baseline(*cell, take_error(transcript));
    if (!fault.empty()) baseline_faults_[cell] = {fault, std::move(transcript)};
  });
}

bool Session::keeps(Verdict verdict) const {
  return keep_ == Keep::All || (keep_ == Keep::Failed && verdict != Verdict::Pass && verdict != Verdict::Skip);
}

void Session::add(Cells which, const run::Walked& walked, const judge::Result& judged) {
  Batch& batch = batches_.at(static_cast<std::size_t>(which));
  const PlannedWalk& walk = plan_.walks[batch.walks[walked.cell]];
  const auto baseline = baseline_faults_.find(walk.scenario);
  const std::string fault = baseline == baseline_faults_.end() ? "" : baseline->second.text;
  auto result = conclude(*walk.scenario, {walked.transcript, walked.error}, judged, fault, console_.look().charset);
  batch.walked[walked.cell] = true;
  if (keeps(result.verdict) && !fault.empty())
    directory_.write_transcript("baseline", walk.cell.stem, baseline->second.transcript);
  take(walk, std::move(result), walked);
}

void Session::add(std::size_t search, const Search& found) {
  const PlannedWalk& walk = plan_.walks[search_walks_[search]];
  auto result = conclude(*walk.scenario, {found.walked.transcript, found.walked.error}, found.judged, found.fault,
                         console_.look().charset);
  result.limits = found.finding;
  // A search that was cut short, or could not settle, has no verdict of its last probe's making.
  if (!found.finding.complete && result.verdict == Verdict::Pass) result.verdict = Verdict::Inconclusive;
  searched_ = search + 1;
  take(walk, std::move(result), found.walked);
}

void Session::add(std::size_t cutover, const Cutover& found) {
  const PlannedWalk& walk = plan_.walks[cutover_walks_[cutover]];
  cut_over_ = cutover + 1;
  take(walk, conclude(*walk.scenario, found, console_.look().charset), found.walked);
}

void Session::take(const PlannedWalk& walk, report::CellResult result, const run::Walked& walked) {
  result.repetition = walk.cell.repetition;
  if (keeps(result.verdict)) directory_.write_transcript("transcripts", walk.cell.stem, with_error(walked));
  console_.print({report::headline(result, title_width_)});
  console_.print(report::details(result, console_.look().charset));
  add_result(std::move(result));
  tick();
}

void Session::add_result(report::CellResult result) {
  directory_.event(report::cell_finished_line(result, timestamp(SystemClock::now())));
  if (result.verdict == Verdict::Fail || result.verdict == Verdict::Error) ++failed_;
  run_.results.push_back(std::move(result));
}

void Session::lost(const std::string& why) {
  console_.complain("the bench was lost: " + why);
  lost_ = why;
}

report::CellResult Session::unwalked(const scenario::Scenario& scenario) const {
  if (run_.interrupted || !lost_) return report::without_walk(scenario, Verdict::Skip, "interrupted");
  // A bench that never carried a cell says nothing about the device; one that broke under way did so while we used it.
  const bool never = std::ranges::none_of(
      batches_, [](const Batch& batch) { return std::ranges::find(batch.walked, true) != batch.walked.end(); });
  const Verdict verdict = never ? Verdict::Inconclusive : Verdict::Error;
  auto result = report::without_walk(scenario, verdict, "the bench was lost: " + *lost_);
  report::Finding finding;
  finding.layer = observe::Layer::Harness;
  finding.weight = verdict;
  finding.text = result.reason;
  result.findings.push_back(finding);
  return result;
}

void Session::add_unwalked() {
  const auto add = [this](std::size_t index) {
    const PlannedWalk& walk = plan_.walks[index];
    auto result = unwalked(*walk.scenario);
    result.repetition = walk.cell.repetition;
    add_result(std::move(result));
  };
  for (const Batch& batch : batches_) {
    for (std::size_t cell = 0; cell < batch.cells.size(); ++cell) {
      if (!batch.walked[cell]) add(batch.walks[cell]);
    }
  }
  for (std::size_t search = searched_; search < searches_.size(); ++search) add(search_walks_[search]);
  for (std::size_t cutover = cut_over_; cutover < cutovers_.size(); ++cutover) add(cutover_walks_[cutover]);
}

int Session::finish() {
  run_.interrupted = interruption_.requested();
  add_unwalked();
  run_.seconds = std::chrono::duration_cast<time::Duration>(std::chrono::steady_clock::now() - begun_);
  directory_.write("result.json", report::result_json(run_));
  directory_.event(report::run_finished_line(run_, timestamp(SystemClock::now())));
  write_outputs(run_, outputs_);
  console_.print(report::closing(run_, console_.look().charset));
  console_.print({{"results in " + directory_.path().string(), report::Emphasis::Faint}});
  return exit_code::of(run_);
}

}  // namespace twinwire::cli
