// SPDX-License-Identifier: Apache-2.0
// A scenario file from text to cells: parse, merge parents, put in settings, multiply by the matrix, and read each
// cell. The ladder is read anew for each cell, since a value may stand in any line of it, and for each probe of a
// sweep.
#include "harness/scenario/load.hpp"

#include <algorithm>

#include "harness/scenario/cell.hpp"
#include "harness/scenario/inherit.hpp"
#include "harness/scenario/line.hpp"
#include "harness/scenario/population_table.hpp"
#include "harness/scenario/scenario_keys.hpp"
#include "harness/scenario/sweep.hpp"

namespace twinwire::scenario {
namespace {

namespace fs = std::filesystem;

/// What can be said only when all cells are known.
void check_shared(const Shared& shared, const std::vector<Axis>& axes) {
  for (const UnmatchedLabel& entry : shared.unmatched) {
    if (shared.labels.contains(entry.label)) continue;
    Words known;
    for (const std::string& label : shared.labels) {
      if (!label.empty()) known.push_back(label);
    }
    fail(entry.where, "unknown label " + in_quotes(entry.label) +
                          "; expected a label of a --? or ?-- line, or of an act, in the ladder" +
                          did_you_mean(entry.label, known));
  }
  for (const Axis& axis : axes) check_value_used(axis.path, axis.where, shared);
}

std::vector<Scenario> read_scenarios(Node document, const std::string& id, const Settings& settings) {
  const std::vector<Axis> axes = apply_settings(document, settings);
  const std::optional<SweepTable> sweep = read_sweep(document, axes, settings);
  const std::string only_family = string_of(document, "family");
  Shared shared;
  std::vector<Scenario> scenarios;
  for (const Cell& cell : make_cells(document, axes)) {
    Scenario scenario = read_cell(cell, id, shared);
    if (sweep) check_sweep(*sweep, cell, id, shared);
    for (const wire::Family family : {wire::Family::Ipv4, wire::Family::Ipv6}) {
      if (!only_family.empty() && only_family != wire::name(family)) continue;
      scenario.family = family;
      if (sweep) scenario.sweep = sweep_of(*sweep, cell, id, family);
      if (scenario.population) scenario.population->visit = visits_of(scenario);
      scenarios.push_back(scenario);
    }
  }
  check_shared(shared, axes);
  if (sweep) check_values_used(*sweep, shared);
  return scenarios;
}

/// The path from `root` without ".toml"; the bare name for a file elsewhere.
std::string id_of(const fs::path& file, const fs::path& root) {
  fs::path relative = fs::weakly_canonical(file).lexically_relative(fs::weakly_canonical(root));
  if (relative.empty() || *relative.begin() == ".." || relative == ".") relative = file.filename();
  return relative.replace_extension().generic_string();
}

}  // namespace

std::vector<Scenario> load_scenario(const fs::path& file, const fs::path& root, const Settings& settings) {
  return read_scenarios(read_with_parents(file, scenario_keys(), std::string(scenario_place)), id_of(file, root),
                        settings);
}

std::vector<Scenario> parse_scenario(const std::string& text, const std::string& file, const Settings& settings) {
  Node document = read_document(std::make_shared<SourceFile>(file, text));
  check_document(document, scenario_keys(), std::string(scenario_place));
  if (const Node* extends = document.find("extends")) {
    fail(phrase_of(*extends).where, "a text without a file has no folder to look in; expected no 'extends'");
  }
  return read_scenarios(std::move(document), fs::path(file).replace_extension().generic_string(), settings);
}

Step parse_line(const std::string& text, const std::string& name) {
  const auto source = std::make_shared<SourceFile>(name, text);
  std::set<std::string> no_values;
  Scope scope(nullptr, no_values);
  return read_line(lex({text, {source, 0, text.size()}, true}), scope).step;
}

std::vector<fs::path> find_scenarios(const fs::path& path) {
  if (!fs::exists(path)) throw std::runtime_error("There is no file or folder " + path.string() + ".");
  if (!fs::is_directory(path)) return {path};
  std::vector<fs::path> found;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(path)) {
    const std::string name = entry.path().filename().string();
    if (entry.is_regular_file() && entry.path().extension() == ".toml" && !name.starts_with('_'))
      found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace twinwire::scenario
