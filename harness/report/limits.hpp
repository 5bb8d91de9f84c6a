// SPDX-License-Identifier: Apache-2.0
// A limit that was found, for people and for programs. docs/limits.md says what the words and the keys mean.
#pragma once

#include <string>
#include <vector>

#include "harness/limits/finding.hpp"
#include "harness/report/look.hpp"

namespace twinwire::report {

/// The statement, what each end saw where it fails first, the plot, the notes and the advice.
std::vector<TextLine> limit_lines(const limits::Finding& finding, Charset charset);

/// One row for each line of the search, the swept value along it on a logarithmic scale; at most 100 columns. Empty if
/// nothing was probed to a conclusion.
std::vector<TextLine> limit_plot(const limits::Finding& finding, Charset charset);

/// One JSON object without a line end; the keys are those of "limits" in docs/result.schema.json.
std::string to_json(const limits::Finding& finding);

}  // namespace twinwire::report
