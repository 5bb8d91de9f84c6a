// SPDX-License-Identifier: Apache-2.0
// [expect] and [expect.PROFILE]: what may become of labelled lines.
#pragma once

#include <string>
#include <vector>

#include "harness/scenario/ladder.hpp"

namespace twinwire::scenario {

/// An entry whose label is on no line of this cell: a mistake only if that holds for every cell.
struct UnmatchedLabel {
  std::string label;
  Span where;
};

/// Fills `scenario.expect` and `scenario.expect_profile` from the table.
std::vector<UnmatchedLabel> read_expect(const Node& table, const std::vector<ParsedLine>& lines, Scope& scope,
                                        Scenario& scenario);

}  // namespace twinwire::scenario
