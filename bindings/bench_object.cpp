// SPDX-License-Identifier: Apache-2.0
// Every call takes the bench into use, gives the interpreter away, brings up what does not stand yet, and does its
// work. A connection that Python lets go of may be let go of by any thread at any moment; so that is only noted, and
// done by the next call.
#include "bindings/bench_object.hpp"

#include <pybind11/pybind11.h>

#include <system_error>

#include "bindings/bench_lost.hpp"
#include "harness/cli/verbs.hpp"
#include "harness/report/stored_bench.hpp"

namespace twinwire::bindings {
namespace {

/// A cell with the ends that a live ladder begins with. Its own lines say only that TLS may come, and sessions with it.
scenario::Scenario live_cell(wire::Family family, const scenario::Settings& settings) {
  const bool raw = settings.contains("client.tls.raw");
  const std::string text =
      "format = 1\ntitle = \"Live\"\nwhy = \"A program writes it\"\n[script]\nladder = '''\nclient connects\n" +
      std::string(raw ? "client starts tls\n" : "client starts tls\nclient resumes tls\n") + "'''\n";
  std::vector<scenario::Scenario> cells = scenario::parse_scenario(text, "live", settings);
  for (scenario::Scenario& cell : cells) {
    if (cell.server.program) throw cli::UsageError("the server is a program and follows no ladder");
    if (cell.family == family) return std::move(cell);
  }
  throw cli::UsageError("'family' is an argument of its own and no setting");
}

scenario::Step applies(const std::string& change) {
  scenario::Step line = scenario::parse_line("device applies \"-\"", "apply");
  std::get<scenario::Act>(line.what).what = scenario::Applies{change};
  line.text = "device applies \"" + change + "\"";
  return line;
}

}  // namespace

/// That the bench is in use, by the thread that holds this. Made and ended with the interpreter held.
class BenchObject::Use {
 public:
  explicit Use(BenchObject& bench) : bench_(bench) {
    if (bench.closed_) throw cli::UsageError("the bench '" + bench.spec_.name + "' is closed");
    if (bench.in_use_) throw cli::UsageError("the bench '" + bench.spec_.name + "' is in use by another thread");
    bench.in_use_ = true;
    bench.interrupts_.begin();
  }
  ~Use() {
    bench_.in_use_ = false;
    bench_.fault_->clear();
  }
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;

 private:
  BenchObject& bench_;
};

BenchObject::BenchObject(const std::filesystem::path& bench, const std::vector<std::string>& apply,
                         std::optional<std::uint64_t> seed, const py::object& device) {
  cli::RunCommand command;
  command.bench = bench.string();
  command.applied = apply;
  command.seed = seed;
  spec_ = cli::load_bench(command);
  seed_ = cli::seed_of(command, spec_);
  if (!device.is_none()) put_in(device);
}

BenchObject::~BenchObject() {
  try {
    const py::gil_scoped_release others_run;
    end();
  } catch (...) {
    // Nobody is left who could be told.
  }
}

void BenchObject::open() {
  const Use use(*this);
  const py::gil_scoped_release others_run;
  stand();
}

void BenchObject::close() {
  if (closed_) return;
  const Use use(*this);
  closed_ = true;
  {
    const py::gil_scoped_release others_run;
    end();
  }
  if (device_) device_->clear();
}

void BenchObject::apply(const std::string& change) {
  const Use use(*this);
  {
    const py::gil_scoped_release others_run;
    stand();
    if (live_)
      live_->act(applies(change));
    else
      bench_->apply(change);
  }
  interrupts_.raise_if_requested();
}

std::map<std::string, std::uint64_t> BenchObject::counters() {
  const Use use(*this);
  const py::gil_scoped_release others_run;
  stand();
  return bench_->counters();
}

std::vector<RecordPointer> BenchObject::run(const std::vector<Cell>& cells, int jobs, cli::Baseline baseline) {
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

std::vector<RecordPointer> BenchObject::walk_suitable(const std::vector<Cell>& cells, int jobs,
                                                      cli::Baseline baseline) {
  if (cells.empty()) return {};
  run::Options options;
  options.side_by_side = jobs;
  options.interrupted = [this] { return interrupted(); };
  std::vector<RecordPointer> records;
  try {
    const py::gil_scoped_release others_run;
    stand();
    records = walk(cells, *floor_, spec_, seed_, options, baseline);
  } catch (const BenchLost&) {
    interrupts_.raise_if_requested();
    end();
    after_call();  // it was lost because of that, and stands anew from its next use
    closed_ = true;
    throw;
  }
  after_call();
  return records;
}

bool BenchObject::interrupted() { return fault_->happened() || interrupts_.requested(); }

void BenchObject::after_call() {
  fault_->raise_if_happened();
  interrupts_.raise_if_requested();
}

std::string BenchObject::device_name() const { return device_ ? device_->name() : report::device_name(spec_); }

void BenchObject::put_in(const py::object& device) {
  device_ = std::make_shared<PythonDevice>(device);
  if (const auto reason = bench::unsuitable(spec_, device_->abilities())) throw cli::UsageError(*reason);
  spec_ = bench::with_callers_device(std::move(spec_), device_->abilities());
}

void BenchObject::begin(wire::Family family, const scenario::Settings& settings) {
  const Use use(*this);
  released_.clear();
  scenario::Scenario cell = live_cell(family, settings);
  const py::gil_scoped_release others_run;
  stand();
  begin_ladder(std::move(cell));
}

void BenchObject::begin_ladder(scenario::Scenario cell) {
  live_.reset();
  ++ladder_;
  live_ = floor_->begin(std::move(cell));
  live_->on_interruption([this] { return interrupted(); });
}

void BenchObject::end_ladder() {
  if (!live_) return;
  const Use use(*this);
  released_.clear();
  live_.reset();
}

run::Live& BenchObject::live() {
  if (live_) return *live_;
  const auto has = [](const std::vector<wire::Prefix>& prefixes) {
    return std::ranges::any_of(prefixes, [](const wire::Prefix& p) { return p.address.family == wire::Family::Ipv4; });
  };
  const bool ipv4 = has(spec_.client.address) && has(spec_.server.address);
  begin_ladder(live_cell(ipv4 ? wire::Family::Ipv4 : wire::Family::Ipv6, {}));
  return *live_;
}

void BenchObject::with_live(std::uint64_t ladder, const std::function<void(run::Live&)>& use) {
  const Use in_use(*this);
  if (ladder != 0 && (ladder != ladder_ || !live_))
    throw cli::UsageError("this connection is over: its ladder has ended");
  const std::vector<std::string> released = std::exchange(released_, {});
  std::exception_ptr failure;
  {
    const py::gil_scoped_release others_run;
    stand();
    run::Live& lines = live();
    for (const std::string& connection : released) lines.release(connection);
    try {
      use(lines);
    } catch (const std::system_error& gone) {  // a wire's: there is no bench behind it any more
      failure = std::make_exception_ptr(bench::BenchError(gone.what()));
      end();
      closed_ = true;
    } catch (...) {
      failure = std::current_exception();
    }
  }
  after_call();  // what it kept from coming about is no failure
  if (failure) std::rethrow_exception(failure);
}

void BenchObject::release(std::uint64_t ladder, const std::string& connection) {
  if (ladder == ladder_ && !closed_) released_.push_back(connection);
}

void BenchObject::stand() {
  if (bench_) return;
  if (spec_.world == scenario::World::Simulation) run::seed_randomness(seed_);
  bench_ = device_ ? bench::bind(spec_, make_middlebox(device_, fault_)) : bench::bind(spec_);
  floor_ = std::make_unique<run::Floor>(*bench_, seed_);
}

void BenchObject::end() {
  live_.reset();
  floor_.reset();
  bench_.reset();
}

}  // namespace twinwire::bindings
