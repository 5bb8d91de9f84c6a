// SPDX-License-Identifier: Apache-2.0
// Two simulated cables with a model between them, or one cable and nothing between.
#include "generator/link/cable.hpp"
#include "harness/bench/worlds.hpp"
#include "harness/device/middlebox.hpp"

namespace twinwire::bench {
namespace {

constexpr time::Duration cable_delay = std::chrono::microseconds(5);  // about a kilometre of fibre
constexpr std::size_t cable_mtu = 9000;

class Simulation final : public Bench {
 public:
  explicit Simulation(const scenario::BenchSpec& spec) : Bench(spec), timeline_(time::make_simulated_timeline()) {
    if (spec.device.kind == "wire") {
      std::tie(client_, server_) = link::make_cable(*timeline_, cable_delay, cable_mtu);
      return;
    }
    try {
      model_ = device::make_model(spec.device.model, spec.device.settings);
    } catch (const device::ModelError& error) {
      throw BenchError(error.what());
    }
    std::tie(client_, toward_client_) = link::make_cable(*timeline_, cable_delay, cable_mtu);
    std::tie(server_, toward_server_) = link::make_cable(*timeline_, cable_delay, cable_mtu);
    toward_client_->on_frame([this](time::Instant at, wire::Bytes frame) { pass(scenario::Party::Client, at, frame); });
    toward_server_->on_frame([this](time::Instant at, wire::Bytes frame) { pass(scenario::Party::Server, at, frame); });
  }

  time::Timeline& timeline() override { return *timeline_; }
  link::Link& wire(scenario::Party end) override { return end == scenario::Party::Client ? *client_ : *server_; }
  void check_health() override {}

  void forget(const wire::FourTuple& tuple) override {
    if (model_) model_->forget(tuple);
  }

  void apply(const std::string& change) override {
    if (!model_) throw BenchError("there is no device on this bench that change '" + change + "' could be made to");
    try {
      model_->configure(find_change(spec(), change).model);
    } catch (const device::ModelError& error) {
      throw BenchError(error.what());
    }
  }

 private:
  void pass(scenario::Party from, time::Instant at, wire::Bytes frame) {
    model_->on_frame(from, at, frame, [this](scenario::Party toward, wire::Bytes out) {
      (toward == scenario::Party::Client ? *toward_client_ : *toward_server_).send(out);
    });
  }

  std::unique_ptr<time::Timeline> timeline_;
  std::unique_ptr<device::Middlebox> model_;
  std::unique_ptr<link::Link> client_, server_, toward_client_, toward_server_;
};

}  // namespace

std::unique_ptr<Bench> bind_simulation(const scenario::BenchSpec& spec) { return std::make_unique<Simulation>(spec); }

}  // namespace twinwire::bench
