// SPDX-License-Identifier: Apache-2.0
// OpenSSL counts in whole seconds of the clock, at both ends. The server takes a session as long as no more seconds
// than its lifetime have passed, and the lifetime is written into the session when it is issued, in a ticket as well as
// in the server's memory: what is lowered later does not reach it. A resumption in TLS 1.2 brings nothing new, neither
// by ID nor by ticket. One in TLS 1.3 brings a ticket whose time begins anew, but whose lifetime is that of the session
// it came of; so a client that comes back often enough keeps the old lifetime for ever, unless the server changes its
// ticket keys.
//
// The client in TLS 1.3 leaves out what is too old, by the lifetime that came with the ticket; as it takes one second
// off the age, it does so a second later than the server. In TLS 1.2 it offers whatever it has.
#include "harness/cutover/sessions.hpp"

namespace twinwire::cutover {
namespace {

using scenario::ClientKind;
using scenario::LifetimePolicy;
using time::Duration;
using Seconds = std::chrono::seconds;

bool is_tls13(ClientKind kind) { return kind == ClientKind::Psk || kind == ClientKind::EarlyData; }

Seconds whole_seconds_between(Duration from, Duration to) {
  return std::chrono::floor<Seconds>(to) - std::chrono::floor<Seconds>(from);
}

}  // namespace

std::optional<Duration> lowered_at(const LifetimePolicy& policy) {
  if (!policy.lowered_to && !policy.forgets) return std::nullopt;
  return -policy.lowered_before;
}

Duration lifetime_at(const LifetimePolicy& policy, Duration at) {
  return policy.lowered_to && at >= *lowered_at(policy) ? *policy.lowered_to : policy.lifetime;
}

std::optional<Held> issue(ClientKind kind, const LifetimePolicy& policy, Duration now) {
  if (kind == ClientKind::Fresh) return std::nullopt;
  return Held{now, lifetime_at(policy, now), now};
}

Answer offer(ClientKind kind, const LifetimePolicy& policy, const Held& held, Duration now) {
  const Seconds age = whole_seconds_between(held.issued, now);
  if (is_tls13(kind) && age > held.lifetime + Seconds(1)) return Answer::NotOffered;
  const bool forgotten = policy.forgets && held.issued < *lowered_at(policy) && now >= *lowered_at(policy);
  return forgotten || age > held.lifetime ? Answer::Declined : Answer::Accepted;
}

Held resume(ClientKind kind, const Held& held, Duration now) {
  return is_tls13(kind) ? Held{now, held.lifetime, held.begun} : held;
}

}  // namespace twinwire::cutover
