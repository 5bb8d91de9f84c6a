// SPDX-License-Identifier: Apache-2.0
// Congestion control (RFC 5681), loss recovery without SACK (RFC 6582) and with it (RFC 6675).
#pragma once

#include "generator/tcp/tcb.hpp"

namespace twinwire::tcp {

void start_congestion_control(Tcb& tcb);

/// Octets that are thought to be under way: FlightSize of RFC 5681, pipe of RFC 6675.
std::uint32_t flight(const Tcb& tcb);
/// Octets that may be under way now, those of Limited Transmit included (RFC 3042).
std::uint32_t congestion_window(const Tcb& tcb);
/// All that the peer has not got below this is taken for lost (IsLost of RFC 6675 section 4).
std::uint32_t lost_edge(const Tcb& tcb);

/// SND.UNA has moved on by `acked` octets.
void new_ack(Tcb& tcb, std::uint32_t acked, Instant now, Output& output);
void duplicate_ack(Tcb& tcb, Instant now, Output& output);

enum class FirstExpiry : std::uint8_t { No, Yes };
/// The retransmission timer has expired (RFC 5681 section 3.1): everything unacknowledged will be sent again.
void recover_from_timeout(Tcb& tcb, FirstExpiry first);
/// Everything unacknowledged will be sent again, but not because the network is congested.
void send_all_again(Tcb& tcb);

}  // namespace twinwire::tcp
