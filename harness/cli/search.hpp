// SPDX-License-Identifier: Apache-2.0
// A cell with a sweep: probe after probe is walked and judged, and the finder says what to try next.
#pragma once

#include "harness/judge/verdict.hpp"
#include "harness/limits/limits.hpp"
#include "harness/run/run.hpp"

namespace twinwire::cli {

struct Search {
  limits::Finding finding;
  /// The probe that tells most: at the least value that failed, else the last one.
  run::Walked walked;
  judge::Result judged;
  std::string fault;  ///< not empty: the least value that failed fails over a plain wire too
};

/// Searches the limit of `cell` on the bench that `floor` stands on. Ends early, with what is known by then, when
/// `options.interrupted` says so.
Search search(run::Floor& floor, const scenario::Scenario& cell, const scenario::BenchSpec& spec,
              const run::Options& options);

}  // namespace twinwire::cli
