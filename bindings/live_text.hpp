// SPDX-License-Identifier: Apache-2.0
// What is said of a live ladder: its last lines as they happened, and what kept an expectation from being met.
#pragma once

#include <string>
#include <vector>

#include "harness/report/look.hpp"
#include "harness/run/live.hpp"

namespace twinwire::bindings {

/// The ladder as it happened, as far as it is remembered; of a long one the end. Like failed_text(), it first waits
/// until it is known what became of every frame.
std::string ladder_text(run::Live& live, report::Charset charset);

/// What to say when `wanted`, such as "the server to receive SYN", has not come at that end.
std::string missing_text(const run::Live& live, const std::string& wanted, const run::Live::Hearer& at,
                         const std::vector<run::Passage>& instead);

/// What to say when a frame that was sent has not come.
std::string lost_text(const run::Live& live, const run::FramePointer& sent);

/// What to say of arrivals where none was to be.
std::string unexpected_text(run::Live& live, run::Party at, const std::vector<run::Passage>& came);

/// What to say when an act did not come to what it is for.
std::string failed_text(run::Live& live, const run::ActOutcome& outcome);

}  // namespace twinwire::bindings
