// SPDX-License-Identifier: Apache-2.0
// RFC 9293 section 3.10.7.4, "Otherwise": SYN-RECEIVED and the synchronized states. The eight steps of the RFC follow
// one another in the last function; each one is a function that says whether the next is to follow. The timestamps
// check of RFC 7323 section 5.3 comes before the first. The urgent pointer (sixth step) is taken for text like any
// other, as RFC 6093 advises.
#include "generator/tcp/connection.hpp"
#include "generator/tcp/reassembly.hpp"
#include "generator/tcp/segment_arrives.hpp"
#include "generator/tcp/sending.hpp"
#include "generator/tcp/transmit.hpp"
#include "generator/wire/sequence.hpp"

namespace twinwire::tcp {
namespace {

using wire::seq_less;
using wire::seq_less_equal;
namespace flag = wire::tcp_flag;

std::uint32_t rcv_wnd(const Tcb& tcb) { return tcb.rcv_adv - tcb.rcv_nxt; }

bool in_window(const Tcb& tcb, std::uint32_t seq) { return seq - tcb.rcv_nxt < rcv_wnd(tcb); }

/// The four cases of the acceptability test (section 3.4, table 6).
bool acceptable(const Tcb& tcb, const wire::Tcp& segment) {
  const std::uint32_t length = segment.seg_len();
  if (length == 0) return rcv_wnd(tcb) == 0 ? segment.seq == tcb.rcv_nxt : in_window(tcb, segment.seq);
  if (rcv_wnd(tcb) == 0) return false;
  return in_window(tcb, segment.seq) || in_window(tcb, segment.seq + length - 1);
}

/// RFC 6191 section 2: whether a SYN may begin a new incarnation of a connection in TIME-WAIT.
bool may_reuse(const Tcb& tcb, const wire::Tcp& segment, const Options& options) {
  const bool greater = seq_less(tcb.rcv_nxt, segment.seq);
  const bool stamped = tcb.policy->timestamps && options.timestamps;
  if (!tcb.timestamps) return stamped || greater;
  if (!stamped) return greater;
  const std::uint32_t ts_val = options.timestamps->ts_val;
  return seq_less(tcb.ts_recent, ts_val) || (ts_val == tcb.ts_recent && greater);
}

/// An end that listened takes a new connection in TIME-WAIT; one that called does not expect to be called.
Continue check_time_wait_reuse(Tcb& tcb, const wire::Tcp& segment, const Options& options, Instant now,
                               Output& output) {
  const bool plain_syn = (segment.flags & (flag::Syn | flag::Ack | flag::Rst | flag::Fin)) == flag::Syn;
  if (tcb.state != State::TimeWait || !tcb.passive || !plain_syn || !may_reuse(tcb, segment, options)) {
    return Continue::Yes;
  }
  // "its initial sequence number larger than the largest sequence number it used" (RFC 1122 section 4.2.2.13), by so
  // much that a window of the old incarnation lies before it.
  constexpr std::uint32_t beyond = 0x00010002;
  listen_again(tcb, tcb.snd_nxt + beyond);
  arrives_in_listen(tcb, segment, options, now, output);
  return Continue::No;
}

// RFC 7323 section 5.3, R1.
Continue check_timestamps(Tcb& tcb, const wire::Tcp& segment, const Options& options, Instant now) {
  if (!tcb.timestamps || segment.has(flag::Rst)) return Continue::Yes;
  // "If a non-RST segment is received without a TSopt, a TCP SHOULD silently drop the segment" (section 3.2).
  if (!options.timestamps) return Continue::No;
  constexpr Duration outdated = std::chrono::hours(24 * 24);  // section 5.5
  if (seq_less(options.timestamps->ts_val, tcb.ts_recent) && now - tcb.ts_recent_at < outdated) {
    tcb.ack_owed = true;
    return Continue::No;
  }
  return Continue::Yes;
}

// RFC 7323 section 5.3, R3: of acceptable segments only.
void note_timestamp(Tcb& tcb, const wire::Tcp& segment, const Options& options, Instant now) {
  if (!tcb.timestamps || !options.timestamps || segment.has(flag::Rst)) return;
  if (!seq_less_equal(segment.seq, tcb.last_ack_sent)) return;
  tcb.ts_recent = options.timestamps->ts_val;
  tcb.ts_recent_at = now;
}

// First, check sequence number:
Continue check_sequence(Tcb& tcb, const wire::Tcp& segment, Instant now, Output& output) {
  if (acceptable(tcb, segment)) return Continue::Yes;
  if (segment.has(flag::Rst)) return Continue::No;
  if (segment.has(flag::Syn)) {
    if (tcb.state == State::SynReceived && segment.seq == tcb.irs) {
      // Our SYN,ACK got lost, or the two SYNs crossed. An ACK alone would not help an end in SYN-SENT; as all stacks
      // do, the SYN,ACK is sent again. A SYN,ACK is the other half of a simultaneous open (section 3.5, figure 7).
      if (segment.has(flag::Ack)) return Continue::Yes;
      send_syn(tcb, now, output);
      return Continue::No;
    }
    if (segment.seq == tcb.irs && segment.has(flag::Ack)) {
      // The SYN,ACK of this very connection once more: our ACK of it got lost. Nobody needs to be challenged.
      tcb.ack_owed = true;
      return Continue::No;
    }
    // RFC 5961 section 4.2: irrespective of the sequence number.
    send_challenge_ack(tcb, now, output);
    return Continue::No;
  }
  tcb.ack_owed = true;
  // The fifth step of TIME-WAIT, here because a FIN that is repeated lies before the window: the 2 MSL begin anew.
  if (tcb.state == State::TimeWait && segment.has(flag::Fin)) enter_time_wait(tcb, now);
  // "If the RCV.WND is zero, no segments will be acceptable, but special allowance should be made to accept valid ACKs"
  return rcv_wnd(tcb) == 0 && segment.seq == tcb.rcv_nxt ? Continue::Yes : Continue::No;
}

// Second, check the RST bit, as RFC 5961 section 3.2 has it: exactly at RCV.NXT, or it is challenged.
Continue check_rst(Tcb& tcb, const wire::Tcp& segment, Instant now, Output& output) {
  if (!segment.has(flag::Rst)) return Continue::Yes;
  if (segment.seq != tcb.rcv_nxt) {
    send_challenge_ack(tcb, now, output);
    return Continue::No;
  }
  switch (tcb.state) {
    case State::SynReceived:
      if (tcb.passive) {
        listen_again(tcb, tcb.iss);
      } else {
        close_connection(tcb, Ending::Refused);
      }
      break;
    case State::Closing:
    case State::LastAck:
    case State::TimeWait:
      close_connection(tcb, Ending::None);
      break;
    default:
      close_connection(tcb, Ending::Reset);
      break;
  }
  return Continue::No;
}

// Fourth, check the SYN bit:
Continue check_syn(Tcb& tcb, const wire::Tcp& segment, Instant now, Output& output) {
  if (!segment.has(flag::Syn)) return Continue::Yes;
  if (tcb.state == State::SynReceived) {
    if (segment.seq == tcb.irs) return Continue::Yes;  // the other half of a simultaneous open
    if (tcb.passive) {
      listen_again(tcb, tcb.iss);
      return Continue::No;
    }
  }
  send_challenge_ack(tcb, now, output);
  return Continue::No;
}

// Seventh, process the segment text: no state after the peer's FIN has any.
void process_text(Tcb& tcb, const wire::Tcp& segment, Instant now) {
  switch (tcb.state) {
    case State::SynReceived:
    case State::Established:
    case State::FinWait1:
    case State::FinWait2:
      take_text(tcb, segment, now);
      break;
    default:
      break;
  }
}

Continue steps_before_text(Tcb& tcb, const wire::Tcp& segment, const Options& options, Instant now, Output& output) {
  if (check_time_wait_reuse(tcb, segment, options, now, output) == Continue::No) return Continue::No;
  if (check_timestamps(tcb, segment, options, now) == Continue::No) return Continue::No;
  if (check_sequence(tcb, segment, now, output) == Continue::No) return Continue::No;
  note_timestamp(tcb, segment, options, now);
  if (check_rst(tcb, segment, now, output) == Continue::No) return Continue::No;
  if (check_syn(tcb, segment, now, output) == Continue::No) return Continue::No;
  return check_ack(tcb, segment, options, now, output);
}

}  // namespace

// Eighth, check the FIN bit: it may have come before text that stood before it.
void process_fin(Tcb& tcb, const wire::Tcp& segment, Instant now) {
  if (!fin_is_next(tcb)) {
    if (segment.has(flag::Fin)) tcb.ack_owed = true;
    return;
  }
  tcb.rcv_nxt += 1;
  if (seq_less(tcb.rcv_adv, tcb.rcv_nxt)) tcb.rcv_adv = tcb.rcv_nxt;  // a FIN needs no room
  tcb.fin_taken = true;
  tcb.ack_owed = true;
  switch (tcb.state) {
    case State::Established:
      tcb.state = State::CloseWait;
      break;
    case State::FinWait1:  // our FIN is not acknowledged, or the fifth step had gone to FIN-WAIT-2
      tcb.state = State::Closing;
      break;
    case State::FinWait2:
      enter_time_wait(tcb, now);
      break;
    default:
      break;
  }
}

void arrives_otherwise(Tcb& tcb, const wire::Tcp& segment, const Options& options, Instant now, Output& output) {
  keep_alive_from(tcb, now);
  if (steps_before_text(tcb, segment, options, now, output) == Continue::Yes) {
    process_text(tcb, segment, now);
    process_fin(tcb, segment, now);
  }
  send_what_may_go(tcb, now, output);
}

}  // namespace twinwire::tcp
