// SPDX-License-Identifier: Apache-2.0
// Scenarios are found and loaded as the command line does it. A Scenario in Python is a view of a value that never
// changes, shared with the results of its walks.
#include <pybind11/stl.h>

#include "bindings/areas.hpp"
#include "harness/cli/catalogue.hpp"
#include "harness/cli/plan.hpp"
#include "harness/cli/verbs.hpp"
#include "harness/cli/words.hpp"
#include "harness/report/result.hpp"
#include "harness/scenario/load.hpp"

namespace twinwire::bindings {
namespace {

std::vector<ScenarioObject> load_file(const std::string& file, const std::string& root,
                                      const scenario::Settings& settings) {
  std::vector<ScenarioObject> cells;
  try {
    for (scenario::Scenario& cell : scenario::load_scenario(file, root, settings))
      cells.push_back({std::make_shared<const scenario::Scenario>(std::move(cell))});
  } catch (const scenario::LoadError&) {
    throw;
  } catch (const std::runtime_error& unreadable) {
    throw cli::UsageError(unreadable.what());
  }
  return cells;
}

std::vector<std::pair<std::string, std::string>> find_files(const std::vector<std::string>& names) {
  std::vector<std::pair<std::string, std::string>> found;
  for (const cli::ScenarioFile& file : cli::find_scenario_files(names)) found.emplace_back(file.file, file.root);
  return found;
}

std::string explain(const ScenarioObject& object) {
  cli::Plan plan;
  plan.scenarios.push_back(std::make_unique<const scenario::Scenario>(*object.cell));
  return cli::explain_text(plan);
}

std::vector<std::string> ladder(const scenario::Scenario& cell) {
  std::vector<std::string> lines;
  lines.reserve(cell.steps.size());
  for (const scenario::Step& step : cell.steps) lines.push_back(step.text);
  return lines;
}

std::optional<std::string> searches(const scenario::Scenario& cell) {
  return cell.sweep ? std::optional<std::string>(cli::range_words(cell.sweep->search)) : std::nullopt;
}

template <typename Member>
auto field(Member scenario::Scenario::*member) {
  return [member](const ScenarioObject& object) { return (*object.cell).*member; };
}

template <typename Result>
auto computed(Result (*function)(const scenario::Scenario&)) {
  return [function](const ScenarioObject& object) { return function(*object.cell); };
}

void add_class(py::module_& module) {
  using scenario::Scenario;
  py::class_<ScenarioObject>(
      module, "Scenario",
      "One cell: a scenario file with one choice of its matrix values, for one address family. Never changes.")
      .def_property_readonly("id", field(&Scenario::id),
                             "Path of the file under its root, without '.toml': 'tcp/reset/exact'.")
      .def_property_readonly("cell", field(&Scenario::cell), "Matrix values joined by '-', or ''.")
      .def_property_readonly(
          "family", [](const ScenarioObject& object) { return std::string(wire::name(object.cell->family)); },
          "'ipv4' or 'ipv6'.")
      .def_property_readonly("name", computed(cell_name), "Id, cell and family: 'tcp/reset/exact[590]-ipv4'.")
      .def_property_readonly("title", field(&Scenario::title), "The right behaviour, as a sentence.")
      .def_property_readonly("why", field(&Scenario::why), "What breaks for whom if a device gets it wrong.")
      .def_property_readonly("references", field(&Scenario::references), "Sections of RFCs and other sources.")
      .def_property_readonly("tags", field(&Scenario::tags), "Words to select by.")
      .def_property_readonly("needs", field(&Scenario::capabilities), "Capabilities that the bench must have.")
      .def_property_readonly("exclusive", field(&Scenario::exclusive), "Whether it is walked alone on the bench.")
      .def_property_readonly("file", field(&Scenario::file), "The file it was loaded from.")
      .def_property_readonly("ladder", computed(ladder), "The lines of the ladder as written, parts expanded.")
      .def_property_readonly("searches", computed(searches),
                             "What a sweep searches and over which range; None where there is no sweep.")
      .def("explain", explain,
           "What the scenario is about and what each line of its ladder means, as `twinwire explain`.")
      .def("__repr__", [](const ScenarioObject& object) { return "<Scenario " + cell_name(*object.cell) + ">"; });
}

}  // namespace

std::string cell_name(const scenario::Scenario& cell) {
  return report::title(cell.id, cell.cell) + "-" + std::string(wire::name(cell.family));
}

void add_scenarios(py::module_& module) {
  add_class(module);
  module.def("find_files", find_files, py::arg("names"),
             "Files that the names mean, each with the folder that its id counts from; no names: the catalogue. Raises "
             "UsageError.");
  module.def("load_file", load_file, py::arg("file"), py::arg("root"), py::arg("settings"),
             "All cells of one file. Settings are dotted paths with the text of a TOML value. Raises LoadError, and "
             "UsageError if the file cannot be read.");
  module.def(
      "built_in_benches", [] { return cli::built_in_benches(); },
      "Names of the benches that are installed with twinwire, sorted.");
}

}  // namespace twinwire::bindings
