// SPDX-License-Identifier: Apache-2.0
// A program of the user's that tells a device of its own to change.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "generator/time/instant.hpp"

namespace twinwire::bench {

/// The longest that a commit of a policy may take.
inline constexpr time::Duration hook_patience = std::chrono::seconds(60);

/// Runs the program with the user's rights and environment, and waits for its end. Throws BenchError, which holds the
/// last of what it printed, if it ends with a status other than 0 or does not end in time, in which case it is killed
/// with all that it started; and Interrupted if a signal came.
void run_hook(const std::vector<std::string>& command, time::Duration patience = hook_patience);

}  // namespace twinwire::bench
