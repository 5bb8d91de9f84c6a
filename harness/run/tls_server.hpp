// SPDX-License-Identifier: Apache-2.0
// Sessions on a bench's timeline. OpenSSL dates and judges them by the machine's clock; where the bench's time is
// simulated, both ends are told what it is there.
#pragma once

#include <memory>

#include "generator/time/timeline.hpp"
#include "generator/tls/peer.hpp"

namespace twinwire::run {

/// A session in a client's hands.
struct HeldSession {
  tls::Session session;
  time::Instant issued;  ///< on the bench's timeline
};
/// As it is to be offered now.
tls::Session offered(const HeldSession& held, const time::Timeline& timeline);

/// The next instant at which the clock by which sessions are dated shows another second.
time::Instant next_second(const time::Timeline& timeline);

/// A TLS server that may outlive a walk: those who share one know each other's sessions.
class TlsServer {
 public:
  /// Throws tls::TlsError. The timeline must outlive it.
  TlsServer(const tls::ServerSettings& settings, const time::Timeline& timeline);
  std::unique_ptr<tls::Peer> accept();
  void forget_sessions() { server_.forget_sessions(); }
  void set_session_lifetime(time::Duration lifetime) { server_.set_session_lifetime(lifetime); }

 private:
  const time::Timeline& timeline_;
  tls::Server server_;
};

}  // namespace twinwire::run
