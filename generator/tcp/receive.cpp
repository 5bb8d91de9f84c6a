// SPDX-License-Identifier: Apache-2.0
// RECEIVE (RFC 9293 section 3.10.3). An ACK goes out when the window had become small and what was read makes it larger
// by a step that avoids silly windows (section 3.8.6.2.2); as long as it is large the next ACK says so anyway.
#include <algorithm>

#include "generator/tcp/transmit.hpp"
#include "generator/tcp/user_calls.hpp"

namespace twinwire::tcp {
namespace {

bool peer_may_send(State state) {
  return state == State::Established || state == State::FinWait1 || state == State::FinWait2;
}

bool window_update_is_due(const Tcb& tcb) {
  if (!peer_may_send(tcb.state) || tcb.fin_taken) return false;
  const std::uint32_t announced = tcb.rcv_adv - tcb.rcv_nxt;
  return announced < largest_receive_window(tcb) / 2 && right_edge(tcb) != tcb.rcv_adv;
}

}  // namespace

std::size_t receive(Tcb& tcb, std::span<std::uint8_t> into, Instant now, Output& output) {
  // Text that came with a SYN is kept until the connection is established (section 3.4).
  if (tcb.state == State::SynSent || tcb.state == State::SynReceived) return 0;
  const auto count = static_cast<std::uint32_t>(std::min<std::size_t>(into.size(), tcb.rcv_queue.size()));
  if (count == 0) return 0;
  const auto octets = tcb.rcv_queue.view(0, count);
  std::copy(octets.begin(), octets.end(), into.begin());
  tcb.rcv_queue.drop_front(count, *tcb.memory);
  if (window_update_is_due(tcb)) send_ack(tcb, now, output);
  return count;
}

}  // namespace twinwire::tcp
