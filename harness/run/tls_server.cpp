// SPDX-License-Identifier: Apache-2.0
// Whole seconds are what OpenSSL counts. A timeline that runs with the machine's clock is left to it.
#include "harness/run/tls_server.hpp"

namespace twinwire::run {
namespace {

using std::chrono::seconds;

// In a simulation the timeline begins in the second of this number, so that the same run has the same tickets.
constexpr std::int64_t first_second = 1'000'000'000;

}  // namespace

tls::Session offered(const HeldSession& held, const time::Timeline& timeline) {
  if (!timeline.simulated()) return held.session;
  return tls::with_age(held.session,
                       std::chrono::floor<seconds>(timeline.now()) - std::chrono::floor<seconds>(held.issued));
}

time::Instant next_second(const time::Timeline& timeline) {
  const time::Instant now = timeline.now();
  const time::Duration into = timeline.simulated() ? now - std::chrono::floor<seconds>(now) : time::into_second();
  return now + (seconds(1) - into);
}

TlsServer::TlsServer(const tls::ServerSettings& settings, const time::Timeline& timeline)
    : timeline_(timeline), server_(settings) {}

std::unique_ptr<tls::Peer> TlsServer::accept() {
  if (timeline_.simulated())
    server_.tell_time(first_second + std::chrono::floor<seconds>(timeline_.now().time_since_epoch()).count());
  return server_.accept();
}

}  // namespace twinwire::run
