// SPDX-License-Identifier: Apache-2.0
// How large a segment may be and where the stream is cut (RFC 9293 section 3.7).
#pragma once

#include "generator/tcp/tcb.hpp"

namespace twinwire::tcp {

/// Eff.snd.MSS: octets of payload in a segment with the options that every segment has.
std::uint16_t effective_send_mss(const Tcb& tcb);

/// Sequence number of the first octet in the send queue: SND.UNA, or one more while the SYN is not acknowledged.
std::uint32_t text_begin(const Tcb& tcb);
/// Sequence number behind the last octet in the send queue, where the FIN will stand.
std::uint32_t text_end(const Tcb& tcb);

/// Octets from `seq` on that go into one segment, whether sent or sent again: up to the end of the piece that the
/// policy cuts there, to the send MSS, and to `end`.
std::uint32_t segment_size(const Tcb& tcb, std::uint32_t seq, std::uint32_t end);
/// A piece that the policy cuts begins at `seq`.
bool piece_begins(const Tcb& tcb, std::uint32_t seq);

}  // namespace twinwire::tcp
