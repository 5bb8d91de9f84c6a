// SPDX-License-Identifier: Apache-2.0
// One run from its first line on the terminal to its exit code: takes results as they come, prints them, and keeps the
// run directory.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "harness/cli/command.hpp"
#include "harness/cli/conclude.hpp"
#include "harness/cli/console.hpp"
#include "harness/cli/cutover.hpp"
#include "harness/cli/interruption.hpp"
#include "harness/cli/plan.hpp"
#include "harness/cli/search.hpp"
#include "harness/report/run_directory.hpp"

namespace twinwire::cli {

class Session {
 public:
  /// Makes the run directory and writes down what is going to be done.
  Session(const RunCommand& command, const scenario::BenchSpec& bench, const Plan& plan, std::uint64_t seed,
          Console& console, const Interruption& interruption);

  /// The cells of one walk. Those that change the device come behind the searches, so that no other cell finds what
  /// they leave behind.
  enum class Cells { AsItCameUp, Changing };
  const std::vector<const scenario::Scenario*>& cells(Cells which) const { return batch(which).cells; }
  run::Options options();

  /// Walks every cell once over the plain wire, in simulated time.
  void walk_baseline();
  /// What a walk came to; prints it and keeps its transcript.
  void add(Cells which, const run::Walked& walked, const judge::Result& judged);
  /// The cells whose limit is to be searched, one after the other.
  const std::vector<const scenario::Scenario*>& searches() const { return searches_; }
  void add(std::size_t search, const Search& found);
  /// The cells with a population, one after the other.
  const std::vector<const scenario::Scenario*>& cutovers() const { return cutovers_; }
  void add(std::size_t cutover, const Cutover& found);
  /// The device's own counters at the end of the run.
  void add_counters(std::map<std::string, std::uint64_t> counters) { run_.counters = std::move(counters); }
  /// The bench went away: what was not walked by then is an error, or inconclusive if nothing was.
  void lost(const std::string& why);
  /// Writes result.json and the derived files, prints the summary; the exit code.
  int finish();

 private:
  struct Batch {
    std::vector<std::size_t> walks;  ///< indices into Plan::walks, in the order of cells
    std::vector<const scenario::Scenario*> cells;
    std::vector<bool> walked;  ///< by index into cells
  };
  struct BaselineFault {
    std::string text;
    observe::Transcript transcript;
  };

  const Batch& batch(Cells which) const { return batches_.at(static_cast<std::size_t>(which)); }
  Batch& batch_of(const scenario::Scenario& cell);
  void write_plan(const Plan& plan, const RunCommand& command);
  void take(const PlannedWalk& walk, report::CellResult result, const run::Walked& walked);
  void add_result(report::CellResult result);
  report::CellResult unwalked(const scenario::Scenario& scenario) const;
  void add_unwalked();
  bool keeps(judge::Verdict verdict) const;
  void tick();

  const Plan& plan_;
  Console& console_;
  const Interruption& interruption_;
  Keep keep_;
  Outputs outputs_;
  int side_by_side_;
  std::uint64_t seed_;
  report::RunDirectory directory_;
  std::chrono::steady_clock::time_point begun_;
  std::size_t title_width_ = 0;
  std::array<Batch, 2> batches_;           ///< by Cells
  std::vector<std::size_t> search_walks_;  ///< indices into Plan::walks, in the order of searches_
  std::vector<const scenario::Scenario*> searches_;
  std::size_t searched_ = 0;                ///< how many of them are done
  std::vector<std::size_t> cutover_walks_;  ///< indices into Plan::walks, in the order of cutovers_
  std::vector<const scenario::Scenario*> cutovers_;
  std::size_t cut_over_ = 0;  ///< how many of them are done
  std::map<const scenario::Scenario*, BaselineFault> baseline_faults_;
  std::optional<std::string> lost_;
  std::size_t failed_ = 0;
  report::RunResult run_;
};

/// RFC 3339, UTC, with milliseconds.
std::string timestamp(std::chrono::system_clock::time_point at);

}  // namespace twinwire::cli
