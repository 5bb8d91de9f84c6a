// SPDX-License-Identifier: Apache-2.0
// `run`: walks the ladders of many cells side by side on one bench and records what happens. It never judges.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "harness/bench/bench.hpp"
#include "harness/observe/transcript.hpp"
#include "harness/scenario/scenario.hpp"

namespace twinwire::run {

struct Options {
  std::uint64_t seed = 0;
  int side_by_side = 64;  ///< cells in flight at once; exclusive ones always run alone
  /// Asked between steps; once it says true no new cell begins, and those under way end where they are.
  std::function<bool()> interrupted = [] { return false; };
};

struct Walked {
  std::size_t cell = 0;  ///< index into the cells that were given
  observe::Transcript transcript;
  time::Duration duration{};  ///< from its first step to its last, on the run's clock
  std::string error;          ///< not empty: our side failed, and this says how
};

/// Walks all `cells`; `done` hears of each as it ends, in that order. Throws bench::BenchError if the bench is lost.
void walk(bench::Bench& bench, const std::vector<const scenario::Scenario*>& cells, const Options& options,
          const std::function<void(Walked)>& done);

}  // namespace twinwire::run
