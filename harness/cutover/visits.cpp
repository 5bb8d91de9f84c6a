// SPDX-License-Identifier: Apache-2.0
// Each client draws from a generator of its own, seeded by the run's seed and its number, so that its visits do not
// change when others are added. Numbers come from splitmix64 and are turned into intervals here: the distributions of
// the standard library differ from one library to the next. The logarithm of an exponential interval is the only step
// in floating point, and is rounded to microseconds.
#include "harness/cutover/visits.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>

#include "harness/cutover/draws.hpp"

namespace twinwire::cutover {
namespace {

using scenario::Population;
using scenario::Returns;
using time::Duration;

Duration exponential(Duration mean, Draws& draws) {
  // Never 0, of which there is no logarithm.
  const double share = (static_cast<double>(draws.next() >> 11U) + 1) / static_cast<double>(1ULL << 53U);
  const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(mean).count();
  return std::chrono::microseconds(std::llround(-std::log(share) * static_cast<double>(microseconds)));
}

Duration interval(const Returns& returns, Draws& draws) {
  // Of a client that never waits there would be no end.
  constexpr Duration shortest = std::chrono::milliseconds(1);
  switch (returns.distribution) {
    case Returns::Distribution::Exponential:
      return std::max(shortest, exponential(returns.mean, draws));
    case Returns::Distribution::Uniform:
      return std::max(shortest, returns.least + draws.below(returns.most - returns.least + Duration(1)));
    case Returns::Distribution::Fixed:
      break;
  }
  return std::max(shortest, returns.mean);
}

}  // namespace

scenario::ClientKind kind_of(const Population& population, std::uint32_t client) {
  const auto& shares = population.shares;
  const std::uint64_t all = std::accumulate(shares.begin(), shares.end(), std::uint64_t{0});
  std::uint64_t below = 0;
  for (std::size_t kind = 0; kind < shares.size(); ++kind) {
    below += shares[kind];
    if (client * all < below * population.clients) return static_cast<scenario::ClientKind>(kind);
  }
  return scenario::ClientKind::Fresh;
}

std::vector<Visit> visits(const Population& population, std::uint64_t seed) {
  std::vector<Visit> all;
  for (std::uint32_t client = 0; client < population.clients; ++client) {
    Draws draws(seed, client);
    const scenario::ClientKind kind = kind_of(population, client);
    Duration at = -population.before + draws.below(interval(population.returns, draws));
    for (; at < population.after; at += interval(population.returns, draws)) all.push_back({at, client, kind});
  }
  const auto key = [](const Visit& visit) { return std::tuple(visit.at, visit.client); };
  std::ranges::sort(all, {}, key);
  return all;
}

}  // namespace twinwire::cutover
