// SPDX-License-Identifier: Apache-2.0
// Segments as they leave: header fields and options out of the TCB. What is sent when is decided by the callers.
#pragma once

#include "generator/tcp/tcb.hpp"

namespace twinwire::tcp {

/// <SEQ=ISS><CTL=SYN>, or <SEQ=ISS><ACK=RCV.NXT><CTL=SYN,ACK> in SYN-RECEIVED.
void send_syn(Tcb& tcb, Instant now, Output& output);
/// <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>
void send_ack(Tcb& tcb, Instant now, Output& output);
/// An ACK that RFC 5961 asks for, if the policy sends it and the last one is long enough ago (section 7).
void send_challenge_ack(Tcb& tcb, Instant now, Output& output);
/// <SEQ=SND.NXT-1><ACK=RCV.NXT><CTL=ACK>: out of the peer's window, so it has to answer (RFC 9293 section 3.8.4).
void send_keep_alive(Tcb& tcb, Instant now, Output& output);
/// <SEQ=SND.NXT><CTL=RST>
void send_reset(Tcb& tcb, Instant now, Output& output);
/// <SEQ=SEG.ACK><CTL=RST>, or <SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK> for a segment without ACK (section 3.10.7.1).
void send_reset_for(const wire::Tcp& segment, Output& output);

enum class WithFin : std::uint8_t { No, Yes };
/// Octets of the send queue from `seq` on, with an ACK, and the FIN behind them if so asked.
void send_text(Tcb& tcb, std::uint32_t seq, std::uint32_t length, WithFin fin, Instant now, Output& output);

/// The timestamp clock: milliseconds (RFC 7323 section 5.4).
std::uint32_t timestamp_clock(Instant now);

/// The smallest shift by which the window field can say the whole receive buffer (RFC 7323 section 2.3).
std::uint8_t window_shift(const Policy& policy);
/// What the receive buffer offers at most, as far as the window field can say it.
std::uint32_t largest_receive_window(const Tcb& tcb);
/// RCV.NXT + RCV.WND if it were announced now, silly windows avoided (RFC 9293 section 3.8.6.2.2).
std::uint32_t right_edge(const Tcb& tcb);

}  // namespace twinwire::tcp
