// SPDX-License-Identifier: Apache-2.0
// What a Bench in Python has of the live level.
#pragma once

#include "bindings/areas.hpp"
#include "bindings/bench_object.hpp"

namespace twinwire::bindings {

/// `settings` are keyword arguments as load() has them.
void begin(BenchObject& bench, const std::string& family, const py::kwargs& settings);
/// Python's Client or End.
py::object live_end(const std::shared_ptr<BenchObject>& bench, run::Party party);
/// Seconds, a timedelta, or text with a unit.
void wait(BenchObject& bench, const py::object& duration);
/// Python's Transit of a frame that was sent.
py::object crossing(BenchObject& bench, const py::object& frame);
py::list crossings(BenchObject& bench);
std::string live_ladder(BenchObject& bench);

}  // namespace twinwire::bindings
