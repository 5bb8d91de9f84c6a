// SPDX-License-Identifier: Apache-2.0
// From a judged transcript to a result: what the judge found, and what our own side did wrong on the way. The run and a
// later judgement of its files go through the same door, so that they say the same.
#pragma once

#include <string>

#include "harness/judge/verdict.hpp"
#include "harness/report/result.hpp"
#include "harness/run/run.hpp"
#include "harness/scenario/bench_spec.hpp"

namespace twinwire::cli {

/// A transcript, apart from the note of a failure of our own that may stand at its end.
struct Recording {
  observe::Transcript transcript;
  std::string error;  ///< not empty: our side failed, and this says how
};

/// Writes the failure of a walk into its transcript, so that the transcript alone tells everything.
observe::Transcript with_error(run::Walked walked);
/// Takes it out again.
Recording take_error(observe::Transcript transcript);

/// A cell's result. `baseline_fault` is what went wrong over the plain wire, or "".
report::CellResult conclude(const scenario::Scenario& scenario, const Recording& recording, const judge::Result& judged,
                            const std::string& baseline_fault, report::Charset charset);

/// The bench of the baseline: simulated time, and nothing between the two ends.
scenario::BenchSpec plain_wire();
/// The same for walking these cells: it takes any change that one of them makes, and is not changed by it.
scenario::BenchSpec plain_wire(const std::vector<const scenario::Scenario*>& cells);
/// Whether the scenario makes a change of the bench, which cells that are walked after it find.
bool changes_device(const scenario::Scenario& scenario);
/// Whether the scenario can be walked there: that wire has no kernel that a program could run on, and where a change is
/// made, what is expected must be possible without it.
bool has_baseline(const scenario::Scenario& scenario);

/// Why a walk over the plain wire did not pass; "" if it did.
std::string fault_of_baseline(const scenario::Scenario& scenario, const Recording& recording);

}  // namespace twinwire::cli
