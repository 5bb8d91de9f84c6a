// SPDX-License-Identifier: Apache-2.0
// What stands on the terminal: pure functions from results to lines; whoever calls them prints.
#pragma once

#include <string>
#include <vector>

#include "harness/report/result.hpp"

namespace twinwire::report {

struct Counts {
  std::size_t passed = 0, inconclusive = 0, failed = 0, errors = 0, skipped = 0;
};
Counts count(const std::vector<CellResult>& results);

/// "FAIL   tcp/rst/exact  ipv4  1.2 ms"; names are padded to `title_width`.
TextLine headline(const CellResult& cell, std::size_t title_width);

/// The ladder as it happened, the findings, the diagnosis and the scenario's why, and the limit of a sweep; nothing for
/// a pass and a skip without one.
std::vector<TextLine> details(const CellResult& cell, Charset charset);

/// What is said once for the whole run: what the device changed without harm, what was skipped and why, and how many of
/// each.
std::vector<TextLine> closing(const RunResult& run, Charset charset);

/// "112 cells: 110 passed, 2 failed, 0 skipped in 0.61 s"
std::string summary(const RunResult& run);

/// All lines with their line ends, in colour where the look has it.
std::string print(const std::vector<TextLine>& lines, const Look& look);

}  // namespace twinwire::report
