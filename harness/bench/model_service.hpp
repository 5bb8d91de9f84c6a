// SPDX-License-Identifier: Apache-2.0
// A model in the company of a timeline and of wires: frames come to it, and it is called when a deadline of its own has
// come. The same in all worlds.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "generator/time/timeline.hpp"
#include "harness/bench/bench.hpp"
#include "harness/device/middlebox.hpp"

namespace twinwire::bench {

/// The model by that name; throws BenchError. `place` is the table of the bench file that names it.
std::unique_ptr<device::Middlebox> make_model(const std::string& place, const std::string& name,
                                              const device::Settings& settings);
/// The model of `[device]`, nothing if the device is none.
std::unique_ptr<device::Middlebox> make_device_model(const scenario::BenchSpec& spec);
/// The model of `[behind]`, nothing if there is none.
std::unique_ptr<device::Middlebox> make_model_behind(const scenario::BenchSpec& spec);

/// Serves one model. The timeline must outlive it; `emit` is called during on_frame() and from the timeline.
class ModelService {
 public:
  ModelService(time::Timeline& timeline, std::unique_ptr<device::Middlebox> model, device::Emit emit);
  ~ModelService();
  ModelService(const ModelService&) = delete;
  ModelService& operator=(const ModelService&) = delete;

  /// A frame came in; what was due before it is done first.
  void on_frame(scenario::Party from, time::Instant at, wire::Bytes frame);
  /// Throws BenchError for a setting that the model does not have.
  void configure(const device::Settings& settings);
  void forget(const wire::FourTuple& tuple);
  void trust(const tls::Credentials& server) { model_->trust(server); }
  void learn_secret(const std::string& line) { model_->learn_secret(line); }
  std::vector<std::string> take_log(const wire::FourTuple& tuple) { return model_->take_log(tuple); }
  std::map<std::string, std::uint64_t> counters() const { return model_->counters(); }

 private:
  void plan();
  void serve();

  time::Timeline& timeline_;
  std::unique_ptr<device::Middlebox> model_;
  device::Emit emit_;
  std::optional<time::Instant> planned_;
  time::TimerId timer_ = 0;
};

/// The models of one bench, asked as one: the device's own and the one behind it, either of which may be missing. Both
/// are asked by the same tuple, and each knows a connection as it is on its own wires: behind a device that translates
/// or makes connections of its own, that is the tuple on the server's wire.
struct Models {
  ModelService* device = nullptr;
  ModelService* behind = nullptr;

  void trust(const tls::Credentials& server) const;
  void learn_secret(const std::string& line) const;
  void forget(const wire::FourTuple& tuple) const;
  std::vector<std::string> take_log(const wire::FourTuple& tuple) const;
  /// Of the model behind under their own names, with "behind_" before a name that the device has too.
  std::map<std::string, std::uint64_t> counters() const;
  /// The settings are the device's if it is a model, else those of the one behind; throws BenchError if there is none.
  void configure(const std::string& change, const device::Settings& settings) const;
};

}  // namespace twinwire::bench
