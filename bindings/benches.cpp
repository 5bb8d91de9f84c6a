// SPDX-License-Identifier: Apache-2.0
// A Bench in Python is described when it is made and stands from `with`, or from its first use, until it is closed. One
// thread uses it at a time; another one that tries is told so and does not wait, because a walk may take minutes.
#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>

#include <filesystem>

#include "bindings/areas.hpp"
#include "bindings/bench_lost.hpp"
#include "bindings/interrupts.hpp"
#include "bindings/walks.hpp"
#include "harness/cli/verbs.hpp"
#include "harness/report/stored_bench.hpp"

namespace twinwire::bindings {
namespace {

class BenchObject {
 public:
  BenchObject(const std::filesystem::path& bench, const std::vector<std::string>& apply,
              std::optional<std::uint64_t> seed) {
    cli::RunCommand command;
    command.bench = bench.string();
    command.applied = apply;
    command.seed = seed;
    spec_ = cli::load_bench(command);
    seed_ = cli::seed_of(command, spec_);
  }

  ~BenchObject() {
    try {
      const py::gil_scoped_release others_run;
      end();
    } catch (...) {
      // Nobody is left who could be told.
    }
  }
  BenchObject(const BenchObject&) = delete;
  BenchObject& operator=(const BenchObject&) = delete;

  const scenario::BenchSpec& spec() const { return spec_; }
  std::uint64_t seed() const { return seed_; }
  bool closed() const { return closed_; }

  void open() {
    const Use use(*this);
    const py::gil_scoped_release others_run;
    stand();
  }

  void close() {
    if (closed_) return;
    const Use use(*this);
    closed_ = true;
    const py::gil_scoped_release others_run;
    end();
  }

  void apply(const std::string& change) {
    const Use use(*this);
    const py::gil_scoped_release others_run;
    stand();
    bench_->apply(change);
  }

  std::map<std::string, std::uint64_t> counters() {
    const Use use(*this);
    const py::gil_scoped_release others_run;
    stand();
    return bench_->counters();
  }

  std::vector<RecordPointer> run(const std::vector<Cell>& cells, int jobs, cli::Baseline baseline) {
    const Use use(*this);
    std::vector<RecordPointer> records(cells.size());
    std::vector<Cell> suitable;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (const auto reason = bench::unsuitable(spec_, *cells[i])) {
        records[i] = skipped(cells[i], *reason);
      } else {
        suitable.push_back(cells[i]);
        places.push_back(i);
      }
    }
    const std::vector<RecordPointer> walked = walk_suitable(suitable, jobs, baseline);
    for (std::size_t i = 0; i < walked.size(); ++i) records[places[i]] = walked[i];
    return records;
  }

 private:
  /// That the bench is in use, by the thread that holds this. Made and ended with the interpreter held.
  class Use {
   public:
    explicit Use(BenchObject& bench) : bench_(bench) {
      if (bench.closed_) throw cli::UsageError("the bench '" + bench.spec_.name + "' is closed");
      if (bench.in_use_) throw cli::UsageError("the bench '" + bench.spec_.name + "' is in use by another thread");
      bench.in_use_ = true;
    }
    ~Use() { bench_.in_use_ = false; }
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;

   private:
    BenchObject& bench_;
  };

  std::vector<RecordPointer> walk_suitable(const std::vector<Cell>& cells, int jobs, cli::Baseline baseline) {
    if (cells.empty()) return {};
    Interrupts interrupts;
    run::Options options;
    options.side_by_side = jobs;
    options.interrupted = [&interrupts] { return interrupts.requested(); };
    std::vector<RecordPointer> records;
    try {
      const py::gil_scoped_release others_run;
      stand();
      records = walk(cells, *floor_, spec_, seed_, options, baseline);
    } catch (const BenchLost&) {
      interrupts.raise_if_requested();
      end();
      closed_ = true;
      throw;
    }
    interrupts.raise_if_requested();
    return records;
  }

  void stand() {
    if (bench_) return;
    if (spec_.world == scenario::World::Simulation) run::seed_randomness(seed_);
    bench_ = bench::bind(spec_);
    floor_ = std::make_unique<run::Floor>(*bench_, seed_);
  }

  void end() {
    floor_.reset();
    bench_.reset();
  }

  scenario::BenchSpec spec_;
  std::uint64_t seed_ = 0;
  bool closed_ = false, in_use_ = false;
  std::unique_ptr<bench::Bench> bench_;
  std::unique_ptr<run::Floor> floor_;
};

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
          "name", [](const DeviceObject& d) { return report::device_name(d.bench->spec()); },
          "The kind of the device, or the bench's name where the kind says little.")
      .def_property_readonly(
          "kind", [](const DeviceObject& d) { return d.bench->spec().device.kind; },
          "'wire', 'nftables', 'process', 'model' or 'external'.")
      .def_property_readonly("changes", changes, "Names of the changes that the bench file declares, sorted.")
      .def(
          "apply", [](const DeviceObject& d, const std::string& change) { d.bench->apply(change); }, py::arg("change"),
          "As Bench.apply.")
      .def(
          "counters", [](const DeviceObject& d) { return d.bench->counters(); }, "As Bench.counters.")
      .def("__repr__", [](const DeviceObject& d) { return "<Device " + report::device_name(d.bench->spec()) + ">"; });
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

}  // namespace

void add_benches(py::module_& module) {
  add_device(module);
  py::class_<BenchObject, std::shared_ptr<BenchObject>> bench(
      module, "Bench",
      "Two wires with a device between them. `bench` is the path of a bench file or the name of a built-in one, "
      "`apply` "
      "names changes of it to begin with, `seed` decides what is left to chance (default: 1, and between real "
      "interfaces something new each time). It stands from `with`, or from its first use, until close(). Raises "
      "UsageError and LoadError; when it is to stand, BenchError.");
  bench
      .def(py::init<const std::filesystem::path&, const std::vector<std::string>&, std::optional<std::uint64_t>>(),
           py::arg("bench") = "nftables", py::kw_only(), py::arg("apply") = std::vector<std::string>{},
           py::arg("seed") = py::none())
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
           "BenchError if the bench is lost; its `results` then has what was over by then.")
      .def("skip_reason", skip_reason, py::arg("scenario"),
           "Why the bench cannot walk this Scenario, as a sentence; None if it can. The bench need not stand.")
      .def("apply", &BenchObject::apply, py::arg("change"),
           "Makes a change that the bench file declares. Raises BenchError if there is none of that name or the device "
           "refuses it.")
      .def("counters", &BenchObject::counters, "The device's own counters; empty where they cannot be read.");
  add_facts(bench);
}

}  // namespace twinwire::bindings
