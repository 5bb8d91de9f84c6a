// SPDX-License-Identifier: Apache-2.0
// The device of the bench is put down as a model by a name that no built-in model has, so that nobody can bind such a
// bench without a device at hand.
#include "harness/bench/callers_device.hpp"

#include <algorithm>

namespace twinwire::bench {
namespace {

constexpr const char* model_name = "the caller's";

/// Whether the two ends find each other without a router: every family has one network, and nobody names a gateway.
bool are_neighbors(const scenario::BenchSpec& spec) {
  if (!spec.client.gateway.empty() || !spec.server.gateway.empty()) return false;
  return std::ranges::all_of(spec.client.address, [&](const wire::Prefix& own) {
    return std::ranges::all_of(spec.server.address, [&](const wire::Prefix& other) {
      return own.address.family != other.address.family || own.contains(other.address);
    });
  });
}

bool reaches(const scenario::ApplySpec& change, const CallersDevice& device) {
  return change.ruleset.empty() && change.sysctl.empty() && change.commands.empty() &&
         (change.model.empty() || device.configures);
}

}  // namespace

bool is_callers_device(const scenario::DeviceSpec& device) {
  return device.kind == "model" && device.model == model_name;
}

std::optional<std::string> unsuitable(const scenario::BenchSpec& spec, const CallersDevice& device) {
  const std::string bench = "the bench '" + spec.name + "'";
  if (spec.world == scenario::World::Nics) {
    return bench + " has real interfaces with a device of their own between them; a device of the caller's can stand " +
           "in the worlds simulation and namespaces";
  }
  if (spec.path.asks_device()) {
    return "clients on " + bench + " connect to its own device, which no other can replace; take one without [path]";
  }
  if (!device.every_frame && !are_neighbors(spec)) {
    return bench + " has its two ends in two networks, so its device is a router and must answer ARP and Neighbor " +
           "Discovery; take one whose ends share a network, such as 'simulation' or 'wire', or a device with " +
           "every_frame = True that answers them";
  }
  for (const auto& name : spec.applied) {
    const auto change = spec.apply.find(name);
    if (change != spec.apply.end() && !reaches(change->second, device)) {
      return "change '" + name + "' of " + bench + " cannot be made to a device of the caller's" +
             (change->second.model.empty() ? "" : " that has no configure()");
    }
  }
  return std::nullopt;
}

scenario::BenchSpec with_callers_device(scenario::BenchSpec spec, const CallersDevice& device) {
  scenario::DeviceSpec own;
  own.kind = "model";
  own.model = model_name;
  own.layer = spec.device.layer;
  if (device.forgets) own.forget = {model_name};
  spec.device = std::move(own);
  std::erase_if(spec.apply, [&](const auto& change) { return !reaches(change.second, device); });
  return spec;
}

}  // namespace twinwire::bench
