// SPDX-License-Identifier: Apache-2.0
// Small populations, written in one line.
#pragma once

#include <chrono>
#include <vector>

#include "harness/cutover/curve.hpp"
#include "harness/cutover/measurement.hpp"
#include "harness/cutover/visits.hpp"

namespace twinwire::cutover::test {

using scenario::ClientKind;
using scenario::LifetimePolicy;
using scenario::Population;
using time::Duration;

/// Clients of one kind, each coming back after `mean`, watched for an hour and counted by minutes.
inline Population population_of(std::uint32_t clients, ClientKind kind) {
  Population population;
  population.clients = clients;
  population.shares[static_cast<std::size_t>(kind)] = 1;
  population.returns.distribution = scenario::Returns::Distribution::Fixed;
  population.change = "inspection";
  population.before = std::chrono::hours(2);
  population.after = std::chrono::hours(1);
  return population;
}

inline LifetimePolicy kept(Duration lifetime) {
  LifetimePolicy policy;
  policy.name = "as it is";
  policy.lifetime = lifetime;
  return policy;
}

inline LifetimePolicy lowered(Duration lifetime, Duration to, Duration before) {
  LifetimePolicy policy = kept(lifetime);
  policy.name = "lowered";
  policy.lowered_to = to;
  policy.lowered_before = before;
  return policy;
}

inline LifetimePolicy forgetting(LifetimePolicy policy) {
  policy.name += ", forgotten";
  policy.forgets = true;
  return policy;
}

inline constexpr Ending reset_by_device{Outcome::Reset, std::nullopt, Author::Device};
inline constexpr Ending resumed{Outcome::Resumed, std::nullopt, Author::Unknown};
inline constexpr Ending full{Outcome::Full, std::nullopt, Author::Unknown};

/// A device that follows full handshakes and kills resumptions of what it never saw; `sessions` of each kind.
inline Measurement inspecting(std::uint32_t sessions = 100, const Ending& old = reset_by_device) {
  Measurement measurement;
  measurement.bench = "inspecting";
  for (const ClientKind kind : scenario::all_client_kinds) {
    measurement.add(kind, Situation::Primed, full, sessions);
    measurement.add(kind, Situation::Full, full, sessions);
    if (kind == ClientKind::Fresh) continue;
    measurement.add(kind, Situation::Control, resumed, sessions);
    measurement.add(kind, Situation::Old, old, sessions);
    measurement.add(kind, Situation::Declined, full, sessions);
    measurement.add(kind, Situation::New, resumed, sessions);
  }
  return measurement;
}

}  // namespace twinwire::cutover::test
