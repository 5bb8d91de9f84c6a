// SPDX-License-Identifier: Apache-2.0
// Sessions on a bench's timeline. OpenSSL dates and judges them by the machine's clock; where the bench's time is
// simulated, both ends are told what has passed there, less what has passed on the machine.
#pragma once

#include <memory>

#include "generator/time/timeline.hpp"
#include "generator/tls/peer.hpp"

namespace twinwire::run {

/// Two clocks read at once.
struct Moment {
  time::Instant bench;
  std::int64_t machine = 0;  ///< whole seconds
};
Moment moment(const time::Timeline& timeline);
/// By how many whole seconds a session of `then` is older on the bench at `now` than the machine's clock says; may be
/// negative.
time::Duration unnoticed(const Moment& then, const Moment& now);

/// A session in a client's hands.
struct HeldSession {
  tls::Session session;
  Moment issued;
};
/// As it is to be offered now.
tls::Session offered(const HeldSession& held, const time::Timeline& timeline);

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
  Moment told_;  ///< up to which the sessions have been aged
};

}  // namespace twinwire::run
