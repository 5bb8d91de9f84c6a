// SPDX-License-Identifier: Apache-2.0
// Python's Bench and Device: what they are called and how they are described.
#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>

#include <filesystem>

#include "bindings/areas.hpp"
#include "bindings/bench_object.hpp"
#include "bindings/live.hpp"
#include "harness/report/stored_bench.hpp"

namespace twinwire::bindings {
namespace {

/// Python's Device: the bench seen from what stands between its wires.
struct DeviceObject {
  std::shared_ptr<BenchObject> bench;
};

constexpr int most_jobs = 1000;  ///< as on the command line

py::object run(BenchObject& bench, const py::object& scenarios, int jobs, bool baseline) {
  if (jobs < 1 || jobs > most_jobs) throw cli::UsageError("jobs: " + std::to_string(jobs) + " is not in 1 to 1000");
  const auto walk = baseline ? cli::Baseline::Walk : cli::Baseline::Omit;
  if (py::isinstance<ScenarioObject>(scenarios)) {
    const Cell cell = scenarios.cast<ScenarioObject&>().cell;
    return py::cast(ResultObject{bench.run({cell}, jobs, walk).front()});
  }
  std::vector<Cell> cells;
  for (const py::handle scenario : scenarios) cells.push_back(scenario.cast<ScenarioObject&>().cell);
  py::list results;
  for (const RecordPointer& record : bench.run(cells, jobs, walk)) results.append(ResultObject{record});
  return results;
}

std::optional<std::string> skip_reason(const BenchObject& bench, const ScenarioObject& scenario) {
  return bench::unsuitable(bench.spec(), *scenario.cell);
}

std::vector<std::string> changes(const DeviceObject& device) {
  std::vector<std::string> names;
  for (const auto& [name, change] : device.bench->spec().apply) names.push_back(name);
  return names;
}

std::vector<std::string> interfaces(const BenchObject& bench) {
  if (bench.spec().world != scenario::World::Nics) return {};
  return {bench.spec().client.interface, bench.spec().server.interface};
}

void add_device(py::module_& module) {
  py::class_<DeviceObject>(module, "Device", "What stands between the two wires of a bench.")
      .def_property_readonly(
          "name", [](const DeviceObject& d) { return d.bench->device_name(); },
          "The kind of the device, or the bench's name where the kind says little; of a device in Python the name of "
          "its function or class.")
      .def_property_readonly(
          "kind", [](const DeviceObject& d) { return d.bench->spec().device.kind; },
          "'wire', 'nftables', 'process', 'model' or 'external'; a device in Python is a 'model'.")
      .def_property_readonly("changes", changes, "Names of the changes that the bench file declares, sorted.")
      .def(
          "apply", [](const DeviceObject& d, const std::string& change) { d.bench->apply(change); }, py::arg("change"),
          "As Bench.apply.")
      .def(
          "counters", [](const DeviceObject& d) { return d.bench->counters(); }, "As Bench.counters.")
      .def("__repr__", [](const DeviceObject& d) { return "<Device " + d.bench->device_name() + ">"; });
}

void add_facts(py::class_<BenchObject, std::shared_ptr<BenchObject>>& bench) {
  bench
      .def_property_readonly(
          "name", [](const BenchObject& b) { return b.spec().name; }, "Of a built-in bench, or the file's stem.")
      .def_property_readonly(
          "world", [](const BenchObject& b) { return std::string(scenario::name(b.spec().world)); },
          "'simulation', 'namespaces' or 'nics'.")
      .def_property_readonly(
          "profile", [](const BenchObject& b) { return std::string(scenario::name(b.spec().profile)); },
          "'transparent', 'strict', 'nat' or 'proxy'.")
      .def_property_readonly("seed", &BenchObject::seed, "What is left to chance follows from it.")
      .def_property_readonly("interfaces", interfaces, "The two interfaces of the world 'nics'; else none.")
      .def_property_readonly("closed", &BenchObject::closed, "Whether it was closed, or lost.")
      .def_property_readonly(
          "device", [](const std::shared_ptr<BenchObject>& b) { return DeviceObject{b}; },
          "What stands between the wires.")
      .def("__repr__",
           [](const BenchObject& b) { return "<Bench " + b.spec().name + (b.closed() ? ", closed>" : ">"); });
}

void add_live_calls(py::class_<BenchObject, std::shared_ptr<BenchObject>>& bench) {
  bench
      .def_property_readonly(
          "client", [](const std::shared_ptr<BenchObject>& b) { return live_end(b, run::Party::Client); },
          "The Client of the live ladder.")
      .def_property_readonly(
          "server", [](const std::shared_ptr<BenchObject>& b) { return live_end(b, run::Party::Server); },
          "The server's End of the live ladder.")
      .def("begin", begin, py::kw_only(), py::arg("family") = "ipv4",
           "Begins a live ladder anew: the first use of `client` or `server` does it with default settings. `family` "
           "is 'ipv4' or 'ipv6'; "
           "settings of the two ends are those of load(): `client__mtu=590`, `server__mss=\"omit\"`, "
           "`client__tls__version=\"1.2\"`. Its server "
           "knows no session of before. Raises LoadError for a setting that is wrong.")
      .def("end", &BenchObject::end_ladder,
           "Ends the live ladder, if there is one: what it remembers is forgotten, its connections are over, and the "
           "next use of `client` or "
           "`server` begins another. The pytest plugin does it behind each test.")
      .def("wait", wait, py::arg("duration"), "Time passes (\"60s\", or seconds); in a simulation at no cost.")
      .def("crossing", crossing, py::arg("frame"),
           "The Transit of a Frame that was sent: what became of it, with a proof. Raises UsageError if it is not "
           "remembered.")
      .def("crossings", crossings,
           "The Transits of all frames since this was asked last, both ends' and the device's own. What nobody asks "
           "for is "
           "remembered for 8,000 frames at least.")
      .def("ladder", live_ladder, "The live ladder as it happened, of a long one the end.");
}

/// The Bench in Python's object; null in one that is not made yet, or of which others in C++ hold a part.
BenchObject* only_owner_of(PyObject* object) {
  auto place = reinterpret_cast<py::detail::instance*>(object)->get_value_and_holder();
  if (!place.holder_constructed()) return nullptr;
  auto& holder = place.holder<std::shared_ptr<BenchObject>>();
  return holder.use_count() == 1 ? holder.get() : nullptr;
}

/// A device may hold the bench that it is in. So that such a bench, too, ends with its last name, Python's garbage
/// collector is shown the way from the bench to the device.
void show_device_to_collector(PyHeapTypeObject* heap_type) {
  PyTypeObject& type = heap_type->ht_type;
  type.tp_flags |= Py_TPFLAGS_HAVE_GC;
  type.tp_traverse = [](PyObject* object, visitproc visit, void* arg) {
    Py_VISIT(Py_TYPE(object));
    const BenchObject* bench = only_owner_of(object);
    return bench != nullptr && bench->device() != nullptr ? bench->device()->traverse(visit, arg) : 0;
  };
  type.tp_clear = [](PyObject* object) {
    const BenchObject* bench = only_owner_of(object);
    if (bench != nullptr && bench->device() != nullptr) bench->device()->clear();
    return 0;
  };
}

}  // namespace

void add_benches(py::module_& module) {
  add_device(module);
  py::class_<BenchObject, std::shared_ptr<BenchObject>> bench(
      module, "Bench", py::custom_type_setup(show_device_to_collector),
      "Two wires with a device between them. `bench` is the path of a bench file or the name of a built-in one, "
      "`apply` "
      "names changes of it to begin with, `seed` decides what is left to chance (default: 1, and between real "
      "interfaces something new each time), `device` stands in the place of the bench's own: a callable on_frame(side, "
      "frame) or an object like twinwire.Middlebox, in the worlds simulation and namespaces. It stands from `with`, or "
      "from its first use, until close(). Raises "
      "UsageError and LoadError, and TypeError if `device` is none; when it is to stand, BenchError.");
  bench
      .def(py::init<const std::filesystem::path&, const std::vector<std::string>&, std::optional<std::uint64_t>,
                    const py::object&>(),
           py::arg("bench") = "nftables", py::kw_only(), py::arg("apply") = std::vector<std::string>{},
           py::arg("seed") = py::none(), py::arg("device") = py::none())
      .def("open", &BenchObject::open, "Brings the bench up now. Raises BenchError.")
      .def("close", &BenchObject::close, "Takes it down; a second time does nothing.")
      .def("__enter__",
           [](const std::shared_ptr<BenchObject>& b) {
             b->open();
             return b;
           })
      .def("__exit__", [](BenchObject& b, const py::args&) { b.close(); })
      .def("run", run, py::arg("scenarios"), py::kw_only(), py::arg("jobs") = 64, py::arg("baseline") = true,
           "Walks one Scenario, or several side by side, and returns a Result, or a list of them in the same order. "
           "`jobs` cells are in flight at once, 1 to 1000. With `baseline` each also runs over a plain wire, so that a "
           "fault of our own is an error and not a failure. Other threads run meanwhile, and Ctrl-C ends it. Raises "
           "BenchError if the bench is lost; its `results` then has what was over by then. Raises whatever a device in "
           "Python has raised, and the walk has then ended there.")
      .def("skip_reason", skip_reason, py::arg("scenario"),
           "Why the bench cannot walk this Scenario, as a sentence; None if it can. The bench need not stand.")
      .def("apply", &BenchObject::apply, py::arg("change"),
           "Makes a change that the bench file declares. Raises BenchError if there is none of that name or the device "
           "refuses it.")
      .def("counters", &BenchObject::counters, "The device's own counters; empty where they cannot be read.");
  add_facts(bench);
  add_live_calls(bench);
}

}  // namespace twinwire::bindings
