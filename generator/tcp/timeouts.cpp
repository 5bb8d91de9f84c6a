// SPDX-License-Identifier: Apache-2.0
// Timeouts (RFC 9293 section 3.10.8): each timer is an instant in the TCB, the earliest of them is the endpoint's
// deadline, and whichever are due are served in one call.
#include <algorithm>

#include "generator/tcp/connection.hpp"
#include "generator/tcp/retransmission.hpp"
#include "generator/tcp/sending.hpp"
#include "generator/tcp/transmit.hpp"
#include "generator/tcp/user_calls.hpp"

namespace twinwire::tcp {
namespace {

/// A pause with nothing behind it is nobody's business.
Instant end_of_pause(const Tcb& tcb) { return unsent_octets(tcb) > 0 ? tcb.pause_at : never; }

void keep_alive(Tcb& tcb, Instant now, Output& output) {
  const bool kept = tcb.state == State::Established || tcb.state == State::CloseWait || tcb.state == State::FinWait2;
  if (!kept || !tcb.policy->keep_alive) return;
  if (tcb.keep_alive_probes >= tcb.policy->retries) {
    close_connection(tcb, Ending::TimedOut);
    return;
  }
  // While text is under way its retransmissions are probe enough.
  if (tcb.snd_una == tcb.snd_nxt) {
    ++tcb.keep_alive_probes;
    send_keep_alive(tcb, now, output);
  }
  constexpr Duration between_probes = std::chrono::seconds(75);  // 4.4BSD, and Linux after it; the RFC names none
  tcb.idle_at = now + std::min<Duration>(*tcb.policy->keep_alive, between_probes);
}

void idle_timer_expired(Tcb& tcb, Instant now, Output& output) {
  tcb.idle_at = never;
  if (tcb.state == State::TimeWait) {
    close_connection(tcb, Ending::None);
  } else {
    keep_alive(tcb, now, output);
  }
}

}  // namespace

std::optional<Instant> next_timeout(const Tcb& tcb) {
  const Instant next = std::min({tcb.retransmit_at, tcb.ack_at, tcb.idle_at, end_of_pause(tcb)});
  return next == never ? std::nullopt : std::optional(next);
}

void timeouts(Tcb& tcb, Instant now, Output& output) {
  if (now >= tcb.idle_at) idle_timer_expired(tcb, now, output);
  if (now >= tcb.pause_at) {
    tcb.pause_at = never;
    send_what_may_go(tcb, now, output);
  }
  if (now >= tcb.ack_at) send_ack(tcb, now, output);
  if (now >= tcb.retransmit_at) retransmission_timer_expired(tcb, now, output);
}

}  // namespace twinwire::tcp
