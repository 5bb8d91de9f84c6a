// SPDX-License-Identifier: Apache-2.0
// The inspecting firewall live, between two veths.
#include "tests/harness/device/inspecting_bench.hpp"

using namespace twinwire;
using namespace twinwire::test;

TEST_CASE("the changes of the live bench switch inspection", "[lab][inspecting][worlds]") {
  Ends ends(builtin_bench("inspecting"));
  check_changes(ends);
}
