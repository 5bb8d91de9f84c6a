// SPDX-License-Identifier: Apache-2.0
// The worst news first: an interruption, then failures, then whether anything at all is known of the device.
#include "harness/cli/exit_code.hpp"

#include "harness/report/terminal.hpp"

namespace twinwire::cli::exit_code {

int of(const report::RunResult& run) {
  const report::Counts counts = report::count(run.results);
  if (run.interrupted) return Interrupted;
  if (counts.failed + counts.errors > 0) return Failed;
  if (counts.passed > 0) return AsExpected;
  return counts.inconclusive > 0 ? NoVerdict : Nothing;
}

}  // namespace twinwire::cli::exit_code
