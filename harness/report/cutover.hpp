// SPDX-License-Identifier: Apache-2.0
// A cut-over, for people and for programs. docs/cutover.md says what the words and the keys mean.
#pragma once

#include <string>
#include <vector>

#include "harness/cutover/finding.hpp"
#include "harness/report/look.hpp"

namespace twinwire::report {

/// The statement, what was measured, the table of policies, the plot, the notes and the advice; at most 100 columns.
std::vector<TextLine> cutover_lines(const cutover::Finding& finding, Charset charset);

/// One row for each policy, the time since the change along it, how many connections broke as the mark's height; at
/// most 100 columns. Empty if nothing broke in any curve.
std::vector<TextLine> cutover_plot(const cutover::Finding& finding, Charset charset);

/// One JSON object without a line end; the keys are those of "cutover" in docs/result.schema.json.
std::string to_json(const cutover::Finding& finding);

}  // namespace twinwire::report
