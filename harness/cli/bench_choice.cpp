// SPDX-License-Identifier: Apache-2.0
// `--bench` and `--apply`: the bench file as it stands, with the named changes added to those it makes itself.
#include <chrono>

#include "harness/cli/catalogue.hpp"
#include "harness/cli/verbs.hpp"
#include "harness/scenario/load.hpp"
#include "harness/scenario/mistake.hpp"

namespace twinwire::cli {

scenario::BenchSpec load_bench(const RunCommand& command) {
  scenario::BenchSpec bench = scenario::load_bench(find_bench(command.bench), bench_directory());
  scenario::Words known;
  for (const auto& [name, change] : bench.apply) known.push_back(name);
  for (const std::string& name : command.applied) {
    if (!bench.apply.contains(name)) {
      throw UsageError("--apply " + name + ": the bench '" + bench.name + "' knows no such change" +
                       scenario::did_you_mean(name, known) + "; it knows " +
                       (known.empty() ? "none" : scenario::alternatives(known)));
    }
    bench.applied.push_back(name);
  }
  return bench;
}

std::uint64_t seed_of(const RunCommand& command, const scenario::BenchSpec& bench) {
  if (command.seed) return *command.seed;
  if (bench.world != scenario::World::Nics) return 1;
  return static_cast<std::uint64_t>(std::chrono::system_clock::now().time_since_epoch().count());
}

}  // namespace twinwire::cli
