// SPDX-License-Identifier: Apache-2.0
// A Transit with the frames that it is about, wherever they are kept.
#include <pybind11/stl.h>

#include "bindings/areas.hpp"
#include "harness/judge/words.hpp"

namespace twinwire::bindings {
namespace {

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

py::object frame_or_none(const EventPointer& event) { return event ? frame_object(event) : py::none(); }

py::list arrivals(const TransitObject& object) {
  py::list frames;
  for (const EventPointer& event : object.received) frames.append(frame_object(event));
  return frames;
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
          "from_wire", [](const TransitObject& t) { return judge::party(t.transit->from); },
          "The wire it entered: 'client', 'server', or 'device' if the device made it.")
      .def_property_readonly(
          "to_wire", [](const TransitObject& t) { return judge::party(t.transit->to); },
          "The wire it left by, or should have.")
      .def_property_readonly(
          "sent", [](const TransitObject& t) { return frame_or_none(t.sent); },
          "The Frame that was sent; None if the device made it.")
      .def_property_readonly(
          "received",
          [](const TransitObject& t) { return frame_or_none(t.received.empty() ? nullptr : t.received.front()); },
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
        return "<Transit " + std::string(fate(t.transit->fate)) + " from " + judge::party(t.transit->from) + ">";
      });
}

}  // namespace

void add_transits(py::module_& module) {
  add_change(module);
  add_transit(module);
}

}  // namespace twinwire::bindings
