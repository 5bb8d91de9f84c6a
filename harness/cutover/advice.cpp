// SPDX-License-Identifier: Apache-2.0
// Sentences, each from numbers that stand in the finding. What is advised is the first of these that is over in time:
// to lower the lifetime, to lower it and to have the server forget its sessions. To forget them at the change itself is
// told beside it, as it needs the device to bear a declined offer.
#include <algorithm>
#include <cmath>

#include "harness/cutover/plan.hpp"
#include "harness/cutover/words.hpp"

namespace twinwire::cutover {
namespace {

using scenario::ClientKind;
using time::Duration;

std::string over(const std::optional<Duration>& last) {
  return last ? "the last " + words(*last) + " after the change" : "none at any time";
}

/// "3 clients break 9 connections, the last 29 min after the change"
std::string toll_words(const Toll& toll) {
  if (toll.connections == 0) return "no connection breaks";
  return counted(toll.connections, "connection") + " of " + counted(toll.clients, "client") +
         (toll.connections == 1 ? " breaks, " : " break, ") + over(toll.last);
}

/// A share of a thousand, as "12.5 %".
std::string percent(std::uint64_t part, std::uint64_t all) {
  if (all == 0) return "0 %";
  const std::uint64_t tenths = (part * 1'000 + all / 2) / all;
  return std::to_string(tenths / 10) + (tenths % 10 == 0 ? "" : "." + std::to_string(tenths % 10)) + " %";
}

std::string measured_on(const Finding& finding) {
  return finding.measurement.bench.empty() ? "" : " on the bench " + finding.measurement.bench;
}

std::uint32_t share_of(const Finding& finding, ClientKind kind) {
  return finding.population.shares.at(static_cast<std::size_t>(kind));
}

bool holds_tls13(const Finding& finding) {
  return share_of(finding, ClientKind::Psk) + share_of(finding, ClientKind::EarlyData) > 0;
}

void note_unmeasured(Finding& finding) {
  for (const ClientKind kind : scenario::all_client_kinds) {
    if (share_of(finding, kind) == 0 || kind == ClientKind::Fresh) continue;
    if (finding.measurement.total(kind, Situation::Old) > 0) continue;
    finding.notes.push_back("no " + std::string(words(kind)) +
                            " session from before the change was measured: its clients are counted as if the device "
                            "let them be");
  }
}

void note_origin(Finding& finding) {
  const scenario::Population& population = finding.population;
  finding.notes.push_back("computed for " + counted(population.clients, "client") + " with the seed " +
                          std::to_string(finding.seed) + " from " +
                          counted(finding.measurement.total(Situation::Old), "resumption") + " and " +
                          counted(finding.measurement.total(Situation::Full), "full handshake") +
                          " measured after the change" + measured_on(finding));
  if (population.scale > 1)
    finding.notes.push_back("all durations are those of the scenario divided by " + std::to_string(population.scale));
  if (finding.difference) {
    const auto tenths = static_cast<std::uint64_t>(std::lround(finding.difference->points() * 10));
    finding.notes.push_back("walked and computed differ by " + std::to_string(tenths / 10) + "." +
                            std::to_string(tenths % 10) + " percentage points at most, in minute " +
                            std::to_string(finding.difference->minute + 1) + " of \"" + finding.difference->policy +
                            "\"");
  }
}

class Adviser {
 public:
  explicit Adviser(Finding& finding) : finding_(finding), plan_(*finding.plan) {}

  void advise() {
    if (plan_.without.connections == 0) {
      say("none of these clients holds such a session when it comes: no lowering of the session lifetime is needed for "
          "this population");
      return;
    }
    say("without a change at the server " + toll_words(plan_.without) + " (" +
        percent(plan_.without.clients, finding_.population.clients) + " of the clients), with a session lifetime of " +
        words(plan_.without.policy.lifetime));
    if (*plan_.lowered.policy.lowered_to >= plan_.without.policy.lifetime)
      say("sessions live " + words(plan_.without.policy.lifetime) + " already, which is not more than is advised");
    else if (plan_.lowering_is_enough)
      advise_lowering();
    else if (plan_.forgetting_is_enough)
      advise_forgetting();
    else
      say("neither a lowered session lifetime nor a server that forgets its sessions ends it within " +
          words(plan_.deadline) + ": " + toll_words(plan_.forgotten) + " even then");
    advise_at_the_change();
  }

 private:
  void say(std::string text) { finding_.advice.push_back(std::move(text)); }

  void advise_lowering() {
    const scenario::LifetimePolicy& policy = plan_.lowered.policy;
    say("lower the session lifetime to " + words(*policy.lowered_to) + " at least " + words(policy.lifetime) +
        " before the change: sessions that were issued until then live on for that long");
    if (policy.lowered_before < policy.lifetime)
      say("the population comes only from " + words(finding_.population.before) +
          " before the change on, so that sessions older than that are missing here; a 'before' of " +
          words(policy.lifetime + std::chrono::seconds(1)) + " would show them");
    keep(plan_.lowered);
  }

  void advise_forgetting() {
    const scenario::LifetimePolicy& policy = plan_.forgotten.policy;
    if (holds_tls13(finding_))
      say("to lower the session lifetime is not enough: a TLS 1.3 ticket that a resumption brings inherits the old "
          "lifetime, so that " +
          toll_words(plan_.lowered) + " although it is lowered " + words(plan_.lowered.policy.lowered_before) +
          " before the change");
    say("lower the session lifetime to " + words(*policy.lowered_to) +
        " and have the server forget its sessions (new "
        "ticket keys, an empty session memory) at least " +
        words(plan_.deadline) + " before the change");
    keep(plan_.forgotten);
  }

  void keep(const Toll& toll) {
    say("keep it until " + words(plan_.deadline) +
        " after the change: by then all sessions from before it are too old");
    say("with it " + toll_words(toll));
    if (plan_.longest)
      say("the longest lifetime with which all is over within " + words(plan_.deadline) + " is " +
          words(*plan_.longest));
  }

  void advise_at_the_change() {
    if (plan_.at_the_change.connections >= plan_.without.connections) return;
    const bool measured = finding_.measurement.total(Situation::Declined) > 0;
    say("if the server forgets its sessions at the moment of the change itself, " + toll_words(plan_.at_the_change) +
        (measured ? "" : ", provided that the device bears an offer that the server declines, which was not measured"));
  }

  Finding& finding_;
  const Plan& plan_;
};

}  // namespace

void note(Finding& finding) {
  const Measurement& measurement = finding.measurement;
  if (measurement.total(Situation::Primed) > 0 && finding.kind == Kind::NothingHeld)
    finding.notes.push_back(counted(measurement.total(Situation::Primed), "client") +
                            " came before the change, and none of them offered a session after it");
  if (measurement.total(Situation::Primed) == 0) finding.notes.emplace_back("no session was primed before the change");
  if (const auto broken = measurement.broken(Situation::Primed) + measurement.broken(Situation::Control); broken > 0)
    finding.notes.push_back(counted(broken, "handshake") + " broke before the change already, which is not its doing");
  if (measurement.broken(Situation::Declined) > 0)
    finding.notes.push_back(std::to_string(measurement.broken(Situation::Declined)) + " of " +
                            std::to_string(measurement.total(Situation::Declined)) +
                            " offers that the server declines break as well: a client that goes on offering what is "
                            "too old, as TLS 1.2 does, does not recover as long as it keeps its session");
  if (finding.kind == Kind::NothingHeld) return;
  note_unmeasured(finding);
  note_origin(finding);
}

void advise(Finding& finding) {
  switch (finding.kind) {
    case Kind::NothingHeld:
      finding.advice = {
          "prime sessions before the change to see what it does to them: clients of other kinds than "
          "fresh, that come before it"};
      return;
    case Kind::NothingBreaks:
      finding.advice = {"no lowering of the session lifetime is needed"};
      return;
    case Kind::FullHandshakes:
      finding.advice = {
          "no session lifetime helps: full handshakes break as well, which needs another cure at the "
          "device"};
      return;
    case Kind::AfterChange:
      finding.advice = {
          "no session lifetime helps: sessions from after the change break as well when they are resumed"};
      return;
    case Kind::OldSessions:
      break;
  }
  if (finding.plan) Adviser(finding).advise();
}

}  // namespace twinwire::cutover
