// SPDX-License-Identifier: Apache-2.0
// The moments at which more than one variable of the TCB changes. An option is in force when both ends have sent it in
// their SYNs; the peer's MSS when it has sent one, else the default of the family (RFC 9293 section 3.7.1).
#include "generator/tcp/connection.hpp"

#include <algorithm>
#include <memory>

#include "generator/tcp/congestion.hpp"
#include "generator/tcp/retransmission.hpp"
#include "generator/tcp/transmit.hpp"

namespace twinwire::tcp {

void take_syn(Tcb& tcb, const wire::Tcp& segment, const Options& options, Instant now) {
  tcb.irs = segment.seq;
  const std::uint32_t announced = tcb.rcv_adv - tcb.rcv_nxt;  // in our SYN, if it went before
  tcb.rcv_nxt = segment.seq + 1;
  tcb.rcv_adv = tcb.rcv_nxt + announced;
  if (options.mss) tcb.peer_mss = *options.mss;
  const Policy& policy = *tcb.policy;
  tcb.sack = policy.sack && options.sack_permitted;
  tcb.timestamps = policy.timestamps && options.timestamps;
  if (tcb.timestamps) tcb.ts_recent = options.timestamps->ts_val;
  tcb.ts_recent_at = now;
  tcb.scaling = policy.window_scaling && options.shift;
  tcb.snd_wind_shift = tcb.scaling ? *options.shift : std::uint8_t{0};
  tcb.rcv_wind_shift = tcb.scaling ? window_shift(policy) : std::uint8_t{0};
  tcb.snd_wnd = segment.window;
  tcb.max_snd_wnd = std::max(tcb.max_snd_wnd, tcb.snd_wnd);
  tcb.snd_wl1 = segment.seq;
  tcb.snd_wl2 = segment.has(wire::tcp_flag::Ack) ? segment.ack : tcb.iss;
}

void establish(Tcb& tcb, Instant now) {
  tcb.state = tcb.closing ? State::FinWait1 : State::Established;
  tcb.syn_acked = true;
  start_congestion_control(tcb);
  distrust_after_lost_syn(tcb);
  tcb.retransmissions = 0;
  tcb.unanswered = 0;
  tcb.retransmit_at = never;
  keep_alive_from(tcb, now);
}

void enter_time_wait(Tcb& tcb, Instant now) {
  tcb.state = State::TimeWait;
  tcb.snd_queue.release(*tcb.memory);
  tcb.sacked.clear(*tcb.memory);
  tcb.retransmit_at = tcb.pause_at = never;
  tcb.idle_at = now + 2 * tcb.policy->msl;
}

void close_connection(Tcb& tcb, Ending ending) {
  tcb.state = State::Closed;
  tcb.ending = ending;
  tcb.retransmit_at = tcb.ack_at = tcb.idle_at = tcb.pause_at = never;
  tcb.ack_owed = false;
  tcb.snd_queue.release(*tcb.memory);
  tcb.sacked.clear(*tcb.memory);
  if (ending != Ending::None) tcb.release_buffers();
}

void listen_again(Tcb& tcb, std::uint32_t iss) {
  const Policy& policy = *tcb.policy;
  std::pmr::memory_resource& memory = *tcb.memory;
  std::destroy_at(&tcb);
  std::construct_at(&tcb, policy, iss, memory);
  tcb.state = State::Listen;
  tcb.passive = true;
}

void keep_alive_from(Tcb& tcb, Instant now) {
  if (!tcb.policy->keep_alive) return;
  const bool kept = tcb.state == State::Established || tcb.state == State::CloseWait || tcb.state == State::FinWait2;
  if (!kept) return;
  tcb.keep_alive_probes = 0;
  tcb.idle_at = now + *tcb.policy->keep_alive;
}

}  // namespace twinwire::tcp
