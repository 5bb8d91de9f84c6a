// SPDX-License-Identifier: Apache-2.0
// A walk asks between all its steps, which in simulated time is a million times a second, and another Python thread may
// keep the interpreter for five milliseconds each time. So only one question in some passes on to Python, and one in
// every second of waiting.
#include "bindings/interrupts.hpp"

#include <pybind11/pybind11.h>

namespace twinwire::bindings {
namespace {

namespace py = pybind11;

constexpr std::uint32_t passed_on = 256;  ///< one of so many questions
constexpr time::Duration every = std::chrono::seconds(1);

bool is_main_thread() {
  const py::module_ threading = py::module_::import("threading");
  return threading.attr("current_thread")().is(threading.attr("main_thread")());
}

}  // namespace

Interrupts::Interrupts() : asks_(is_main_thread()), clock_(time::make_real_timeline()) {}

bool Interrupts::requested() {
  if (raised_ || !asks_) return raised_;
  const time::Instant now = clock_->now();
  if (++asked_ % passed_on != 0 && now < passed_on_ + every) return false;
  passed_on_ = now;
  const py::gil_scoped_acquire interpreter;
  raised_ = PyErr_CheckSignals() != 0;
  return raised_;
}

void Interrupts::raise_if_requested() const {
  // The exception stays set in this thread's state while the interpreter is given away.
  if (raised_) throw py::error_already_set();
}

}  // namespace twinwire::bindings
