// SPDX-License-Identifier: Apache-2.0
// The challenge-ACK incident as values: the scenario, and transcripts of what different devices make of it.
#pragma once

#include <string>

#include "harness/observe/transcript.hpp"
#include "harness/scenario/bench_spec.hpp"
#include "harness/scenario/scenario.hpp"

namespace twinwire::test {

/// A client loses its connection and opens it again from the same port; the server answers with a challenge ACK.
const scenario::Scenario& incident();

/// The device drops the client's RST; a marker proves it.
observe::Transcript rst_dies();
/// Everything crosses.
observe::Transcript all_crosses();
/// The device answers the second SYN with a RST of its own.
observe::Transcript device_resets();

/// A strict, ordered bench that may decrement the TTL.
scenario::BenchSpec strict_bench();

/// Compares with the stored text of that name. With TWINWIRE_APPROVE set the text is stored instead, to be looked at
/// and committed.
void approve(const std::string& name, const std::string& text);

}  // namespace twinwire::test
