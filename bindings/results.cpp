// SPDX-License-Identifier: Apache-2.0
// A Result is a view of a record: nothing is computed before it is asked for. What it says in words comes from
// harness/report, and so does the dict.
#include <pybind11/stl.h>

#include "bindings/areas.hpp"
#include "harness/cli/conclude.hpp"
#include "harness/report/cutover.hpp"
#include "harness/report/limits.hpp"
#include "harness/report/results_json.hpp"

namespace twinwire::bindings {
namespace {

using judge::Verdict;

report::Charset charset_of(const std::string& name) {
  if (name == "utf-8") return report::Charset::Utf8;
  if (name == "ascii") return report::Charset::Ascii;
  throw py::value_error("charset must be 'utf-8' or 'ascii', not '" + name + "'");
}

TransitObject transit_of(const RecordPointer& record, const observe::Transit& transit) {
  const auto event = [&](std::size_t index) { return EventPointer(record, &record->transcript.events.at(index)); };
  TransitObject object{{record, &transit}, nullptr, {}};
  if (transit.sent) object.sent = event(*transit.sent);
  for (const std::size_t index : transit.received) object.received.push_back(event(index));
  return object;
}

py::list transits(const ResultObject& object) {
  py::list all;
  for (const observe::Transit& transit : object.record->judged.transits) all.append(transit_of(object.record, transit));
  return all;
}

std::vector<std::string> evidence(const ResultObject& object) {
  std::vector<std::string> lines;
  for (const observe::Event& event : object.record->transcript.events) {
    if (event.kind == observe::Event::Kind::Evidence) lines.push_back(event.text);
  }
  return lines;
}

py::object limits(const ResultObject& object) {
  const auto& found = object.record->limits;
  return found ? from_json(report::to_json(*found)) : py::none();
}

py::object cutover(const ResultObject& object) {
  const auto& found = object.record->cutover;
  return found ? from_json(report::to_json(found->finding)) : py::none();
}

py::object to_dict(const ResultObject& object) {
  return from_json(report::cell_finished_line(object.record->result, ""))["result"];
}

std::string transcript(const ResultObject& object) {
  if (!object.record->skipped.empty()) return "";
  run::Walked walked;
  walked.transcript = object.record->transcript;
  walked.error = object.record->error;
  return observe::to_json_lines(cli::with_error(std::move(walked)));
}

bool passed(const ResultObject& object) { return object.record->result.verdict == Verdict::Pass; }

void check(const ResultObject& object) {
  if (passed(object)) return;
  PyErr_SetString(PyExc_AssertionError, explain(*object.record, report::Charset::Utf8).c_str());
  throw py::error_already_set();
}

template <typename Member>
auto field(Member report::CellResult::*member) {
  return [member](const ResultObject& object) { return object.record->result.*member; };
}

void add_finding(py::module_& module) {
  using report::Finding;
  py::class_<Finding>(module, "Finding", "One thing that the judge found.")
      .def_property_readonly(
          "layer", [](const Finding& f) { return std::string(observe::name(f.layer)); },
          "'progress', 'integrity', 'transparency', or 'harness' for what our own side did wrong.")
      .def_property_readonly(
          "weight", [](const Finding& f) { return word("Verdict", judge::name(f.weight)); },
          "What it does to the verdict; Verdict.PASS: worth saying, harmless.")
      .def_readonly("step", &Finding::step, "The ladder's line, counted from 1; 0: none is meant.")
      .def_readonly("line", &Finding::line, "That line as written, or ''.")
      .def_readonly("text", &Finding::text, "One sentence.")
      .def_readonly("by_device", &Finding::by_device, "Whether it is about a packet that the device made.")
      .def("__repr__", [](const Finding& f) {
        return "<Finding " + std::string(judge::name(f.weight)) + " step " + std::to_string(f.step) + ": " + f.text +
               ">";
      });
}

void add_facts(py::class_<ResultObject>& result) {
  using report::CellResult;
  result.def_property_readonly("scenario", field(&CellResult::scenario), "The scenario's id.")
      .def_property_readonly("cell", field(&CellResult::cell), "Matrix values joined by '-', or ''.")
      .def_property_readonly(
          "family", [](const ResultObject& r) { return std::string(wire::name(r.record->result.family)); },
          "'ipv4' or 'ipv6'.")
      .def_property_readonly(
          "name", [](const ResultObject& r) { return cell_name(*r.record->cell); }, "As Scenario.name.")
      .def_property_readonly(
          "verdict", [](const ResultObject& r) { return word("Verdict", judge::name(r.record->result.verdict)); },
          "A Verdict.")
      .def_property_readonly(
          "seconds", [](const ResultObject& r) { return seconds(r.record->result.seconds); },
          "From the first event to the last, on the bench's clock.")
      .def_property_readonly("diagnosis", field(&CellResult::diagnosis),
                             "One sentence that names the signature of a failure, or ''.")
      .def_property_readonly("reason", field(&CellResult::reason), "Of a skip; else ''.")
      .def_property_readonly("findings", field(&CellResult::findings), "In the order of the ladder.");
}

}  // namespace

void add_results(py::module_& module) {
  add_finding(module);
  py::class_<ResultObject> result(module, "Result", "What one cell came to. True only for a pass.");
  add_facts(result);
  result.def_property_readonly("transits", transits, "What became of every frame, in the order of appearance.")
      .def_property_readonly(
          "frames", [](const ResultObject& r) { return frames_of(r.record); },
          "All frames on both wires in the order of one clock, without the bench's own markers.")
      .def_property_readonly("limits", limits,
                             "The limit that a sweep found, as 'limits' in result.json; None without a sweep.")
      .def_property_readonly("cutover", cutover,
                             "What became of a population, as 'cutover' in result.json; None without one.")
      .def_property_readonly("evidence", evidence, "Lines of the device's own log about this cell.")
      .def(
          "explain",
          [](const ResultObject& r, const std::string& charset) { return explain(*r.record, charset_of(charset)); },
          py::kw_only(), py::arg("charset") = "utf-8",
          "The ladder as it happened, the findings and the diagnosis, as the command line prints them. `charset` is "
          "'utf-8' or 'ascii'.")
      .def("check", check, "Raises AssertionError with the text of explain() unless the cell passed.")
      .def("to_dict", to_dict, "The entry of result.json.")
      .def("transcript", transcript, "All that was recorded, as JSON lines; '' if the cell was not walked.")
      .def(
          "belongs_to", [](const ResultObject& r, const ScenarioObject& s) { return r.record->cell == s.cell; },
          py::arg("scenario"), "Whether it is of that very Scenario; others may have its name, with other settings.")
      .def("__bool__", passed)
      .def("__repr__", [](const ResultObject& r) {
        return "<Result " + std::string(judge::name(r.record->result.verdict)) + " " + cell_name(*r.record->cell) + ">";
      });
}

}  // namespace twinwire::bindings
