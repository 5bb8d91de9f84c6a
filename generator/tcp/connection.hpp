// SPDX-License-Identifier: Apache-2.0
// How a connection comes into the states that it stays in, and out of them.
#pragma once

#include "generator/tcp/options.hpp"
#include "generator/tcp/tcb.hpp"

namespace twinwire::tcp {

/// Takes what the peer's SYN says for the whole connection: options, numbers, window.
void take_syn(Tcb& tcb, const wire::Tcp& segment, const Options& options, Instant now);
/// Our SYN has been acknowledged: ESTABLISHED, or FIN-WAIT-1 if the user has closed already.
void establish(Tcb& tcb, Instant now);
/// Starts, or starts again, the 2 MSL timer.
void enter_time_wait(Tcb& tcb, Instant now);
/// CLOSED. What came in order stays readable after an end by FINs, else it is gone (RFC 9293 section 3.10.7.4).
void close_connection(Tcb& tcb, Ending ending);
/// LISTEN, everything else forgotten.
void listen_again(Tcb& tcb, std::uint32_t iss);
/// Starts the keep-alive timer anew, if there is one in this state (RFC 9293 section 3.8.4).
void keep_alive_from(Tcb& tcb, Instant now);

}  // namespace twinwire::tcp
