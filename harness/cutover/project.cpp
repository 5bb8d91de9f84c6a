// SPDX-License-Identifier: Apache-2.0
// The visits are walked in the order of time, each client with the session that it holds then. Before the change all
// goes well, as nothing stands between the ends. After it, what the ends would do decides which measured situation a
// connection is in, and what was measured there is drawn from: always the same for the same seed, client and time,
// whatever the policy, so that policies differ by what they do and not by luck. A session that was resumed over the
// device goes on counting as one of before, however often its ticket is renewed: the device has not seen its keys.
#include <optional>

#include "harness/cutover/curve.hpp"
#include "harness/cutover/draws.hpp"
#include "harness/cutover/sessions.hpp"

namespace twinwire::cutover {
namespace {

using time::Duration;

class Projection {
 public:
  Projection(const scenario::Population& population, const scenario::LifetimePolicy& policy,
             const Measurement& measurement, std::uint64_t seed)
      : population_(population),
        policy_(policy),
        measurement_(measurement),
        seed_(seed),
        held_(population.clients),
        tally_(population, policy) {}

  void visit(const Visit& visit) {
    if (visit.at < Duration{}) return come_before(visit);
    if (!changed_) change();
    come_after(visit);
  }

  Curve curve() {
    if (!changed_) change();
    Curve curve = tally_.curve();
    curve.holders = holders_;
    curve.last_of_before = last_of_before_;
    return curve;
  }

 private:
  Answer answer(const Visit& visit) const {
    const auto& held = held_[visit.client];
    return held ? offer(visit.kind, policy_, *held, visit.at) : Answer::NotOffered;
  }

  void take_session(const Visit& visit) { held_[visit.client] = issue(visit.kind, policy_, visit.at); }

  void come_before(const Visit& visit) {
    if (answer(visit) != Answer::Accepted) return take_session(visit);
    held_[visit.client] = resume(visit.kind, *held_[visit.client], visit.at);
  }

  void change() {
    changed_ = true;
    for (std::uint32_t client = 0; client < held_.size(); ++client) {
      if (held_[client] && answer({Duration{}, client, kind_of(population_, client)}) == Answer::Accepted) ++holders_;
    }
  }

  void come_after(const Visit& visit) {
    const Answer answered = answer(visit);
    const Outcome outcome = this->outcome(visit, answered);
    if (answered == Answer::Accepted && held_[visit.client]->of_before()) last_of_before_ = visit.at;
    tally_.add(visit, answered == Answer::NotOffered ? Offer::None : Offer::Session, outcome);
    if (outcome == Outcome::Resumed)
      held_[visit.client] = resume(visit.kind, *held_[visit.client], visit.at);
    else if (outcome == Outcome::Full)
      take_session(visit);
    else if (!population_.keeps_broken)
      held_[visit.client].reset();
  }

  Outcome outcome(const Visit& visit, Answer answered) const {
    if (answered == Answer::Accepted) {
      const bool of_before = held_[visit.client]->of_before();
      return draw(visit, of_before ? Situation::Old : Situation::New).value_or(Outcome::Resumed);
    }
    // A session that the ends do not resume cannot come out resumed, whatever was measured elsewhere.
    const auto full = draw(visit, Situation::Full);
    const auto drawn = answered == Answer::Declined ? draw(visit, Situation::Declined) : full;
    const Outcome outcome = drawn ? *drawn : full.value_or(Outcome::Full);
    return outcome == Outcome::Resumed ? Outcome::Full : outcome;
  }

  std::optional<Outcome> draw(const Visit& visit, Situation situation) const {
    const Counts& counts = measurement_.counts(visit.kind, situation);
    if (counts.empty()) return std::nullopt;
    if (counts.size() == 1) return counts.begin()->first.outcome;
    Draws draws(seed_ + visit.client, static_cast<std::uint64_t>(visit.at.count()));
    std::uint64_t left = draws.below(measurement_.total(visit.kind, situation));
    for (const auto& [ending, count] : counts) {
      if (left < count) return ending.outcome;
      left -= count;
    }
    return std::nullopt;
  }

  const scenario::Population& population_;
  const scenario::LifetimePolicy& policy_;
  const Measurement& measurement_;
  std::uint64_t seed_;
  std::vector<std::optional<Held>> held_;
  bool changed_ = false;
  std::uint32_t holders_ = 0;
  std::optional<Duration> last_of_before_;
  Tally tally_;
};

}  // namespace

Curve project(const scenario::Population& population, const scenario::LifetimePolicy& policy,
              const std::vector<Visit>& visits, const Measurement& measurement, std::uint64_t seed) {
  Projection projection(population, policy, measurement, seed);
  for (const Visit& visit : visits) projection.visit(visit);
  return projection.curve();
}

}  // namespace twinwire::cutover
