// SPDX-License-Identifier: Apache-2.0
// Ways to prepare a cut-over are tried on the population like any policy of the scenario, with the same visits.
// Sessions that were issued before a lowering live on for the old lifetime, so it is lowered that long before the
// change. If that is not enough, as TLS 1.3 hands the old lifetime on from ticket to ticket, the server forgets its
// sessions as well when it is lowered, and then nothing older than the lowering is left at once.
//
// The longest lifetime that still keeps the deadline is found by bisection: a longer one lets sessions break longer.
#include "harness/cutover/plan.hpp"

#include <algorithm>

namespace twinwire::cutover {
namespace {

using scenario::LifetimePolicy;
using time::Duration;
using Seconds = std::chrono::seconds;

/// How OpenSSL counts: a session of 60 s is taken until 61 s have not quite gone by.
constexpr Seconds last_second{1};
/// The value of the vendors' advice.
constexpr Seconds advised{60};

class Planner {
 public:
  Planner(const Finding& finding, const std::vector<Visit>& visits)
      : finding_(finding), population_(finding.population), visits_(visits) {}

  Plan make() const {
    Plan plan;
    const LifetimePolicy old = as_it_is();
    const Duration to = std::min(advised_lifetime(population_), old.lifetime);
    plan.deadline = to + last_second;
    plan.without = toll(old);
    plan.lowered = toll(lowered(old, to));
    plan.forgotten = toll(forgotten(old, to));
    plan.at_the_change = toll(forgetting_at_the_change(old));
    plan.lowering_is_enough = keeps(plan.lowered, plan.deadline);
    plan.forgetting_is_enough = keeps(plan.forgotten, plan.deadline);
    plan.longest = longest(old, to, plan);
    return plan;
  }

 private:
  /// What the scenario calls so: its first policy that does nothing, else its first without what it does.
  LifetimePolicy as_it_is() const {
    const auto& policies = population_.policies;
    const auto idle = std::ranges::find_if(
        policies, [](const LifetimePolicy& policy) { return !policy.lowered_to && !policy.forgets; });
    if (idle != policies.end()) return *idle;
    LifetimePolicy policy;
    policy.name = "as it is";
    policy.lifetime = policies.front().lifetime;
    return policy;
  }

  LifetimePolicy lowered(LifetimePolicy policy, Duration to) const {
    policy.name = "lowered";
    policy.lowered_to = to;
    policy.lowered_before = std::min(policy.lifetime + last_second, population_.before);
    return policy;
  }

  LifetimePolicy forgotten(LifetimePolicy policy, Duration to) const {
    policy = lowered(std::move(policy), to);
    policy.name = "lowered and forgotten";
    policy.lowered_before = std::min<Duration>(to + last_second, population_.before);
    policy.forgets = true;
    return policy;
  }

  static LifetimePolicy forgetting_at_the_change(LifetimePolicy policy) {
    policy.name = "forgotten at the change";
    policy.forgets = true;
    return policy;
  }

  Toll toll(const LifetimePolicy& policy) const {
    const Curve curve = project(population_, policy, visits_, finding_.measurement, finding_.seed);
    return {policy, curve.broken_clients, curve.broken, curve.last_breakage};
  }

  static bool keeps(const Toll& toll, Duration deadline) { return !toll.last || *toll.last <= deadline; }

  std::optional<Duration> longest(const LifetimePolicy& old, Duration to, const Plan& plan) const {
    if (!plan.lowering_is_enough && !plan.forgetting_is_enough) return std::nullopt;
    const auto good = [&](Seconds lifetime) {
      return keeps(toll(plan.lowering_is_enough ? lowered(old, lifetime) : forgotten(old, lifetime)), plan.deadline);
    };
    Seconds low = std::chrono::floor<Seconds>(to), high = std::chrono::floor<Seconds>(old.lifetime) + Seconds(1);
    while (high - low > Seconds(1)) {
      const Seconds middle = low + (high - low) / 2;
      (good(middle) ? low : high) = middle;
    }
    return low;
  }

  const Finding& finding_;
  const scenario::Population& population_;
  const std::vector<Visit>& visits_;
};

}  // namespace

Duration advised_lifetime(const scenario::Population& population) {
  return std::max(Seconds(1), advised / static_cast<std::int64_t>(population.scale));
}

std::optional<Plan> plan(const Finding& finding, const std::vector<Visit>& visits) {
  if (finding.kind != Kind::OldSessions) return std::nullopt;
  return Planner(finding, visits).make();
}

}  // namespace twinwire::cutover
