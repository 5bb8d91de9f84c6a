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

struct TransitObject {
  RecordPointer record;
  const observe::Transit* transit = nullptr;
};

std::string_view fate(observe::Transit::Fate fate) {
  using Fate = observe::Transit::Fate;
  switch (fate) {
    case Fate::Crossed:
      return "crossed";
    case Fate::Dropped:
      return "dropped";
    case Fate::Unsettled:
      return "unsettled";
    case Fate::Ambiguous:
      return "ambiguous";
    case Fate::Made:
      return "made";
    case Fate::Around:
      return "around";
    case Fate::Refused:
      return "refused";
    case Fate::Taken:
      break;
  }
  return "taken";
}

const char* proof(observe::Transit::Proof proof) {
  switch (proof) {
    case observe::Transit::Proof::Marker:
      return "marker";
    case observe::Transit::Proof::Timer:
      return "timer";
    case observe::Transit::Proof::None:
      break;
  }
  return "";
}

const char* party(scenario::Party party) {
  switch (party) {
    case scenario::Party::Client:
      return "client";
    case scenario::Party::Server:
      return "server";
    case scenario::Party::Device:
      break;
  }
  return "device";
}

report::Charset charset_of(const std::string& name) {
  if (name == "utf-8") return report::Charset::Utf8;
  if (name == "ascii") return report::Charset::Ascii;
  throw py::value_error("charset must be 'utf-8' or 'ascii', not '" + name + "'");
}

py::list arrivals(const TransitObject& object) {
  py::list frames;
  for (const std::size_t event : object.transit->received) frames.append(frame_object(object.record, event));
  return frames;
}

py::list transits(const ResultObject& object) {
  py::list all;
  for (const observe::Transit& transit : object.record->judged.transits)
    all.append(TransitObject{object.record, &transit});
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

void add_change(py::module_& module) {
  using observe::FieldChange;
  py::class_<FieldChange>(module, "FieldChange", "A field that arrived other than it was sent.")
      .def_readonly("field", &FieldChange::field, "'seq', 'mss', 'ttl', 'data', ... in the ladder's words.")
      .def_readonly("sent", &FieldChange::sent, "As it was sent; '' for 'seq' and 'ack'.")
      .def_readonly("received", &FieldChange::received,
                    "As it arrived; of 'seq' and 'ack' only by how much they moved.")
      .def_property_readonly(
          "layer", [](const FieldChange& c) { return std::string(observe::name(c.layer)); }, "As Finding.layer.")
      .def_readonly("allowed", &FieldChange::allowed, "Whether the bench declares it as rightful.")
      .def("__repr__",
           [](const FieldChange& c) { return "<FieldChange " + c.field + ": " + c.sent + " to " + c.received + ">"; });
}

void add_transit(py::module_& module) {
  py::class_<TransitObject>(module, "Transit", "What became of one frame between the two wires.")
      .def_property_readonly(
          "fate", [](const TransitObject& t) { return word("Fate", fate(t.transit->fate)); }, "A Fate.")
      .def_property_readonly(
          "proof", [](const TransitObject& t) { return proof(t.transit->proof); },
          "How its absence is known: 'marker', 'timer', or '' where it was not absent.")
      .def_property_readonly(
          "step", [](const TransitObject& t) { return t.transit->step + 1; },
          "The ladder's line, counted from 1; 0: none.")
      .def_property_readonly(
          "from_wire", [](const TransitObject& t) { return party(t.transit->from); },
          "The wire it entered: 'client', 'server', or 'device' if the device made it.")
      .def_property_readonly(
          "to_wire", [](const TransitObject& t) { return party(t.transit->to); },
          "The wire it left by, or should have.")
      .def_property_readonly(
          "sent",
          [](const TransitObject& t) -> py::object {
            return t.transit->sent ? frame_object(t.record, *t.transit->sent) : py::none();
          },
          "The Frame that was sent; None if the device made it.")
      .def_property_readonly(
          "received",
          [](const TransitObject& t) -> py::object {
            const auto& received = t.transit->received;
            return received.empty() ? py::none() : frame_object(t.record, received.front());
          },
          "The first Frame that arrived; None if none did.")
      .def_property_readonly("arrivals", arrivals, "All that arrived: more than one if the device multiplied it.")
      .def_property_readonly(
          "delay",
          [](const TransitObject& t) -> py::object {
            const bool crossed = t.transit->fate == observe::Transit::Fate::Crossed;
            return crossed ? py::cast(seconds(t.transit->delay)) : py::none();
          },
          "Seconds from our socket to our socket; None unless it crossed.")
      .def_property_readonly(
          "reordered", [](const TransitObject& t) { return t.transit->reordered; },
          "Whether a frame sent later on this wire arrived before it.")
      .def_property_readonly(
          "changes", [](const TransitObject& t) { return t.transit->changes; },
          "The FieldChanges of the first arrival.")
      .def("__repr__", [](const TransitObject& t) {
        return "<Transit " + std::string(fate(t.transit->fate)) + " from " + party(t.transit->from) + ">";
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
  add_change(module);
  add_transit(module);
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
