// SPDX-License-Identifier: Apache-2.0
// Questions to a scenario. Names of keys and flags live beside the tables that read them.
#include "harness/scenario/scenario.hpp"

#include <algorithm>

#include "harness/scenario/bench_spec.hpp"

namespace twinwire::scenario {

std::string_view name(Profile profile) {
  switch (profile) {
    case Profile::Transparent:
      return "transparent";
    case Profile::Strict:
      return "strict";
    case Profile::Nat:
      return "nat";
    case Profile::Proxy:
      return "proxy";
  }
  return "";
}

std::string_view name(World world) {
  switch (world) {
    case World::Simulation:
      return "simulation";
    case World::Namespaces:
      return "namespaces";
    case World::Nics:
      return "nics";
  }
  return "";
}

std::uint16_t EndConfig::announced_mss(wire::Family family) const {
  constexpr std::uint16_t ipv4_and_tcp = 40, ipv6_and_tcp = 60;
  const std::uint16_t headers = family == wire::Family::Ipv4 ? ipv4_and_tcp : ipv6_and_tcp;
  return mss.value_or(static_cast<std::uint16_t>(mtu - headers));
}

const Field* SegmentSpec::find(Key key) const {
  const auto found = std::find_if(fields.begin(), fields.end(), [&](const Field& field) { return field.key == key; });
  return found == fields.end() ? nullptr : &*found;
}

const std::vector<Outcome>& Scenario::expected(const std::string& label, Profile profile) const {
  static const std::vector<Outcome> nothing;
  if (const auto special = expect_profile.find(profile); special != expect_profile.end()) {
    if (const auto found = special->second.find(label); found != special->second.end()) return found->second;
  }
  const auto found = expect.find(label);
  return found == expect.end() ? nothing : found->second;
}

}  // namespace twinwire::scenario
