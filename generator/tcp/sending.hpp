// SPDX-License-Identifier: Apache-2.0
// What may go now, and in which segments: the window, the congestion window, the policy's cuts and pauses together.
#pragma once

#include "generator/tcp/tcb.hpp"

namespace twinwire::tcp {

/// Sends again what is lost, then what is new, as much as is allowed; then the ACK that is owed, if nothing took it
/// along. Every call and every segment ends here.
void send_what_may_go(Tcb& tcb, Instant now, Output& output);
/// Sends one segment again, from `seq` on and not beyond `end`, cut as it was the first time.
void resend(Tcb& tcb, std::uint32_t seq, std::uint32_t end, Instant now, Output& output);
/// One new octet, or the FIN, whatever the window says (RFC 9293 section 3.8.6.1).
void send_probe(Tcb& tcb, Instant now, Output& output);
/// What fits into a window that was too small to be worth it until now (RFC 9293 section 3.8.6.2.1, the override).
void send_into_small_window(Tcb& tcb, Instant now, Output& output);
/// Something is there to be sent, nothing is under way, and only the peer's window holds it back.
bool waits_for_window(const Tcb& tcb, Instant now);
/// Octets of text that have not been put into a segment.
std::uint32_t unsent_octets(const Tcb& tcb);

}  // namespace twinwire::tcp
