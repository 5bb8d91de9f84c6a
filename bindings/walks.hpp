// SPDX-License-Identifier: Apache-2.0
// Many cells on one bench, from first step to verdict: run, match and judge as the command line does, kept in memory.
#pragma once

#include <vector>

#include "bindings/record.hpp"
#include "harness/cli/command.hpp"
#include "harness/run/run.hpp"

namespace twinwire::bindings {

/// Walks `cells` on the bench of `spec`, on which `floor` stands, and over the plain wire before that. A record for
/// each, in the order given; none for those that an interruption left over. Throws BenchLost. The interpreter is not
/// touched unless `options` does.
std::vector<RecordPointer> walk(const std::vector<Cell>& cells, run::Floor& floor, const scenario::BenchSpec& spec,
                                std::uint64_t seed, const run::Options& options, cli::Baseline baseline);

}  // namespace twinwire::bindings
