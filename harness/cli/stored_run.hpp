// SPDX-License-Identifier: Apache-2.0
// A run directory, read again: everything that judging needs and nothing that was judged.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/cli/command.hpp"
#include "harness/cli/conclude.hpp"
#include "harness/cli/console.hpp"
#include "harness/report/stored_bench.hpp"
#include "harness/report/stored_plan.hpp"

namespace twinwire::cli {

struct StoredWalk {
  std::shared_ptr<const scenario::Scenario> scenario;
  report::PlannedCell cell;
  std::optional<Recording> recording;  ///< none if it was skipped, never walked, or not kept
  std::string baseline_fault;
};

struct StoredRun {
  report::StoredPlan plan;
  report::StoredBench bench;
  std::vector<StoredWalk> walks;
};

/// Throws UsageError, StoredRunError, TranscriptError or LoadError with the file that is wrong.
StoredRun read_run(const std::filesystem::path& directory);

/// Takes the new verdicts one by one and prints what the run had printed.
class Rejudgement {
 public:
  Rejudgement(const StoredRun& stored, Console& console);

  void add(const StoredWalk& walk, const judge::Result& judged);
  /// A cell without a transcript.
  void add_unjudged(const StoredWalk& walk);
  /// Writes the derived files, prints the summary; the exit code.
  int finish(const Outputs& outputs);

 private:
  Console& console_;
  std::size_t title_width_ = 0;
  std::chrono::steady_clock::time_point begun_;
  report::RunResult run_;
};

}  // namespace twinwire::cli
