// SPDX-License-Identifier: Apache-2.0
// Which addresses the kernel at an end gets when a program runs there.
#pragma once

#include <optional>

#include "harness/bench/lab/protocol.hpp"
#include "harness/scenario/bench_spec.hpp"

namespace twinwire::bench {

/// The kernel's address at that end: one of the end's own network that nobody has, a hundred above ours where that is
/// free (198.18.1.102 beside 198.18.1.2, ::102 beside ::2). Nothing if the end has no address of that family, or its
/// network no free one.
std::optional<wire::Prefix> program_prefix(const scenario::BenchSpec& spec, scenario::Party end, wire::Family family);

/// All that the kernel at that end needs: addresses of each family that there is, and a route to the other end's
/// network by the device where that is another network.
KernelEnd kernel_end(const scenario::BenchSpec& spec, scenario::Party end);

/// The address of the device in one network of an end: the gateway if the bench names one there, else the network's
/// first.
wire::Prefix gateway_of(const wire::Prefix& network, const scenario::EndSpec& end);

}  // namespace twinwire::bench
