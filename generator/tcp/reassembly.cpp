// SPDX-License-Identifier: Apache-2.0
// Text is put down where it belongs in the receive queue, however much is missing before it, and ranges of sequence
// numbers say what is there. When the gap before the first range closes, RCV.NXT jumps over it. A FIN counts only when
// all text before it is there. Text behind a gap, or that fills one, is acknowledged at once (RFC 5681 section 4.2).
#include "generator/tcp/reassembly.hpp"

#include <algorithm>

#include "generator/wire/sequence.hpp"

namespace twinwire::tcp {
namespace {

using wire::seq_less;

/// Sequence number of the first octet in the receive queue.
std::uint32_t queue_begin(const Tcb& tcb) { return tcb.rcv_nxt - tcb.rcv_queue.size(); }

void advance(Tcb& tcb, std::uint32_t seq) {
  const auto ranges = tcb.out_of_order.all();
  if (!ranges.empty() && !seq_less(seq, ranges.front().begin)) {
    if (seq_less(seq, ranges.front().end)) seq = ranges.front().end;
    tcb.out_of_order.remove_below(seq, *tcb.memory);
  }
  tcb.rcv_queue.extend(seq - queue_begin(tcb));
  tcb.rcv_nxt = seq;
}

void owe_ack(Tcb& tcb, Instant now) {
  constexpr Duration longest_delay = std::chrono::milliseconds(500);  // RFC 9293 section 3.8.6.3
  const Duration delay = std::min(tcb.policy->ack_delay, longest_delay);
  if (delay == Duration::zero() || tcb.unacknowledged >= 2) {
    tcb.ack_owed = true;
  } else if (tcb.ack_at == never) {
    tcb.ack_at = now + delay;
  }
}

}  // namespace

void take_text(Tcb& tcb, const wire::Tcp& segment, Instant now) {
  if (segment.seg_len() == 0 || tcb.fin_taken) return;
  const std::uint32_t begin = segment.seq + (segment.has(wire::tcp_flag::Syn) ? 1U : 0U);
  const std::uint32_t end = begin + static_cast<std::uint32_t>(segment.payload.size());
  // What begins before RCV.NXT, and what ends behind the window, is cut off.
  const std::uint32_t from = seq_less(begin, tcb.rcv_nxt) ? tcb.rcv_nxt : begin;
  const std::uint32_t to = seq_less(tcb.rcv_adv, end) ? tcb.rcv_adv : end;
  if (segment.has(wire::tcp_flag::Fin) && to == end && !seq_less(end, tcb.rcv_nxt)) {
    tcb.fin_known = true;
    tcb.rcv_fin = end;
  }
  if (!seq_less(from, to)) {
    if (!segment.payload.empty()) tcb.ack_owed = true;
    return;
  }
  tcb.rcv_queue.place(from - queue_begin(tcb), segment.payload.subspan(from - begin, to - from), *tcb.memory);
  const bool gap = !tcb.out_of_order.empty() || from != tcb.rcv_nxt;
  if (from == tcb.rcv_nxt) {
    advance(tcb, to);
  } else {
    tcb.out_of_order.add({from, to}, *tcb.memory);
    tcb.rcv_latest = from;
  }
  if (segment.payload.size() >= tcb.policy->mss / 2 && tcb.unacknowledged < UINT8_MAX) ++tcb.unacknowledged;
  if (gap) tcb.ack_owed = true;
  owe_ack(tcb, now);
}

bool fin_is_next(const Tcb& tcb) { return tcb.fin_known && !tcb.fin_taken && tcb.rcv_fin == tcb.rcv_nxt; }

}  // namespace twinwire::tcp
