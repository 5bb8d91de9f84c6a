// SPDX-License-Identifier: Apache-2.0
// CLOSE (RFC 9293 section 3.10.4): the FIN goes behind the last octet that was sent before. In SYN-RECEIVED it waits
// for ESTABLISHED even if nothing is queued, where the RFC would let it go at once: no stack does, and many devices
// drop it.
#include "generator/tcp/connection.hpp"
#include "generator/tcp/sending.hpp"
#include "generator/tcp/user_calls.hpp"

namespace twinwire::tcp {

void close(Tcb& tcb, Instant now, Output& output) {
  switch (tcb.state) {
    case State::Listen:
    case State::SynSent:
      close_connection(tcb, Ending::None);
      return;
    case State::SynReceived:
    case State::CloseWait:
      tcb.closing = true;
      break;
    case State::Established:
      tcb.closing = true;
      tcb.state = State::FinWait1;
      break;
    default:
      return;  // closed, or closing already
  }
  send_what_may_go(tcb, now, output);
}

}  // namespace twinwire::tcp
