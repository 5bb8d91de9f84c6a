// SPDX-License-Identifier: Apache-2.0
// Which world, and whether it suits a scenario: the only place where the worlds are told apart.
#include "harness/bench/bench.hpp"

#include <algorithm>

#include "harness/bench/callers_device.hpp"
#include "harness/bench/lab/lab.hpp"
#include "harness/bench/lab/search_path.hpp"
#include "harness/bench/model_service.hpp"
#include "harness/bench/worlds.hpp"

namespace twinwire::bench {
namespace {

bool has_family(const scenario::BenchSpec& spec, wire::Family family) {
  const auto in = [&](const scenario::EndSpec& end) {
    return std::ranges::any_of(end.address, [&](const auto& prefix) { return prefix.address.family == family; });
  };
  return in(spec.client) && in(spec.server);
}

bool goes_around(const scenario::Scenario& scenario) {
  return std::ranges::any_of(scenario.steps, [](const scenario::Step& step) {
    const auto* packet = std::get_if<scenario::Packet>(&step.what);
    return packet != nullptr && packet->crossing == scenario::Crossing::Around;
  });
}

std::string no_programs(const scenario::BenchSpec& spec) {
  return "an end can be a real program only in the world namespaces, and the bench '" + spec.name +
         "' is in the world " + std::string(scenario::name(spec.world));
}

std::optional<std::string> unsuitable_program(const scenario::BenchSpec& spec, const scenario::EndConfig& end,
                                              const std::string& who) {
  if (!end.program) return std::nullopt;
  if (spec.world != scenario::World::Namespaces) return no_programs(spec);
  for (const auto& program : end.program->needs) {
    if (find_program(program)) continue;
    const std::string& package = end.program->package;
    return "the program " + program + " of the " + who + " is not installed" +
           (package.empty() ? "" : " (Debian package " + package + ")");
  }
  return std::nullopt;
}

/// A relay's configuration has twinwire's own address, and a program has another one.
bool relays_past_program(const scenario::BenchSpec& spec, const scenario::Scenario& scenario) {
  return spec.path.kind == scenario::PathSpec::Kind::Relay && scenario.server.program.has_value();
}

/// Why a population cannot be walked here.
std::optional<std::string> unsuitable_population(const scenario::BenchSpec& spec, const scenario::Scenario& scenario) {
  if (scenario.population && is_callers_device(spec.device)) {
    return "a population is walked on several benches of its own, each with a new device, and there is only one device "
           "of the caller's";
  }
  const bool walked = scenario.population && scenario.population->walked;
  if (!walked || spec.world != scenario::World::Nics || scenario.population->policies.size() < 2) return std::nullopt;
  return "to walk a population under several policies the change must be undone in between, and a device between two "
         "interfaces stays changed; give one policy, or walked = false";
}

std::optional<std::string> lacks(const scenario::BenchSpec& spec, const std::string& capability) {
  constexpr std::string_view apply = "apply:";
  if (capability == "segments" && spec.profile == scenario::Profile::Proxy) {
    return "behind a proxy no segment crosses, so its arrows mean nothing there";
  }
  if (capability == "device-forgets" && !can_forget(spec)) {
    return "this bench cannot clear one connection's state in the device";
  }
  if (capability.starts_with(apply) && !spec.apply.contains(capability.substr(apply.size()))) {
    return "this bench knows no change '" + capability.substr(apply.size()) + "'";
  }
  return std::nullopt;
}

}  // namespace

std::unique_ptr<Running> Bench::start(scenario::Party, const scenario::Program&,
                                      const std::map<std::string, std::string>&) {
  throw BenchError(no_programs(spec_));
}

// NOLINTNEXTLINE(performance-unnecessary-value-param): those that override it keep the sink
void Bench::on_program_frame(scenario::Party, link::Sink sink) {
  if (sink) throw BenchError(no_programs(spec_));
}

void Bench::apply(const std::string& change) {
  const scenario::ApplySpec& wanted = find_change(spec_, change);
  if (!wanted.ask.empty()) {
    if (!operator_) operator_ = make_terminal_operator();
    operator_->ask(wanted.ask);
  }
  if (wanted.changes_something()) make(change, wanted);
}

bool can_forget(const scenario::BenchSpec& spec) {
  const std::string& kind = spec.device.kind;
  if (is_callers_device(spec.device)) return !spec.device.forget.empty();
  return kind == "nftables" || kind == "model" || !spec.device.forget.empty();
}

std::unique_ptr<Bench> bind(const scenario::BenchSpec& spec) { return bind(spec, make_device_model(spec)); }

std::unique_ptr<Bench> bind(const scenario::BenchSpec& spec, std::unique_ptr<device::Middlebox> device) {
  std::unique_ptr<Bench> bench;
  switch (spec.world) {
    case scenario::World::Simulation:
      bench = bind_simulation(spec, std::move(device));
      break;
    case scenario::World::Namespaces:
      bench = bind_namespaces(spec, std::move(device));
      break;
    case scenario::World::Nics:
      bench = bind_nics(spec);
      break;
  }
  for (const auto& change : spec.applied) bench->apply(change);
  return bench;
}

std::optional<std::string> unsuitable(const scenario::BenchSpec& spec, const scenario::Scenario& scenario) {
  if (!has_family(spec, scenario.family)) {
    return "the bench has no " + std::string(name(scenario.family)) + " address at both ends";
  }
  if (spec.profile == scenario::Profile::Nat && goes_around(scenario)) {
    return "a packet that goes around a NAT would arrive with an address that nobody has translated";
  }
  if (auto reason = unsuitable_program(spec, scenario.client, "client")) return reason;
  if (auto reason = unsuitable_program(spec, scenario.server, "server")) return reason;
  if (relays_past_program(spec, scenario)) {
    return "a relay connects to the address that stands in its own configuration, and a server's program has another";
  }
  if (spec.behind && scenario.server.program) {
    return "what a server's program sends does not pass the model behind the device, which stands in twinwire's own "
           "link";
  }
  if (auto reason = unsuitable_population(spec, scenario)) return reason;
  for (const auto& capability : scenario.capabilities) {
    if (auto reason = lacks(spec, capability)) return reason;
  }
  return std::nullopt;
}

const scenario::ApplySpec& find_change(const scenario::BenchSpec& spec, const std::string& name) {
  const auto found = spec.apply.find(name);
  if (found != spec.apply.end()) return found->second;
  std::string known;
  for (const auto& [other, change] : spec.apply) known += (known.empty() ? "" : ", ") + other;
  throw BenchError("the bench '" + spec.name + "' knows no change '" + name + "'; it knows " +
                   (known.empty() ? "none" : known));
}

}  // namespace twinwire::bench
