// SPDX-License-Identifier: Apache-2.0
// The verbs that touch no packet: they read files and say something.
#pragma once

#include <string>

#include "harness/cli/command.hpp"
#include "harness/cli/console.hpp"
#include "harness/cli/plan.hpp"
#include "harness/scenario/bench_spec.hpp"

namespace twinwire::cli {

/// `list`: a line per cell with its tags.
std::string list_text(const Plan& plan);

/// `check`: one message per file that has a mistake; the exit code.
int check(const CheckCommand& command, Console& console);

/// `explain`: what the scenario is about, what each line of its ladder means, what is expected.
std::string explain_text(const Plan& plan);

/// `doctor`: what this machine can do; brings every built-in bench up to find out.
std::string doctor_text();

/// The bench that is named, with the changes of --apply; throws UsageError and scenario::LoadError.
scenario::BenchSpec load_bench(const RunCommand& command);

/// --seed, or what stands for it: between real interfaces something new each time, since a device there remembers old
/// ports.
std::uint64_t seed_of(const RunCommand& command, const scenario::BenchSpec& bench);

}  // namespace twinwire::cli
