// SPDX-License-Identifier: Apache-2.0
// [sweep]: one value that is searched for its limit, and others that the search is repeated across. Every value that is
// written is tried at load, so that a run never meets one that cannot be.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/scenario/cell.hpp"

namespace twinwire::scenario {

/// One path of the table.
struct SweepEntry {
  std::string path;
  Span where;                ///< of the path
  std::vector<Node> values;  ///< from and to, or the values across
};

struct SweepTable {
  SweepEntry search;
  std::vector<SweepEntry> across;
  unsigned repeats = 3;
};

/// The table of a document; nothing if there is none. A setting of the searched path leaves nothing to search; one of a
/// path across leaves that value alone. Throws LoadError if the table is not as it should be.
std::optional<SweepTable> read_sweep(const Node& document, const std::vector<Axis>& axes, const Settings& settings);

/// Reads the cell once with each value that is written; throws LoadError at the first one that cannot be.
void check_sweep(const SweepTable& table, const Cell& cell, const std::string& id, Shared& shared);

/// Throws LoadError if the sweep runs over a value that no line of the ladder uses.
void check_values_used(const SweepTable& table, const Shared& shared);

Sweep sweep_of(const SweepTable& table, const Cell& cell, const std::string& id, wire::Family family);

}  // namespace twinwire::scenario
