// SPDX-License-Identifier: Apache-2.0
// What Python's Bench is: described when it is made, it stands from `with`, or from its first use, until it is closed.
// One thread uses it at a time; another one that tries is told so and does not wait, because a walk may take minutes.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>  // before Asio: Boost 1.74 uses it without including it
#include <vector>

#include "bindings/devices.hpp"
#include "bindings/interrupts.hpp"
#include "bindings/walks.hpp"
#include "harness/run/live.hpp"
#include "harness/scenario/load.hpp"

namespace twinwire::bindings {

class BenchObject {
 public:
  BenchObject(const std::filesystem::path& bench, const std::vector<std::string>& apply,
              std::optional<std::uint64_t> seed, const py::object& device);
  ~BenchObject();
  BenchObject(const BenchObject&) = delete;
  BenchObject& operator=(const BenchObject&) = delete;

  const scenario::BenchSpec& spec() const { return spec_; }
  std::uint64_t seed() const { return seed_; }
  bool closed() const { return closed_; }
  std::string device_name() const;
  /// The one that is written in Python; null if the bench has its own.
  PythonDevice* device() const { return device_.get(); }

  void open();
  void close();
  void apply(const std::string& change);
  std::map<std::string, std::uint64_t> counters();
  std::vector<RecordPointer> run(const std::vector<Cell>& cells, int jobs, cli::Baseline baseline);

  /// Begins a live ladder with these settings, in the place of the one that there is.
  void begin(wire::Family family, const scenario::Settings& settings);
  /// Ends the live ladder, if there is one; whoever goes on begins another.
  void end_ladder();
  /// Counts the live ladders; 0 before the first.
  std::uint64_t ladder() const { return ladder_; }
  /// Calls `use` with the live ladder, which is begun with default settings if there is none, and without the
  /// interpreter. `ladder` is the one that is meant; 0: whichever there is. Throws what Ctrl-C raised.
  void with_live(std::uint64_t ladder, const std::function<void(run::Live&)>& use);
  /// No object is about that connection any more. Called with the interpreter, whoever uses the bench.
  void release(std::uint64_t ladder, const std::string& connection);

 private:
  class Use;
  std::vector<RecordPointer> walk_suitable(const std::vector<Cell>& cells, int jobs, cli::Baseline baseline);
  void put_in(const py::object& device);
  /// Whether what is under way is to end: on Ctrl-C, and when Python code of the user's has raised something.
  bool interrupted();
  /// Raises what was raised during a call that gave the interpreter away.
  void after_call();
  void stand();
  void end();
  void begin_ladder(scenario::Scenario cell);
  run::Live& live();

  scenario::BenchSpec spec_;
  std::uint64_t seed_ = 0;
  bool closed_ = false, in_use_ = false;
  Interrupts interrupts_;
  std::shared_ptr<PythonDevice> device_;
  std::shared_ptr<Fault> fault_ = std::make_shared<Fault>();
  std::unique_ptr<bench::Bench> bench_;
  std::unique_ptr<run::Floor> floor_;
  std::unique_ptr<run::Live> live_;
  std::uint64_t ladder_ = 0;
  std::vector<std::string> released_;  ///< connections of the live ladder that are still to be dropped
};

}  // namespace twinwire::bindings
