// SPDX-License-Identifier: Apache-2.0
// The copies of the scenario files are loaded with the settings of the run, so that the same cells come out; each is
// then paired with the transcript that carries its name.
#include "harness/cli/stored_run.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include "harness/cli/exit_code.hpp"
#include "harness/cli/outputs.hpp"
#include "harness/report/run_directory.hpp"
#include "harness/report/terminal.hpp"
#include "harness/scenario/load.hpp"

namespace twinwire::cli {
namespace {

namespace fs = std::filesystem;
using CellName = std::tuple<std::string, std::string, wire::Family>;
using Scenarios = std::map<CellName, std::shared_ptr<const scenario::Scenario>>;

Scenarios load_all(const fs::path& directory, const report::StoredPlan& plan) {
  Scenarios scenarios;
  for (const report::PlannedFile& file : plan.files) {
    for (scenario::Scenario& cell :
         scenario::load_scenario(directory / file.file, directory / file.root, plan.settings)) {
      const CellName name{cell.id, cell.cell, cell.family};
      scenarios[name] = std::make_shared<const scenario::Scenario>(std::move(cell));
    }
  }
  return scenarios;
}

std::optional<Recording> read_recording(const fs::path& file, const report::PlannedCell& cell) {
  if (!fs::exists(file)) return std::nullopt;
  observe::Transcript transcript = observe::from_json_lines(report::read_file(file), file.string());
  if (transcript.scenario != cell.scenario || transcript.cell != cell.cell || transcript.family != cell.family) {
    throw report::StoredRunError(file.string() + ": it is the transcript of another cell than run.json says");
  }
  return take_error(std::move(transcript));
}

StoredWalk read_walk(const fs::path& directory, const report::PlannedCell& cell, const Scenarios& scenarios) {
  const auto found = scenarios.find({cell.scenario, cell.cell, cell.family});
  if (found == scenarios.end()) {
    throw report::StoredRunError((directory / "run.json").string() + ": no stored scenario file has the cell " +
                                 cell.scenario + (cell.cell.empty() ? "" : "[" + cell.cell + "]") + " " +
                                 std::string(wire::name(cell.family)));
  }
  StoredWalk walk{found->second, cell, std::nullopt, ""};
  if (!cell.reason.empty()) return walk;
  walk.recording = read_recording(directory / "transcripts" / (cell.stem + ".jsonl"), cell);
  const auto baseline = read_recording(directory / "baseline" / (cell.stem + ".jsonl"), cell);
  if (baseline) walk.baseline_fault = fault_of_baseline(*walk.scenario, *baseline);
  return walk;
}

}  // namespace

StoredRun read_run(const fs::path& directory) {
  if (!fs::is_directory(directory)) throw UsageError("there is no run directory " + directory.string());
  const auto text = [&](const char* name) {
    if (!fs::exists(directory / name)) throw UsageError(directory.string() + " is no run directory: it has no " + name);
    return report::read_file(directory / name);
  };
  StoredRun run;
  run.plan = report::read_plan_json(text("run.json"), (directory / "run.json").string());
  run.bench = report::read_bench_json(text("bench.json"), (directory / "bench.json").string());
  const Scenarios scenarios = load_all(directory, run.plan);
  for (const report::PlannedCell& cell : run.plan.cells) run.walks.push_back(read_walk(directory, cell, scenarios));
  return run;
}

Rejudgement::Rejudgement(const StoredRun& stored, Console& console)
    : console_(console), begun_(std::chrono::steady_clock::now()) {
  run_.id = stored.plan.run;
  run_.bench = stored.bench.spec.name;
  run_.device = stored.bench.device;
  run_.started = stored.plan.started;
  for (const StoredWalk& walk : stored.walks) {
    title_width_ = std::max(title_width_, report::title(walk.cell.scenario, walk.cell.cell).size());
  }
}

void Rejudgement::add(const StoredWalk& walk, const judge::Result& judged) {
  auto result = conclude(*walk.scenario, *walk.recording, judged, walk.baseline_fault, console_.look().charset);
  result.repetition = walk.cell.repetition;
  console_.print({report::headline(result, title_width_)});
  console_.print(report::details(result, console_.look().charset));
  run_.results.push_back(std::move(result));
}

void Rejudgement::add_unjudged(const StoredWalk& walk) {
  const std::string reason = walk.cell.reason.empty() ? "no transcript of it was kept" : walk.cell.reason;
  auto result = report::without_walk(*walk.scenario, judge::Verdict::Skip, reason);
  result.repetition = walk.cell.repetition;
  run_.results.push_back(std::move(result));
}

int Rejudgement::finish(const Outputs& outputs) {
  run_.seconds = std::chrono::duration_cast<time::Duration>(std::chrono::steady_clock::now() - begun_);
  write_outputs(run_, outputs);
  console_.print(report::closing(run_, console_.look().charset));
  return exit_code::of(run_);
}

}  // namespace twinwire::cli
