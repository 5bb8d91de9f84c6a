// SPDX-License-Identifier: Apache-2.0
// A whole ladder: parts walked inline, labels checked.
#pragma once

#include <vector>

#include "harness/scenario/line.hpp"

namespace twinwire::scenario {

/// The lines of `ladder`, with those of parts in place of `do`. `parts` may be null.
std::vector<ParsedLine> read_ladder(const Node& ladder, const Node* parts, Scope& scope);

/// Throws LoadError if a label is unknown, doubled, used too early or for what its line cannot give.
void check_references(const std::vector<ParsedLine>& lines);

/// The line that carries the label; null if none does.
const ParsedLine* find_label(const std::vector<ParsedLine>& lines, const std::string& label);
Words label_names(const std::vector<ParsedLine>& lines);

}  // namespace twinwire::scenario
