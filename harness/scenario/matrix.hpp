// SPDX-License-Identifier: Apache-2.0
// [matrix] and `--set`: one document becomes as many as there are combinations of values, each with a stable name.
#pragma once

#include <string>
#include <vector>

#include "harness/scenario/document.hpp"
#include "harness/scenario/load.hpp"

namespace twinwire::scenario {

struct Axis {
  std::string path;
  Span where;
  std::vector<Node> values;
};

/// The axes of [matrix] in the order written; settings are put into `document`, or replace the values of their axis.
std::vector<Axis> apply_settings(Node& document, const Settings& settings);

/// Throws LoadError unless the path is one of an end, of a population or of a value.
void check_path(const std::string& path, const Span& where);

/// Puts one setting into `document`, which may have no axis of that path; `origin` stands for the file in messages.
void put_setting(Node& document, const std::string& path, const std::string& text, const std::string& origin);

struct Cell {
  std::string name;  ///< the values joined by "-", of letters, digits, ".", "_" and "-" only
  Node document;
};

/// Every combination, the last axis turning fastest; one cell without a name if there is no axis.
std::vector<Cell> make_cells(const Node& document, const std::vector<Axis>& axes);

}  // namespace twinwire::scenario
