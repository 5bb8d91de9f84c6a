// SPDX-License-Identifier: Apache-2.0
// --junit and --json: reports that are derived from the results and can be made again.
#pragma once

#include "harness/cli/command.hpp"
#include "harness/report/result.hpp"

namespace twinwire::cli {

/// Throws RunDirectoryError if a file cannot be written.
void write_outputs(const report::RunResult& run, const Outputs& outputs);

}  // namespace twinwire::cli
