// SPDX-License-Identifier: Apache-2.0
// A device that is written in Python: an object of the user's between the two wires.
#pragma once

#include <array>
#include <memory>
#include <string>

#include "bindings/areas.hpp"
#include "bindings/fault.hpp"
#include "harness/bench/callers_device.hpp"
#include "harness/device/middlebox.hpp"

namespace twinwire::bindings {

/// The user's object, and of its methods those that it has. Made, cleared and ended with the interpreter held.
class PythonDevice {
 public:
  enum class Hook : std::uint8_t { OnFrame, OnTime, Forget, Configure, Counters };

  /// Throws TypeError if `device` is neither a callable nor an object with on_frame.
  explicit PythonDevice(const py::object& device);

  const std::string& name() const { return name_; }
  const bench::CallersDevice& abilities() const { return abilities_; }
  const py::object& object() const { return object_; }
  /// The method, null if it has none.
  const py::object& hook(Hook which) const { return hooks_[static_cast<std::size_t>(which)]; }

  /// For Python's garbage collector: a device may well hold the bench that it is in.
  int traverse(visitproc visit, void* arg) const;
  void clear();

 private:
  std::string name_;
  bench::CallersDevice abilities_;
  py::object object_;
  std::array<py::object, 5> hooks_;
};

/// The same for a bench: each frame is a call of Python, with the interpreter taken for its duration. What the device
/// raises goes to `fault`, and the frame at hand is lost. Made without the interpreter.
std::unique_ptr<device::Middlebox> make_middlebox(std::shared_ptr<const PythonDevice> device,
                                                  std::shared_ptr<Fault> fault);

}  // namespace twinwire::bindings
