// SPDX-License-Identifier: Apache-2.0
// OPEN (RFC 9293 section 3.10.1): from CLOSED only, active or passive; and taking up a connection that others opened.
#include <algorithm>

#include "generator/tcp/congestion.hpp"
#include "generator/tcp/retransmission.hpp"
#include "generator/tcp/transmit.hpp"
#include "generator/tcp/user_calls.hpp"

namespace twinwire::tcp {
void open_active(Tcb& tcb, Instant now, Output& output) {
  if (tcb.state != State::Closed) return;
  if (tcb.policy->window_scaling) tcb.rcv_wind_shift = window_shift(*tcb.policy);
  tcb.state = State::SynSent;
  tcb.snd_nxt = tcb.iss + 1;
  time_segment(tcb, tcb.snd_nxt, now);
  tcb.retransmit_at = now + retransmission_timeout(tcb);
  send_syn(tcb, now, output);
}

void open_passive(Tcb& tcb) {
  if (tcb.state != State::Closed) return;
  tcb.state = State::Listen;
  tcb.passive = true;
}

void adopt(Tcb& tcb, const Synchronised& variables) {
  tcb.state = State::Established;
  tcb.syn_acked = true;
  tcb.iss = variables.iss;
  tcb.irs = variables.irs;
  tcb.snd_una = variables.snd_nxt;  // what was sent before is not this end's to send again
  tcb.snd_nxt = variables.snd_nxt;
  tcb.snd_wnd = tcb.max_snd_wnd = variables.snd_wnd;
  tcb.snd_wl1 = variables.rcv_nxt - 1;  // so that the next segment may set the window
  tcb.snd_wl2 = variables.snd_una;
  tcb.rcv_nxt = variables.rcv_nxt;
  tcb.rcv_adv = variables.rcv_nxt + std::min<std::uint32_t>(tcb.policy->receive_buffer, UINT16_MAX);
  tcb.last_ack_sent = variables.rcv_nxt;
  if (variables.peer_mss) tcb.peer_mss = *variables.peer_mss;
  start_congestion_control(tcb);
}

}  // namespace twinwire::tcp
