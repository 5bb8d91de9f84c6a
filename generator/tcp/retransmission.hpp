// SPDX-License-Identifier: Apache-2.0
// The retransmission timer (RFC 6298), which is also the timer of the zero-window probe (RFC 9293 section 3.8.6.1).
#pragma once

#include "generator/tcp/options.hpp"
#include "generator/tcp/tcb.hpp"

namespace twinwire::tcp {

/// RTO, doubled as often as the timer has expired.
Duration retransmission_timeout(const Tcb& tcb);
/// Runs while something is unacknowledged, or waits for the window to open (rule 5.1 and 5.2).
void arm_retransmission_timer(Tcb& tcb, Instant now);
/// Notes when the segment that ends at `seq_end` went, unless another one is timed already.
void time_segment(Tcb& tcb, std::uint32_t seq_end, Instant now);
/// Something up to `ack` has been acknowledged: measures a round trip if that is possible.
void measure_round_trip(Tcb& tcb, std::uint32_t ack, const Options& options, Instant now);
/// RTO is 3 s when a SYN was lost and nothing has been measured (rule 5.7).
void distrust_after_lost_syn(Tcb& tcb);
void retransmission_timer_expired(Tcb& tcb, Instant now, Output& output);

}  // namespace twinwire::tcp
