// SPDX-License-Identifier: Apache-2.0
// `run`: walks the ladders of many cells side by side on one bench and records what happens. It never judges.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "harness/bench/bench.hpp"
#include "harness/observe/transcript.hpp"
#include "harness/scenario/scenario.hpp"

namespace twinwire::run {

struct Options {
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

/// A bench with our two ends on its wires, ready to walk. What it found out about the bench (next hops, marker
/// connections, ports that were used) is kept from one walk() to the next.
class Floor {
 public:
  /// `bench` must outlive it.
  Floor(bench::Bench& bench, std::uint64_t seed);
  ~Floor();
  Floor(const Floor&) = delete;
  Floor& operator=(const Floor&) = delete;

  /// Walks all `cells`; `done` hears of each as it ends, in that order. Throws bench::BenchError if the bench is lost.
  void walk(const std::vector<const scenario::Scenario*>& cells, const Options& options,
            const std::function<void(Walked)>& done);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace twinwire::run
