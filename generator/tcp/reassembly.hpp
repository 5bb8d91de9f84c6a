// SPDX-License-Identifier: Apache-2.0
// Text in order out of segments in any order (RFC 9293 section 3.10.7.4, seventh and eighth step).
#pragma once

#include "generator/tcp/tcb.hpp"

namespace twinwire::tcp {

/// Takes what lies in the window: moves RCV.NXT on over all that is there without a gap, and notes where a FIN stands.
void take_text(Tcb& tcb, const wire::Tcp& segment, Instant now);
/// The peer's FIN is the next octet and has not been taken yet.
bool fin_is_next(const Tcb& tcb);

}  // namespace twinwire::tcp
