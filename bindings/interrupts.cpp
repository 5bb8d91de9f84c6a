// SPDX-License-Identifier: Apache-2.0
// A walk asks between all its steps, which in simulated time is a million times a second, and another Python thread may
// keep the interpreter for five milliseconds each time. So only one question in some passes on to Python, and one in
// every second of waiting.
#include "bindings/interrupts.hpp"

#include <pybind11/pybind11.h>

#include "generator/time/timeline.hpp"

namespace twinwire::bindings {
namespace {

namespace py = pybind11;

constexpr std::uint32_t passed_on = 256;  ///< one of so many questions

bool is_main_thread() {
  const py::module_ threading = py::module_::import("threading");
  return threading.attr("current_thread")().is(threading.attr("main_thread")());
}

}  // namespace

Interrupts::Interrupts() : asks_(is_main_thread()), second_(time::machine_seconds()) {}

bool Interrupts::requested() {
  if (raised_ || !asks_) return raised_;
  const std::int64_t second = time::machine_seconds();
  if (++asked_ % passed_on != 0 && second == second_) return false;
  second_ = second;
  const py::gil_scoped_acquire interpreter;
  raised_ = PyErr_CheckSignals() != 0;
  return raised_;
}

void Interrupts::raise_if_requested() const {
  // The exception stays set in this thread's state while the interpreter is given away.
  if (raised_) throw py::error_already_set();
}

}  // namespace twinwire::bindings
