// SPDX-License-Identifier: Apache-2.0
// A frame comes in, becomes a Frame, and Python is called with it once. All that goes out is gathered before the first
// of it is put on a wire, so that a device which fails half-way puts out nothing, and so that the interpreter is free
// again while frames are sent. ARP and Neighbor Discovery go past a device that did not ask for them: to
// drop them by a rule about ports would look as if the bench were broken.
#include "bindings/devices.hpp"

#include <pybind11/stl.h>

#include <cmath>

#include "bindings/frame_object.hpp"
#include "harness/judge/words.hpp"

namespace twinwire::bindings {
namespace {

using scenario::Party;
using Hook = PythonDevice::Hook;

constexpr const char* expected_answer =
    "None, a Frame, bytes, a pair of a side and one of these, or an iterable of such";

struct Outgoing {
  Party toward;
  std::vector<std::uint8_t> octets;
};

std::string type_name(py::handle object) { return py::str(py::type::handle_of(object).attr("__qualname__")); }

bool is_neighbor_discovery(const wire::Packet& packet) {
  if (packet.protocol != wire::protocol::Icmpv6 || packet.ip_payload.empty()) return false;
  const std::uint8_t type = packet.ip_payload[0];
  return type >= 133 && type <= 137;  // RFC 4861 section 4
}

bool passes_by_itself(const std::optional<wire::Packet>& packet) {
  return !packet || !packet->is_ip || is_neighbor_discovery(*packet);
}

std::optional<Party> side_of(py::handle word) {
  const auto name = word.cast<std::string>();
  for (const Party end : {Party::Client, Party::Server}) {
    if (name == judge::party(end)) return end;
  }
  throw py::value_error("a side is 'client' or 'server', and not '" + name + "'");
}

/// What one call of a device answered, as frames with the side of each.
class Answers {
 public:
  /// `other`: where a frame goes that names no side; unset: each must name one.
  Answers(const char* method, const PythonDevice& device, std::optional<Party> other)
      : method_(method), device_(device), other_(other) {}

  std::vector<Outgoing> gather(const py::object& answer) {
    if (answer.is_none() || add(answer)) return std::move(out_);
    if (py::isinstance<py::str>(answer) || !py::isinstance<py::iterable>(answer)) refuse(type_name(answer));
    for (const py::handle item : py::iter(answer)) {
      if (!add(item)) refuse("an iterable with " + type_name(item) + " in it");
    }
    return std::move(out_);
  }

 private:
  /// Whether that is a frame, or a pair with one.
  bool add(py::handle item) {
    if (PyTuple_Check(item.ptr()) && PyTuple_GET_SIZE(item.ptr()) == 2) {
      const py::handle side = PyTuple_GET_ITEM(item.ptr(), 0);
      if (py::isinstance<py::str>(side)) return add_to(PyTuple_GET_ITEM(item.ptr(), 1), side_of(side));
    }
    return add_to(item, other_);
  }

  bool add_to(py::handle frame, std::optional<Party> toward) {
    std::optional<std::vector<std::uint8_t>> octets;
    if (py::isinstance<FrameObject>(frame)) {
      octets = frame.cast<const FrameObject&>().event->frame;
    } else {
      octets = octets_of(frame);
    }
    if (!octets) return false;
    if (octets->size() < wire::ethernet_header) {
      throw py::value_error(who() + " returned a frame of " + std::to_string(octets->size()) +
                            " octets; the Ethernet header alone has 14");
    }
    if (!toward) throw py::type_error(who() + " must name a side for each frame: ('server', frame)");
    out_.push_back({*toward, std::move(*octets)});
    return true;
  }

  [[noreturn]] void refuse(const std::string& what) const {
    throw py::type_error(who() + " must return " + expected_answer + ", and not " + what);
  }

  std::string who() const { return std::string(method_) + " of " + device_.name(); }

  const char* method_;
  const PythonDevice& device_;
  std::optional<Party> other_;
  std::vector<Outgoing> out_;
};

/// A deadline of the device's, as it has it and as the timeline has it.
struct Deadline {
  double seconds;
  time::Instant at;
};

class PythonMiddlebox final : public device::Middlebox {
 public:
  PythonMiddlebox(std::shared_ptr<const PythonDevice> device, std::shared_ptr<Fault> fault)
      : device_(std::move(device)), fault_(std::move(fault)) {
    const py::gil_scoped_acquire interpreter;
    look_at_deadline();
  }

  void on_frame(Party from, time::Instant now, wire::Bytes frame, const device::Emit& emit) override {
    auto event = std::make_shared<observe::Event>();
    event->kind = observe::Event::Kind::Sent;
    event->at = now;
    event->wire = from;
    event->frame.assign(frame.begin(), frame.end());
    const auto packet = wire::decode(event->frame);
    const Party other = scenario::other(from);
    if (!device_->abilities().every_frame && passes_by_itself(packet)) {
      emit(other, frame);
      return;
    }
    if (fault_->happened()) return;
    put_out(emit, [&] {
      const py::object object = frame_object(std::move(event));
      return Answers("on_frame", *device_, other).gather(device_->hook(Hook::OnFrame)(judge::party(from), object));
    });
  }

  std::optional<time::Instant> deadline() const override {
    return deadline_ && !fault_->happened() ? std::optional(deadline_->at) : std::nullopt;
  }

  void on_time(time::Instant now, const device::Emit& emit) override {
    if (fault_->happened() || !deadline_) return;
    const Deadline due = *deadline_;
    put_out(emit, [&] {
      // What Python gave as seconds may lie between two nanoseconds.
      auto out = Answers("on_time", *device_, {})
                     .gather(device_->hook(Hook::OnTime)(std::max(seconds(now.time_since_epoch()), due.seconds)));
      look_at_deadline();
      if (out.empty() && deadline_ && deadline_->at <= now && deadline_->seconds == due.seconds) {
        throw py::value_error("on_time of " + device_->name() + " put out nothing and left its deadline at " +
                              std::string(py::str(py::float_(due.seconds))) + ", which has come");
      }
      return out;
    });
  }

  void forget(const wire::FourTuple& tuple) override {
    if (fault_->happened()) return;
    guarded([&] {
      if (const py::object& hook = device_->hook(Hook::Forget))
        hook(wire::to_string(tuple.client), tuple.client_port, wire::to_string(tuple.server), tuple.server_port);
    });
  }

  void configure(const device::Settings& settings) override {
    if (!device_->abilities().configures) throw device::ModelError("the device in Python has no configure(settings)");
    const py::gil_scoped_acquire interpreter;
    directly([&] {
      device_->hook(Hook::Configure)(settings);
      look_at_deadline();
    });
  }

  std::map<std::string, std::uint64_t> counters() const override {
    const py::gil_scoped_acquire interpreter;
    const py::object& hook = device_->hook(Hook::Counters);
    if (!hook) return {};
    std::map<std::string, std::uint64_t> counts;
    directly([&] {
      const py::object answer = hook();
      try {
        counts = answer.cast<std::map<std::string, std::uint64_t>>();
      } catch (const py::cast_error&) {
        throw py::type_error("counters of " + device_->name() + " must return a dict of names and counts, and not " +
                             std::string(py::repr(answer)));
      }
    });
    return counts;
  }

 private:
  /// Calls Python; what is raised there waits in the fault.
  template <typename Work>
  void guarded(Work work) {
    const py::gil_scoped_acquire interpreter;
    try {
      work();
      look_at_deadline();
    } catch (...) {
      fault_->keep();
      deadline_.reset();
    }
  }

  template <typename Work>
  void put_out(const device::Emit& emit, Work work) {
    std::vector<Outgoing> out;
    guarded([&] { out = work(); });
    for (const Outgoing& outgoing : out) emit(outgoing.toward, outgoing.octets);
  }

  /// Calls Python where there may be a caller who hears of it, or a walk in between that makes something else of it.
  template <typename Work>
  void directly(Work work) const {
    try {
      work();
    } catch (...) {
      fault_->keep();
      throw;
    }
  }

  void look_at_deadline() {
    if (!device_->hook(Hook::OnTime)) return;
    deadline_.reset();
    const py::object deadline = py::getattr(device_->object(), "deadline", py::none());
    if (deadline.is_none()) return;
    const double seconds = PyFloat_AsDouble(deadline.ptr());
    if (PyErr_Occurred() != nullptr || std::isnan(seconds)) {
      PyErr_Clear();
      throw py::type_error("the deadline of " + device_->name() +
                           " must be None or seconds on the bench's clock, not " + std::string(py::repr(deadline)));
    }
    constexpr double end_of_time = 9e9;  // the clock's nanoseconds have 63 bits
    if (seconds >= end_of_time) return;
    const double nanoseconds = std::ceil(std::max(seconds, 0.0) * 1e9);
    deadline_ = Deadline{seconds, time::Instant(time::Duration(static_cast<std::int64_t>(nanoseconds)))};
  }

  std::shared_ptr<const PythonDevice> device_;
  std::shared_ptr<Fault> fault_;
  std::optional<Deadline> deadline_;
};

}  // namespace

PythonDevice::PythonDevice(const py::object& device) : object_(device) {
  const py::object hooks = py::module_::import("twinwire._devices").attr("hooks")(device);
  name_ = py::str(hooks.attr("name"));
  constexpr std::array names{"on_frame", "on_time", "forget", "configure", "counters"};
  for (std::size_t i = 0; i < names.size(); ++i) {
    const py::object method = hooks.attr(names[i]);
    if (!method.is_none()) hooks_[i] = method;
  }
  abilities_.every_frame = hooks.attr("every_frame").cast<bool>();
  abilities_.forgets = static_cast<bool>(hook(Hook::Forget));
  abilities_.configures = static_cast<bool>(hook(Hook::Configure));
}

int PythonDevice::traverse(visitproc visit, void* arg) const {
  Py_VISIT(object_.ptr());
  for (const py::object& hook : hooks_) Py_VISIT(hook.ptr());
  return 0;
}

void PythonDevice::clear() {
  object_ = py::object();
  hooks_ = {};
}

std::unique_ptr<device::Middlebox> make_middlebox(std::shared_ptr<const PythonDevice> device,
                                                  std::shared_ptr<Fault> fault) {
  return std::make_unique<PythonMiddlebox>(std::move(device), std::move(fault));
}

}  // namespace twinwire::bindings
