// SPDX-License-Identifier: Apache-2.0
// What may become of one labelled line or act, as [expect] words it.
#pragma once

#include <vector>

#include "harness/scenario/ladder.hpp"

namespace twinwire::scenario {

/// One outcome or an array of them. Throws LoadError if the line or act cannot end so.
std::vector<Outcome> read_outcomes(const Node& node, const ParsedLine& line, const std::vector<ParsedLine>& lines,
                                   Scope& scope);

/// Whether an act ends in one way or another, so that a label of it can be judged.
bool has_outcome(const Act& act);

}  // namespace twinwire::scenario
