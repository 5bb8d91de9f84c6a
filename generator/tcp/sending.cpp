// SPDX-License-Identifier: Apache-2.0
// First the holes: after a timeout everything from SND.UNA on that the peer has not got, in fast recovery with SACK
// what the scoreboard says is lost. Then new text, piece by piece: a segment waits if the congestion window has no room
// for it, if the pause before its piece is not over, or if the peer's window has no room and a smaller segment would
// make the window silly (RFC 9293 section 3.8.6.2.1). Text does not wait for more of it (Nagle's algorithm,
// section 3.7.4, is off): what send() was given leaves as it was given.
#include "generator/tcp/sending.hpp"

#include <algorithm>

#include "generator/tcp/congestion.hpp"
#include "generator/tcp/retransmission.hpp"
#include "generator/tcp/segmentation.hpp"
#include "generator/tcp/transmit.hpp"
#include "generator/wire/sequence.hpp"

namespace twinwire::tcp {
namespace {

using wire::seq_less;

struct Next {
  std::uint32_t length = 0;
  WithFin fin = WithFin::No;
  std::uint32_t seg_len() const { return length + (fin == WithFin::Yes ? 1 : 0); }
};

bool may_send_text(State state) {
  switch (state) {
    case State::Established:
    case State::CloseWait:
    case State::FinWait1:
    case State::Closing:
    case State::LastAck:
      return true;
    default:
      return false;
  }
}

/// What would go next if nothing held it back.
Next next_segment(const Tcb& tcb) {
  Next next;
  if (tcb.fin_sent) return next;
  next.length = segment_size(tcb, tcb.snd_nxt, text_end(tcb));
  if (tcb.closing && tcb.snd_nxt + next.length == text_end(tcb)) next.fin = WithFin::Yes;
  return next;
}

bool pauses(const Tcb& tcb, const Next& next, Instant now) {
  return next.length > 0 && tcb.pause_at != never && now < tcb.pause_at && piece_begins(tcb, tcb.snd_nxt);
}

/// Makes it as small as the peer's window wants; nothing is left if it has to wait.
Next fit_into_window(const Tcb& tcb, Next next) {
  const std::int32_t usable = wire::seq_distance(tcb.snd_una + tcb.snd_wnd, tcb.snd_nxt);
  if (usable <= 0) return {};
  const auto room = static_cast<std::uint32_t>(usable);
  if (next.seg_len() <= room) return next;
  if (next.length <= room && next.length > 0) return {next.length, WithFin::No};
  if (!tcb.override_sws && room < tcb.max_snd_wnd / 2) return {};
  return {std::min(next.length, room), WithFin::No};
}

void send_new(Tcb& tcb, const Next& next, Instant now, Output& output) {
  const std::uint32_t seq = tcb.snd_nxt;
  tcb.snd_nxt += next.seg_len();
  if (next.fin == WithFin::Yes) {
    tcb.fin_sent = true;
    if (tcb.state == State::CloseWait) tcb.state = State::LastAck;
  }
  time_segment(tcb, tcb.snd_nxt, now);
  const Duration pause = tcb.policy->cuts.every;
  if (pause > Duration::zero() && piece_begins(tcb, tcb.snd_nxt)) tcb.pause_at = now + pause;
  send_text(tcb, seq, next.length, next.fin, now, output);
}

bool send_next(Tcb& tcb, Instant now, Output& output) {
  const Next wanted = next_segment(tcb);
  if (wanted.seg_len() == 0 || pauses(tcb, wanted, now)) return false;
  const Next next = fit_into_window(tcb, wanted);
  if (next.seg_len() == 0) return false;
  const std::uint32_t under_way = flight(tcb);
  if (under_way > 0 && next.length > 0 && under_way + next.length > congestion_window(tcb)) return false;
  send_new(tcb, next, now, output);
  return true;
}

bool resend_next(Tcb& tcb, Instant now, Output& output) {
  const bool by_scoreboard = tcb.recovery == Recovery::Fast && tcb.sack;
  if (tcb.recovery != Recovery::Timeout && !by_scoreboard) return false;
  std::uint32_t seq = seq_less(tcb.snd_rtx, tcb.snd_una) ? tcb.snd_una : tcb.snd_rtx;
  std::uint32_t end = by_scoreboard ? lost_edge(tcb) : tcb.recover;
  for (const auto& range : tcb.sacked.all()) {
    if (seq_less(seq, range.begin)) {
      if (seq_less(range.begin, end)) end = range.begin;
      break;
    }
    if (seq_less(seq, range.end)) seq = range.end;
  }
  if (!seq_less(seq, end)) {
    tcb.snd_rtx = seq;
    return false;
  }
  const std::uint32_t under_way = flight(tcb);
  if (under_way > 0 && under_way + segment_size(tcb, seq, end) > tcb.cwnd) return false;
  resend(tcb, seq, end, now, output);
  return true;
}

}  // namespace

void send_what_may_go(Tcb& tcb, Instant now, Output& output) {
  if (may_send_text(tcb.state)) {
    while (resend_next(tcb, now, output)) {
    }
    while (send_next(tcb, now, output)) {
    }
  }
  if (tcb.ack_owed) send_ack(tcb, now, output);
  if (synchronized(tcb.state) && tcb.state != State::TimeWait) arm_retransmission_timer(tcb, now);
}

void resend(Tcb& tcb, std::uint32_t seq, std::uint32_t end, Instant now, Output& output) {
  const std::uint32_t length = segment_size(tcb, seq, end);
  const bool fin = tcb.fin_sent && seq + length == text_end(tcb) && seq_less(seq + length, end);
  tcb.timing = false;  // Karn's algorithm
  tcb.snd_rtx = seq + length + (fin ? 1 : 0);
  send_text(tcb, seq, length, fin ? WithFin::Yes : WithFin::No, now, output);
}

void send_probe(Tcb& tcb, Instant now, Output& output) {
  if (unsent_octets(tcb) > 0) {
    send_new(tcb, {1, WithFin::No}, now, output);
  } else if (tcb.closing && !tcb.fin_sent) {
    send_new(tcb, {0, WithFin::Yes}, now, output);
  }
}

void send_into_small_window(Tcb& tcb, Instant now, Output& output) {
  tcb.override_sws = true;
  send_what_may_go(tcb, now, output);
  tcb.override_sws = false;
}

bool waits_for_window(const Tcb& tcb, Instant now) {
  if (!may_send_text(tcb.state) || tcb.snd_una != tcb.snd_nxt) return false;
  const Next next = next_segment(tcb);
  return next.seg_len() > 0 && !pauses(tcb, next, now);
}

std::uint32_t unsent_octets(const Tcb& tcb) {
  if (!tcb.syn_acked) return tcb.snd_queue.size();
  return tcb.fin_sent ? 0 : text_end(tcb) - tcb.snd_nxt;
}

}  // namespace twinwire::tcp
