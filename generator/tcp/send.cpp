// SPDX-License-Identifier: Apache-2.0
// SEND (RFC 9293 section 3.10.2). Before the connection is established the octets wait in the queue; once the user has
// closed, nothing more is taken.
#include <algorithm>

#include "generator/tcp/sending.hpp"
#include "generator/tcp/user_calls.hpp"

namespace twinwire::tcp {
namespace {

bool takes_text(const Tcb& tcb) {
  if (tcb.closing) return false;
  switch (tcb.state) {
    case State::SynSent:
    case State::SynReceived:
    case State::Established:
    case State::CloseWait:
      return true;
    default:
      return false;
  }
}

}  // namespace

std::size_t send(Tcb& tcb, wire::Bytes octets, Instant now, Output& output) {
  if (!takes_text(tcb)) return 0;
  const std::uint32_t queued = tcb.snd_queue.size();
  const std::size_t room = tcb.policy->send_buffer - std::min(tcb.policy->send_buffer, queued);
  const std::size_t taken = std::min(room, octets.size());
  tcb.snd_queue.append(octets.first(taken), *tcb.memory);
  send_what_may_go(tcb, now, output);
  return taken;
}

}  // namespace twinwire::tcp
