// SPDX-License-Identifier: Apache-2.0
// A cell with a population: sessions are primed on a bench, its change is made, and they are replayed; what became of
// them is measured, and from it, or by walking the population itself, follows the plan.
#pragma once

#include "harness/cutover/finding.hpp"
#include "harness/judge/verdict.hpp"
#include "harness/report/result.hpp"
#include "harness/run/run.hpp"

namespace twinwire::cli {

struct Cutover {
  cutover::Finding finding;
  /// The connection that tells most: the first that broke, else the last one; and the scenario that it walked.
  run::Walked walked;
  judge::Result judged;
  std::shared_ptr<const scenario::Scenario> visit;
  judge::Verdict verdict = judge::Verdict::Pass;
  std::string reason;  ///< of an inconclusive verdict
};

/// Walks the cut-over of `cell` on benches of its own, each brought up from `spec`: one to measure, and one for each
/// policy where the population is walked. Ends early when `options.interrupted` says so. Throws bench::BenchError.
Cutover cut_over(const scenario::Scenario& cell, const scenario::BenchSpec& spec, std::uint64_t seed,
                 const run::Options& options);

/// What it comes to as the result of `cell`.
report::CellResult conclude(const scenario::Scenario& cell, const Cutover& found, report::Charset charset);

}  // namespace twinwire::cli
