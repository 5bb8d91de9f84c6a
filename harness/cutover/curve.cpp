// SPDX-License-Identifier: Apache-2.0
// Every connection after the change goes into the minute in which it falls. A client that broke is remembered by its
// number, so that it counts once.
#include "harness/cutover/curve.hpp"

#include <algorithm>

namespace twinwire::cutover {

double Minute::broken_percent() const {
  return connections == 0 ? 0.0 : 100.0 * static_cast<double>(broken()) / static_cast<double>(connections);
}

Tally::Tally(const scenario::Population& population, const scenario::LifetimePolicy& policy)
    : minute_(population.minute), after_(population.after), broken_(population.clients) {
  curve_.policy = policy.name;
  curve_.minutes.resize(static_cast<std::size_t>((after_ + minute_ - time::Duration(1)) / minute_));
}

void Tally::add(const Visit& visit, Offer offer, Outcome outcome) {
  if (visit.at < time::Duration{} || visit.at >= after_) return;
  Minute& minute = curve_.minutes[static_cast<std::size_t>(visit.at / minute_)];
  ++minute.connections;
  ++minute.by_outcome[static_cast<std::size_t>(outcome)];
  ++curve_.connections;
  if (offer == Offer::Session) {
    ++minute.offers;
    ++curve_.offers;
  }
  if (!is_broken(outcome)) return;
  ++curve_.broken;
  curve_.last_breakage = std::max(curve_.last_breakage.value_or(visit.at), visit.at);
  if (broken_.size() <= visit.client) broken_.resize(visit.client + std::size_t{1});
  if (broken_[visit.client] == 0) ++curve_.broken_clients;
  broken_[visit.client] = 1;
}

Curve Tally::curve() const { return curve_; }

std::optional<Difference> largest_difference(const Curve& computed, const Curve& walked) {
  std::optional<Difference> largest;
  for (std::size_t at = 0; at < std::min(computed.minutes.size(), walked.minutes.size()); ++at) {
    const Minute &one = computed.minutes[at], &other = walked.minutes[at];
    if (one.connections == 0 || other.connections == 0) continue;
    const Difference here{computed.policy, at, one.broken_percent(), other.broken_percent()};
    if (!largest || here.points() > largest->points()) largest = here;
  }
  return largest;
}

}  // namespace twinwire::cutover
