// SPDX-License-Identifier: Apache-2.0
// ABORT (RFC 9293 section 3.10.5): a RST where the peer may still expect something, and no more than that.
#include "generator/tcp/connection.hpp"
#include "generator/tcp/transmit.hpp"
#include "generator/tcp/user_calls.hpp"

namespace twinwire::tcp {

void abort(Tcb& tcb, Instant now, Output& output) {
  switch (tcb.state) {
    case State::Closed:
      return;
    case State::SynReceived:
    case State::Established:
    case State::FinWait1:
    case State::FinWait2:
    case State::CloseWait:
      send_reset(tcb, now, output);
      break;
    default:
      break;
  }
  // In TIME-WAIT the connection has ended by FINs already.
  close_connection(tcb, tcb.state == State::TimeWait ? Ending::None : Ending::Aborted);
}

}  // namespace twinwire::tcp
