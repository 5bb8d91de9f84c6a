// SPDX-License-Identifier: Apache-2.0
// Cells keep the order of their files. Copies lie under the deepest folder that all files share, so that what a file
// extends is found from its copy by the same relative path.
#include "harness/cli/plan.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "harness/cli/expression.hpp"
#include "harness/report/result.hpp"
#include "harness/scenario/load.hpp"

namespace twinwire::cli {
namespace {

namespace fs = std::filesystem;

bool tagged(const scenario::Scenario& cell, const std::vector<std::string>& tags) {
  return tags.empty() ||
         std::ranges::any_of(tags, [&](const std::string& tag) { return std::ranges::count(cell.tags, tag) > 0; });
}

bool selected(const scenario::Scenario& cell, const Selection& selection, const Expression& expression) {
  std::vector<std::string> texts{cell.id, cell.cell, std::string(wire::name(cell.family))};
  texts.insert(texts.end(), cell.tags.begin(), cell.tags.end());
  return tagged(cell, selection.tags) && expression.matches(texts);
}

/// A name for the transcript's file that no other cell has.
std::string unique_stem(const report::PlannedCell& cell, std::set<std::string>& taken) {
  const std::string stem = report::file_stem(cell.scenario, cell.cell, cell.family, cell.repetition);
  std::string unique = stem;
  for (int i = 2; !taken.insert(unique).second; ++i) unique = stem + "~" + std::to_string(i);
  return unique;
}

fs::path shared_folder(const fs::path& a, const fs::path& b) {
  fs::path shared;
  const auto [end_a, end_b] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  for (auto part = a.begin(); part != end_a; ++part) shared /= *part;
  return shared;
}

}  // namespace

void Plan::exclude(const std::function<std::optional<std::string>(const scenario::Scenario&)>& unsuitable) {
  for (PlannedWalk& walk : walks) walk.cell.reason = unsuitable(*walk.scenario).value_or("");
}

std::vector<std::size_t> Plan::suitable() const {
  std::vector<std::size_t> indices;
  for (std::size_t i = 0; i < walks.size(); ++i) {
    if (walks[i].cell.reason.empty()) indices.push_back(i);
  }
  return indices;
}

Plan make_plan(const Selection& selection, int repeat) {
  Plan plan;
  const Expression expression(selection.expression);
  for (const ScenarioFile& file : find_scenario_files(selection.scenarios)) {
    const std::size_t before = plan.scenarios.size();
    for (scenario::Scenario& cell : scenario::load_scenario(file.file, file.root, selection.settings)) {
      if (!selected(cell, selection, expression)) continue;
      plan.scenarios.push_back(std::make_unique<const scenario::Scenario>(std::move(cell)));
    }
    if (plan.scenarios.size() > before) plan.files.push_back(file);
  }
  std::set<std::string> taken;
  for (int repetition = 1; repetition <= repeat; ++repetition) {
    for (const auto& cell : plan.scenarios) {
      PlannedWalk walk{cell.get(), {cell->id, cell->cell, cell->family, repeat > 1 ? repetition : 0, "", ""}};
      walk.cell.stem = unique_stem(walk.cell, taken);
      plan.walks.push_back(std::move(walk));
    }
  }
  return plan;
}

StoredFiles stored_files(const std::vector<ScenarioFile>& files) {
  std::set<fs::path> all;
  for (const ScenarioFile& file : files) {
    for (const fs::path& path : with_parents(file.file)) all.insert(path);
  }
  StoredFiles stored;
  if (files.empty()) return stored;
  fs::path base = files.front().root;
  for (const ScenarioFile& file : files) base = shared_folder(base, file.root);
  for (const fs::path& path : all) base = shared_folder(base, path.parent_path());
  for (const fs::path& path : all) stored.copies.push_back({path, path.lexically_relative(base)});
  for (const ScenarioFile& file : files) {
    const fs::path folder = "scenarios";
    stored.planned.push_back({(folder / file.file.lexically_relative(base)).generic_string(),
                              (folder / file.root.lexically_relative(base)).lexically_normal().generic_string()});
  }
  return stored;
}

}  // namespace twinwire::cli
