// SPDX-License-Identifier: Apache-2.0
// When each client of a population comes. All times of this module count from the change: what was before it is
// negative.
#pragma once

#include <cstdint>
#include <vector>

#include "harness/scenario/population.hpp"

namespace twinwire::cutover {

/// One connection of one client.
struct Visit {
  time::Duration at{};
  std::uint32_t client = 0;
  scenario::ClientKind kind{};
};

/// Of client `client`, counted from 0: the parts of `shares` one behind the other, as exact as whole clients allow.
scenario::ClientKind kind_of(const scenario::Population& population, std::uint32_t client);

/// All connections from `before` until `after`, sorted by time. A client's first one lies anywhere in its first
/// interval. The same population and seed give the same visits everywhere.
std::vector<Visit> visits(const scenario::Population& population, std::uint64_t seed);

}  // namespace twinwire::cutover
