// SPDX-License-Identifier: Apache-2.0
// Whole seconds are compared on both clocks, since that is how OpenSSL counts: on a timeline that runs with the
// machine's clock the difference is then at most one second, and is left alone there by taking the machine's word.
#include "harness/run/tls_server.hpp"

namespace twinwire::run {
namespace {

std::int64_t whole_seconds(time::Instant instant) {
  return std::chrono::floor<std::chrono::seconds>(instant.time_since_epoch()).count();
}

}  // namespace

Moment moment(const time::Timeline& timeline) { return {timeline.now(), time::machine_seconds()}; }

time::Duration unnoticed(const Moment& then, const Moment& now) {
  const std::int64_t bench = whole_seconds(now.bench) - whole_seconds(then.bench);
  return std::chrono::seconds(bench - (now.machine - then.machine));
}

tls::Session offered(const HeldSession& held, const time::Timeline& timeline) {
  if (!timeline.simulated()) return held.session;
  return tls::aged(held.session, unnoticed(held.issued, moment(timeline)));
}

TlsServer::TlsServer(const tls::ServerSettings& settings, const time::Timeline& timeline)
    : timeline_(timeline), server_(settings), told_(moment(timeline)) {}

std::unique_ptr<tls::Peer> TlsServer::accept() {
  if (timeline_.simulated()) {
    const Moment now = moment(timeline_);
    if (const auto by = unnoticed(told_, now); by != time::Duration::zero()) server_.age_sessions(by);
    told_ = now;
  }
  return server_.accept();
}

}  // namespace twinwire::run
