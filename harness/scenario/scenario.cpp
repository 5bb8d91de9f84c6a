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
