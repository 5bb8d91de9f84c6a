// SPDX-License-Identifier: Apache-2.0
// The search for what to do with the lifetime of the server's sessions, and its words.
#pragma once

#include <optional>
#include <vector>

#include "harness/cutover/finding.hpp"
#include "harness/cutover/visits.hpp"

namespace twinwire::cutover {

/// The lifetime that is advised for a cut-over, on the population's scale: 60 s for whole minutes.
time::Duration advised_lifetime(const scenario::Population& population);

/// Nothing unless the finding is of kind OldSessions.
std::optional<Plan> plan(const Finding& finding, const std::vector<Visit>& visits);

/// Fills `notes`: what the numbers rest on.
void note(Finding& finding);
/// Fills `advice`, from all the rest.
void advise(Finding& finding);

}  // namespace twinwire::cutover
