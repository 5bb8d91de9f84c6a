// SPDX-License-Identifier: Apache-2.0
// A walk asks between all its steps, which in simulated time is a million times a second, and another Python thread may
// keep the interpreter for five milliseconds each time. So only one question in some passes on to Python, and one in
// every second of waiting.
#include "bindings/interrupts.hpp"

#include <pybind11/pybind11.h>

#include <utility>

namespace twinwire::bindings {
namespace {

namespace py = pybind11;

constexpr std::uint32_t passed_on = 256;  ///< one of so many questions
constexpr time::Duration every = std::chrono::seconds(1);

unsigned long main_thread() {
  return py::module_::import("threading").attr("main_thread")().attr("ident").cast<unsigned long>();
}

}  // namespace

Interrupts::Interrupts() : main_thread_(main_thread()), clock_(time::make_real_timeline()) {}

void Interrupts::begin() {
  asks_ = PyThread_get_thread_ident() == main_thread_;
  raised_ = nullptr;
}

bool Interrupts::requested() {
  if (raised_ || !asks_) return raised_ != nullptr;
  const time::Instant now = clock_->now();
  if (++asked_ % passed_on != 0 && now < passed_on_ + every) return false;
  passed_on_ = now;
  const py::gil_scoped_acquire interpreter;
  // Taken out of this thread's state, since a device may be called before the walk has ended.
  if (PyErr_CheckSignals() != 0) raised_ = std::make_exception_ptr(py::error_already_set());
  return raised_ != nullptr;
}

void Interrupts::raise_if_requested() {
  if (raised_) std::rethrow_exception(std::exchange(raised_, nullptr));
}

}  // namespace twinwire::bindings
