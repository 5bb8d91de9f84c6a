// SPDX-License-Identifier: Apache-2.0
// RFC 9293 section 3.10.7.1 to 3.10.7.3: CLOSED, LISTEN and SYN-SENT, with the RFC's own steps as headings. Security
// and compartments (its third step in each state) are not spoken.
#include "generator/tcp/segment_arrives.hpp"

#include "generator/tcp/connection.hpp"
#include "generator/tcp/reassembly.hpp"
#include "generator/tcp/retransmission.hpp"
#include "generator/tcp/sending.hpp"
#include "generator/tcp/transmit.hpp"
#include "generator/wire/sequence.hpp"

namespace twinwire::tcp {
namespace {

namespace flag = wire::tcp_flag;

// 3.10.7.1. CLOSED STATE
void arrives_in_closed(const wire::Tcp& segment, Output& output) {
  if (!segment.has(flag::Rst)) send_reset_for(segment, output);
}

/// SYN-SENT: our SYN is acknowledged, by a SYN that came with or before this.
void established_by_syn_ack(Tcb& tcb, const wire::Tcp& segment, const Options& options, Instant now, Output& output) {
  measure_round_trip(tcb, segment.ack, options, now);
  tcb.snd_una = segment.ack;
  establish(tcb, now);
  tcb.ack_owed = true;
  // "If there are other controls or text in the segment, then continue processing at the sixth step"
  take_text(tcb, segment, now);
  process_fin(tcb, segment, now);
  send_what_may_go(tcb, now, output);
}

// 3.10.7.3. SYN-SENT STATE
void arrives_in_syn_sent(Tcb& tcb, const wire::Tcp& segment, const Options& options, Instant now, Output& output) {
  // First, check the ACK bit:
  const bool acceptable = segment.has(flag::Ack) && wire::seq_less(tcb.snd_una, segment.ack) &&
                          wire::seq_less_equal(segment.ack, tcb.snd_nxt);
  if (segment.has(flag::Ack) && !acceptable) {
    if (!segment.has(flag::Rst)) send_reset_for(segment, output);
    return;
  }
  // Second, check the RST bit: one that does not acknowledge our SYN may be anybody's.
  if (segment.has(flag::Rst)) {
    if (acceptable) close_connection(tcb, Ending::Refused);
    return;
  }
  // Fourth, check the SYN bit:
  // Fifth, if neither of the SYN or RST bits is set, then drop the segment and return.
  if (!segment.has(flag::Syn)) return;
  take_syn(tcb, segment, options, now);
  if (acceptable) {
    established_by_syn_ack(tcb, segment, options, now, output);
    return;
  }
  // "Otherwise, enter SYN-RECEIVED, form a SYN,ACK segment": simultaneous open.
  tcb.state = State::SynReceived;
  send_syn(tcb, now, output);
  take_text(tcb, segment, now);
  tcb.ack_owed = false;
  tcb.retransmit_at = now + retransmission_timeout(tcb);
}

}  // namespace

// 3.10.7.2. LISTEN STATE
void arrives_in_listen(Tcb& tcb, const wire::Tcp& segment, const Options& options, Instant now, Output& output) {
  // First, check for an RST: it is ignored.
  if (segment.has(flag::Rst)) return;
  // Second, check for an ACK: "any acknowledgment is bad if it arrives on a connection still in the LISTEN state".
  if (segment.has(flag::Ack)) {
    send_reset_for(segment, output);
    return;
  }
  // Third, check for a SYN. Fourth, other data or control: "drop the segment, and return".
  if (!segment.has(flag::Syn)) return;
  take_syn(tcb, segment, options, now);
  tcb.state = State::SynReceived;
  tcb.snd_nxt = tcb.iss + 1;
  tcb.snd_una = tcb.iss;
  send_syn(tcb, now, output);
  // "Any other incoming control or data (combined with SYN) will be processed in the SYN-RECEIVED state": it waits in
  // the queue, and is acknowledged once the connection is established.
  take_text(tcb, segment, now);
  tcb.ack_owed = false;
  time_segment(tcb, tcb.snd_nxt, now);
  tcb.retransmit_at = now + retransmission_timeout(tcb);
}

void segment_arrives(Tcb& tcb, const wire::Tcp& segment, Instant now, Output& output) {
  if (tcb.state == State::Closed) {
    arrives_in_closed(segment, output);
    return;
  }
  const Options options = read_options(segment.options);
  switch (tcb.state) {
    case State::Listen:
      arrives_in_listen(tcb, segment, options, now, output);
      break;
    case State::SynSent:
      arrives_in_syn_sent(tcb, segment, options, now, output);
      break;
    default:
      arrives_otherwise(tcb, segment, options, now, output);
      break;
  }
}

}  // namespace twinwire::tcp
