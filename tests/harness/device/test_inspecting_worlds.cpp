// SPDX-License-Identifier: Apache-2.0
// The inspecting firewall on the wires of its built-in bench, in virtual time.
#include "tests/harness/device/inspecting_bench.hpp"

using namespace twinwire;
using namespace twinwire::test;

TEST_CASE("the changes of the built-in bench switch inspection", "[inspecting][worlds]") {
  Ends ends(builtin_bench("inspecting-simulation"));
  check_changes(ends);
}

TEST_CASE("the live bench is the simulated one in another world", "[inspecting][worlds]") {
  const auto live = builtin_bench("inspecting");
  const auto simulated = builtin_bench("inspecting-simulation");
  CHECK(live.world == scenario::World::Namespaces);
  CHECK(simulated.world == scenario::World::Simulation);
  CHECK(live.device.model == "inspecting");
  CHECK(live.device.model == simulated.device.model);
  CHECK(live.apply.size() == 3);
  CHECK(simulated.apply.size() == 3);
}
