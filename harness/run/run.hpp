// SPDX-License-Identifier: Apache-2.0
// `run`: walks the ladders of many cells side by side on one bench and records what happens. It never judges.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "harness/bench/bench.hpp"
#include "harness/observe/transcript.hpp"
#include "harness/run/tls_server.hpp"
#include "harness/scenario/scenario.hpp"

namespace twinwire::run {

/// What a cell's TLS ends have in common with those of other cells.
struct Shared {
  TlsServer* server = nullptr;         ///< null: one of the cell's own
  std::optional<HeldSession> session;  ///< what `resumes tls` offers as long as the cell has got none itself
  bool may_start = false;              ///< where there is none at all, `resumes tls` begins a full handshake
};

/// What is left to chance in the ends' TLS follows from the seed from now on, in all of this process: for runs in
/// which all is simulated, and before their bench is bound.
void seed_randomness(std::uint64_t seed);

struct Options {
  int side_by_side = 64;  ///< cells in flight at once; exclusive ones always run alone
  /// Of each cell when it begins, on the bench's timeline, not falling; empty: as soon as there is room.
  std::vector<time::Instant> begins;
  /// Asked when a cell begins.
  std::function<Shared(std::size_t cell)> share = [](std::size_t) { return Shared{}; };
  /// Asked between steps; once it says true no new cell begins, and those under way end where they are.
  std::function<bool()> interrupted = [] { return false; };
};

struct Walked {
  std::size_t cell = 0;  ///< index into the cells that were given
  observe::Transcript transcript;
  time::Duration duration{};           ///< from its first step to its last, on the run's clock
  std::string error;                   ///< not empty: our side failed, and this says how
  std::optional<HeldSession> session;  ///< the newest that the client of this cell was given
};

class Live;

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

  /// Begins a ladder that is written while it is walked, with the ends that `cell` has; its own lines are left out. The
  /// floor must outlive it. Throws bench::BenchError.
  std::unique_ptr<Live> begin(scenario::Scenario cell);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace twinwire::run
