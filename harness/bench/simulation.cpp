// SPDX-License-Identifier: Apache-2.0
// Simulated cables in a row with a model between each two: none, the device, the one behind it, or both.
#include "generator/link/cable.hpp"
#include "harness/bench/model_links.hpp"
#include "harness/bench/worlds.hpp"

namespace twinwire::bench {
namespace {

constexpr time::Duration cable_delay = std::chrono::microseconds(5);  // about a kilometre of fibre
constexpr std::size_t cable_mtu = 9000;

class Simulation final : public Bench {
 public:
  Simulation(const scenario::BenchSpec& spec, std::unique_ptr<device::Middlebox> device)
      : Bench(spec), timeline_(time::make_simulated_timeline()) {
    auto behind = make_model_behind(spec);
    std::tie(client_, server_) = link::make_cable(*timeline_, cable_delay, cable_mtu);
    if (device) device_ = lengthen(std::move(device));
    if (behind) behind_ = lengthen(std::move(behind));
    models().trust(credentials());
  }

  time::Timeline& timeline() override { return *timeline_; }
  link::Link& wire(scenario::Party end) override { return end == scenario::Party::Client ? *client_ : *server_; }
  void check_health() override {}
  void forget(const wire::FourTuple& tuple) override { models().forget(tuple); }
  std::vector<std::string> take_log(const wire::FourTuple& tuple) override { return models().take_log(tuple); }
  std::map<std::string, std::uint64_t> counters() override { return models().counters(); }
  void tell_secret(const std::string& line) override { models().learn_secret(line); }

 private:
  void make(const std::string& name, const scenario::ApplySpec& change) override {
    models().configure(name, change.model);
  }

  /// Puts a model at the server's end of what there is, and one more cable behind it.
  std::unique_ptr<ModelBox> lengthen(std::unique_ptr<device::Middlebox> model) {
    auto [near, far] = link::make_cable(*timeline_, cable_delay, cable_mtu);
    auto box = std::make_unique<ModelBox>(*timeline_, std::move(model), std::move(server_), std::move(near));
    server_ = std::move(far);
    return box;
  }

  Models models() const { return {device_ ? &device_->service() : nullptr, behind_ ? &behind_->service() : nullptr}; }

  std::unique_ptr<time::Timeline> timeline_;
  std::unique_ptr<link::Link> client_, server_;
  std::unique_ptr<ModelBox> device_, behind_;
};

}  // namespace

std::unique_ptr<Bench> bind_simulation(const scenario::BenchSpec& spec, std::unique_ptr<device::Middlebox> device) {
  return std::make_unique<Simulation>(spec, std::move(device));
}

}  // namespace twinwire::bench
