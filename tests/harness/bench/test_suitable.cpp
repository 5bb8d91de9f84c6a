// SPDX-License-Identifier: Apache-2.0
// What a bench cannot be asked for, and in which words it says so.
#include "harness/bench/bench.hpp"
#include "tests/support/catch.hpp"

using namespace twinwire;

namespace {

scenario::BenchSpec between(scenario::World world) {
  scenario::BenchSpec spec;
  spec.name = "lab";
  spec.world = world;
  spec.client.address = {*wire::parse_prefix("198.18.0.1/24")};
  spec.server.address = {*wire::parse_prefix("198.18.0.2/24")};
  return spec;
}

std::string reason(const scenario::BenchSpec& spec, const scenario::Scenario& scenario) {
  return bench::unsuitable(spec, scenario).value_or("");
}

}  // namespace

TEST_CASE("a server that is a program has no model behind the device", "[bench]") {
  scenario::Scenario scenario;
  scenario.server.program.emplace();
  auto spec = between(scenario::World::Namespaces);
  CHECK(reason(spec, scenario).empty());
  spec.behind.emplace();
  CHECK_THAT(reason(spec, scenario), ContainsSubstring("does not pass the model behind the device"));
}

TEST_CASE("a device that stays changed can be walked by a population under one policy only", "[bench]") {
  scenario::Scenario scenario;
  scenario.population.emplace();
  scenario.population->walked = true;
  scenario.population->policies.resize(2);
  CHECK_THAT(reason(between(scenario::World::Nics), scenario), ContainsSubstring("give one policy"));
  CHECK(reason(between(scenario::World::Simulation), scenario).empty());
  scenario.population->policies.resize(1);
  CHECK(reason(between(scenario::World::Nics), scenario).empty());
  scenario.population->policies.resize(2);
  scenario.population->walked = false;
  CHECK(reason(between(scenario::World::Nics), scenario).empty());
}
