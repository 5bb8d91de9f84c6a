// SPDX-License-Identifier: Apache-2.0
// One cell: a document with one choice of values, read into a Scenario.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "harness/scenario/expect.hpp"
#include "harness/scenario/matrix.hpp"

namespace twinwire::scenario {

/// What the cells of one file share.
struct Shared {
  std::set<std::string> used_values;
  std::vector<UnmatchedLabel> unmatched;
  std::set<std::string> labels;
};

/// Throws LoadError if `path` is that of a value which no line of the ladder uses.
void check_value_used(const std::string& path, const Span& where, const Shared& shared);

/// Everything but the family and the sweep.
Scenario read_cell(const Cell& cell, const std::string& id, Shared& shared);

}  // namespace twinwire::scenario
