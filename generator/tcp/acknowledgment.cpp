// SPDX-License-Identifier: Apache-2.0
// RFC 9293 section 3.10.7.4, fifth step: the ACK field, state by state, with the bounds of RFC 5961 section 5.2; then
// what an acknowledgment does to the send queue, the timers, the scoreboard and the window.
#include <algorithm>

#include "generator/tcp/congestion.hpp"
#include "generator/tcp/connection.hpp"
#include "generator/tcp/retransmission.hpp"
#include "generator/tcp/segment_arrives.hpp"
#include "generator/tcp/segmentation.hpp"
#include "generator/tcp/transmit.hpp"
#include "generator/wire/sequence.hpp"

namespace twinwire::tcp {
namespace {

using wire::seq_less;
using wire::seq_less_equal;
namespace flag = wire::tcp_flag;

bool fin_acknowledged(const Tcb& tcb) { return tcb.fin_sent && tcb.snd_una == tcb.snd_nxt; }

enum class Window : std::uint8_t { Same, Changed, Opened };

/// "If SND.WL1 < SEG.SEQ or (SND.WL1 = SEG.SEQ and SND.WL2 =< SEG.ACK)": old segments do not change the window.
Window update_window(Tcb& tcb, const wire::Tcp& segment) {
  const bool newer =
      seq_less(tcb.snd_wl1, segment.seq) || (tcb.snd_wl1 == segment.seq && seq_less_equal(tcb.snd_wl2, segment.ack));
  if (!newer) return Window::Same;
  const std::uint32_t before = tcb.snd_wnd;
  tcb.snd_wnd = std::uint32_t{segment.window} << tcb.snd_wind_shift;
  tcb.snd_wl1 = segment.seq;
  tcb.snd_wl2 = segment.ack;
  tcb.max_snd_wnd = std::max(tcb.max_snd_wnd, tcb.snd_wnd);
  if (before == tcb.snd_wnd) return Window::Same;
  return before == 0 ? Window::Opened : Window::Changed;
}

/// Takes over SACK blocks between SND.UNA and SND.NXT; whether they told anything new.
bool update_scoreboard(Tcb& tcb, const Options& options) {
  if (!tcb.sack) return false;
  const std::uint32_t before = tcb.sacked.octets();
  for (std::size_t i = 0; i < options.sack_blocks; ++i) {
    const auto [begin, end] = options.sack[i];
    const bool plausible = seq_less(tcb.snd_una, begin) && seq_less(begin, end) && seq_less_equal(end, tcb.snd_nxt);
    if (plausible) tcb.sacked.add({begin, end}, *tcb.memory);
  }
  return tcb.sacked.octets() != before;
}

void drop_acknowledged(Tcb& tcb, std::uint32_t ack) {
  const std::uint32_t text = std::min(ack - text_begin(tcb), tcb.snd_queue.size());  // a FIN is not in the queue
  tcb.snd_queue.drop_front(text, *tcb.memory);
  tcb.stream_una += text;
  tcb.snd_una = ack;
  tcb.sacked.remove_below(ack, *tcb.memory);
}

void advance_una(Tcb& tcb, const wire::Tcp& segment, const Options& options, Instant now, Output& output) {
  const std::uint32_t acked = segment.ack - tcb.snd_una;
  measure_round_trip(tcb, segment.ack, options, now);
  drop_acknowledged(tcb, segment.ack);
  // The doubling of the timeout ends with the first answer, as in Linux, and not with the next measurement
  // (RFC 6298 section 5): an end that waits for a minute after a good path has come back tests nothing.
  tcb.retransmissions = 0;
  tcb.unanswered = 0;
  tcb.retransmit_at = never;  // rule 5.3: restarted when this call has sent what it has to
  new_ack(tcb, acked, now, output);
}

/// The conditions of RFC 5681 section 2, or new SACK information (RFC 6675 section 2). An answer to the probe of a
/// closed window looks like a duplicate too, and tells of no loss.
void count_duplicate(Tcb& tcb, const wire::Tcp& segment, Window window, bool news, Instant now, Output& output) {
  const bool outstanding = tcb.snd_una != tcb.snd_nxt && tcb.snd_wnd != 0;
  const bool bare = segment.payload.empty() && !segment.has(flag::Fin) && window == Window::Same;
  if (!outstanding || segment.ack != tcb.snd_una) return;
  if (tcb.sack ? news : bare) duplicate_ack(tcb, now, output);
}

void window_opened(Tcb& tcb) {
  tcb.retransmissions = 0;
  tcb.retransmit_at = never;
  // What was sent into the closed window has been thrown away there.
  if (tcb.snd_una != tcb.snd_nxt && tcb.recovery == Recovery::None) send_all_again(tcb);
}

/// What follows when our FIN is acknowledged.
Continue fin_was_acknowledged(Tcb& tcb, Instant now) {
  switch (tcb.state) {
    case State::FinWait1:
      tcb.state = State::FinWait2;
      keep_alive_from(tcb, now);
      return Continue::Yes;
    case State::Closing:
      enter_time_wait(tcb, now);
      return Continue::No;
    case State::LastAck:
      close_connection(tcb, Ending::None);
      return Continue::No;
    default:
      return Continue::Yes;
  }
}

// SYN-RECEIVED STATE
Continue ack_in_syn_received(Tcb& tcb, const wire::Tcp& segment, const Options& options, Instant now, Output& output) {
  if (!seq_less(tcb.snd_una, segment.ack) || !seq_less_equal(segment.ack, tcb.snd_nxt)) {
    send_reset_for(segment, output);
    return Continue::No;
  }
  measure_round_trip(tcb, segment.ack, options, now);
  tcb.snd_una = segment.ack;
  establish(tcb, now);
  // The window of a SYN is not scaled (RFC 7323 section 2.2).
  const unsigned shift = segment.has(flag::Syn) ? 0U : tcb.snd_wind_shift;
  tcb.snd_wnd = std::uint32_t{segment.window} << shift;
  tcb.snd_wl1 = segment.seq;
  tcb.snd_wl2 = segment.ack;
  tcb.max_snd_wnd = std::max(tcb.max_snd_wnd, tcb.snd_wnd);
  if (tcb.rcv_queue.size() > 0 || tcb.fin_known) tcb.ack_owed = true;  // text that came with the SYN
  return Continue::Yes;
}

/// What ESTABLISHED does.
Continue process_ack(Tcb& tcb, const wire::Tcp& segment, const Options& options, Instant now, Output& output) {
  // RFC 5961 section 5.2: (SND.UNA - MAX.SND.WND) =< SEG.ACK =< SND.NXT, else a challenge ACK, and the segment is
  // dropped.
  if (seq_less(tcb.snd_nxt, segment.ack) || seq_less(segment.ack, tcb.snd_una - tcb.max_snd_wnd)) {
    send_challenge_ack(tcb, now, output);
    return Continue::No;
  }
  if (tcb.snd_wnd == 0) tcb.unanswered = 0;  // the peer lives: the probes may go on for ever (section 3.8.6.1)
  const bool news = update_scoreboard(tcb, options);
  const bool advances = seq_less(tcb.snd_una, segment.ack);
  const Window window = update_window(tcb, segment);
  if (advances) {
    advance_una(tcb, segment, options, now, output);
  } else {
    count_duplicate(tcb, segment, window, news, now, output);
  }
  if (window == Window::Opened) window_opened(tcb);
  return Continue::Yes;
}

}  // namespace

// Fifth, check the ACK field:
Continue check_ack(Tcb& tcb, const wire::Tcp& segment, const Options& options, Instant now, Output& output) {
  if (!segment.has(flag::Ack)) return Continue::No;
  switch (tcb.state) {
    case State::SynReceived:
      return ack_in_syn_received(tcb, segment, options, now, output);
    case State::TimeWait:
      return Continue::Yes;  // "The only thing that can arrive in this state is a retransmission of the remote FIN."
    default:
      if (process_ack(tcb, segment, options, now, output) == Continue::No) return Continue::No;
      return fin_acknowledged(tcb) ? fin_was_acknowledged(tcb, now) : Continue::Yes;
  }
}

}  // namespace twinwire::tcp
