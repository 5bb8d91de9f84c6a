// SPDX-License-Identifier: Apache-2.0
// A device that the caller brings: on which benches it can stand, what becomes of their changes, and that it is the one
// that frames pass.
#include "generator/link/link.hpp"
#include "harness/bench/bench.hpp"
#include "harness/bench/callers_device.hpp"
#include "harness/device/middlebox.hpp"
#include "tests/support/catch.hpp"

using namespace twinwire;
using bench::CallersDevice;
using scenario::Party;

namespace {

scenario::BenchSpec between(scenario::World world, const char* server = "198.18.0.2/24") {
  scenario::BenchSpec spec;
  spec.name = "lab";
  spec.world = world;
  spec.client.address = {*wire::parse_prefix("198.18.0.1/24")};
  spec.server.address = {*wire::parse_prefix(server)};
  spec.device.kind = "nftables";
  spec.apply["rules"].ruleset = "flush ruleset";
  spec.apply["settings"].model = {{"inspection", "on"}};
  spec.apply["nothing"] = {};
  return spec;
}

std::string reason(const scenario::BenchSpec& spec, CallersDevice device = {}) {
  return bench::unsuitable(spec, device).value_or("");
}

std::vector<std::string> changes(const scenario::BenchSpec& spec) {
  std::vector<std::string> names;
  for (const auto& [name, change] : spec.apply) names.push_back(name);
  return names;
}

/// Turns every octet round, and counts what it has seen.
class Inverting final : public device::Middlebox {
 public:
  explicit Inverting(int& seen) : seen_(seen) {}
  void on_frame(Party from, time::Instant, wire::Bytes frame, const device::Emit& emit) override {
    ++seen_;
    std::vector<std::uint8_t> octets(frame.begin(), frame.end());
    for (auto& octet : octets) octet = static_cast<std::uint8_t>(~octet);
    emit(scenario::other(from), octets);
  }
  void configure(const device::Settings& settings) override { seen_ += static_cast<int>(settings.size()) * 100; }

 private:
  int& seen_;
};

}  // namespace

TEST_CASE("a caller's device stands where no other device is needed", "[bench]") {
  CHECK(reason(between(scenario::World::Simulation)).empty());
  CHECK(reason(between(scenario::World::Namespaces)).empty());
  CHECK_THAT(reason(between(scenario::World::Nics)), ContainsSubstring("has real interfaces"));
  auto proxy = between(scenario::World::Namespaces);
  proxy.path.kind = scenario::PathSpec::Kind::Proxy;
  CHECK_THAT(reason(proxy), ContainsSubstring("connect to its own device"));
}

TEST_CASE("between two networks a caller's device must answer as a router does", "[bench]") {
  const auto routed = between(scenario::World::Simulation, "198.18.1.2/24");
  CHECK_THAT(reason(routed), ContainsSubstring("such as 'simulation' or 'wire'"));
  CHECK(reason(routed, {.every_frame = true}).empty());
  auto named = between(scenario::World::Simulation);
  named.client.gateway = {*wire::parse_address("198.18.0.9")};
  CHECK_THAT(reason(named), ContainsSubstring("every_frame = True"));
}

TEST_CASE("a caller's device knows only the changes that reach it", "[bench]") {
  const auto spec = between(scenario::World::Simulation);
  CHECK(changes(bench::with_callers_device(spec, {})) == std::vector<std::string>{"nothing"});
  CHECK(changes(bench::with_callers_device(spec, {.configures = true})) ==
        std::vector<std::string>{"nothing", "settings"});
}

TEST_CASE("a change to begin with that cannot reach a caller's device is refused", "[bench]") {
  auto spec = between(scenario::World::Simulation);
  spec.applied = {"settings"};
  CHECK_THAT(reason(spec), ContainsSubstring("has no configure()"));
  CHECK(reason(spec, {.configures = true}).empty());
  spec.applied = {"rules"};
  CHECK_THAT(reason(spec, {.configures = true}), ContainsSubstring("change 'rules' of the bench 'lab'"));
}

TEST_CASE("a caller's device forgets a connection only where it can", "[bench]") {
  const auto spec = between(scenario::World::Simulation);
  CHECK(bench::can_forget(spec));
  CHECK_FALSE(bench::can_forget(bench::with_callers_device(spec, {})));
  CHECK(bench::can_forget(bench::with_callers_device(spec, {.forgets = true})));
}

TEST_CASE("no population is walked with a caller's device", "[bench]") {
  scenario::Scenario scenario;
  scenario.population.emplace();
  const auto spec = between(scenario::World::Simulation);
  CHECK_FALSE(bench::unsuitable(spec, scenario).has_value());
  const auto reason = bench::unsuitable(bench::with_callers_device(spec, {}), scenario);
  CHECK_THAT(reason.value_or(""), ContainsSubstring("on several benches of its own"));
}

TEST_CASE("frames pass the caller's device, and changes reach it", "[bench]") {
  int seen = 0;
  const auto spec = bench::with_callers_device(between(scenario::World::Simulation), {.configures = true});
  const auto standing = bench::bind(spec, std::make_unique<Inverting>(seen));
  std::vector<std::uint8_t> arrived;
  standing->wire(Party::Server).on_frame([&](time::Instant, wire::Bytes frame) {
    arrived.assign(frame.begin(), frame.end());
  });
  standing->wire(Party::Client).send(std::vector<std::uint8_t>{0x00, 0x0F});
  standing->timeline().run([&] { return !arrived.empty(); });
  CHECK(arrived == std::vector<std::uint8_t>{0xFF, 0xF0});
  CHECK(seen == 1);
  standing->apply("settings");
  CHECK(seen == 101);
}

TEST_CASE("a bench for a caller's device cannot be bound without one", "[bench]") {
  const auto spec = bench::with_callers_device(between(scenario::World::Simulation), {});
  CHECK_THROWS_AS(bench::bind(spec), bench::BenchError);
}
