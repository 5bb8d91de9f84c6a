// SPDX-License-Identifier: Apache-2.0
// What becomes of a session between ends of OpenSSL, without OpenSSL: who offers it, who takes it, what it is
// afterwards. Tests hold this against real ends, for each kind, age and policy. Times count from the change.
#pragma once

#include <optional>

#include "harness/scenario/population.hpp"

namespace twinwire::cutover {

/// A session as the client keeps it and the server knows it.
struct Held {
  time::Duration issued{};    ///< of the newest ticket, where a resumption brings one
  time::Duration lifetime{};  ///< from then on; a ticket that a resumption brings inherits it
  time::Duration begun{};     ///< when the full handshake was that it goes back to
  /// The device was not watching when its keys were made.
  bool of_before() const { return begun < time::Duration{}; }
};

/// What the server gives to sessions of full handshakes at this time.
time::Duration lifetime_at(const scenario::LifetimePolicy& policy, time::Duration at);

/// When the server does what the policy says; nothing if it does nothing.
std::optional<time::Duration> lowered_at(const scenario::LifetimePolicy& policy);

/// What a full handshake leaves; nothing if the client keeps none.
std::optional<Held> issue(scenario::ClientKind kind, const scenario::LifetimePolicy& policy, time::Duration now);

enum class Answer : std::uint8_t {
  NotOffered,  ///< the client knows that it is too old: a full handshake
  Declined,    ///< offered, and the server does not take it: a full handshake
  Accepted
};

/// What the ends do with a session, with nothing between them.
Answer offer(scenario::ClientKind kind, const scenario::LifetimePolicy& policy, const Held& held, time::Duration now);

/// The session that the client has after it was resumed.
Held resume(scenario::ClientKind kind, const Held& held, time::Duration now);

}  // namespace twinwire::cutover
