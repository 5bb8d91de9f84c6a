// SPDX-License-Identifier: Apache-2.0
// The areas of the module, one source each, and what they share. An area adds its classes and functions to the module;
// module.cpp calls them in the order in which they need one another's types.
#pragma once

#include <pybind11/pybind11.h>

#include <memory>
#include <vector>

#include "bindings/record.hpp"

namespace twinwire::bindings {

namespace py = pybind11;

void add_errors(py::module_& module);
void add_scenarios(py::module_& module);
void add_frames(py::module_& module);
void add_transits(py::module_& module);
void add_results(py::module_& module);
void add_live(py::module_& module);
void add_benches(py::module_& module);

/// Python's Scenario.
struct ScenarioObject {
  Cell cell;
};

/// Python's Result.
struct ResultObject {
  RecordPointer record;
};

/// "tcp/reset/exact[590]-ipv4": what tells a cell from all others.
std::string cell_name(const scenario::Scenario& cell);

/// An event with a frame, kept alive by whatever it is a part of.
using EventPointer = std::shared_ptr<const observe::Event>;

/// Python's Transit.
struct TransitObject {
  std::shared_ptr<const observe::Transit> transit;
  EventPointer sent;                   ///< null: the device made it
  std::vector<EventPointer> received;  ///< in the order of arrival
};

/// Python's Frame for an event that has one.
py::object frame_object(EventPointer event);
/// What it was made of; null if the object is no Frame.
EventPointer event_of(const py::handle& frame);
/// All frames of a record but markers, in the order of the one clock.
py::list frames_of(const RecordPointer& record);

/// A member of one of the enumerations in twinwire._words.
py::object word(const char* enumeration, std::string_view value);

/// Time as Python has it: seconds.
double seconds(time::Duration duration);

/// What json.loads makes of the text.
py::object from_json(const std::string& text);

}  // namespace twinwire::bindings
