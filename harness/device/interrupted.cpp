// SPDX-License-Identifier: Apache-2.0
// RFC 9293 section 3.6, case 2 at its shortest: FIN has been sent; what the client still sends is acknowledged as it
// comes, its own FIN too, and the farewell goes again with an acknowledgment of something that came before it arrived.
#include "harness/device/interrupted.hpp"

#include "generator/wire/sequence.hpp"

namespace twinwire::device {

namespace flag = wire::tcp_flag;

void Interrupted::add(const wire::FourTuple& tuple, std::optional<craft::Segment> farewell) {
  erase(tuple);
  connections_[tuple] = {std::move(farewell), next_order_};
  by_age_.emplace(next_order_++, tuple);
  if (connections_.size() > most_) erase(wire::FourTuple(by_age_.begin()->second));
}

std::optional<craft::Segment> Interrupted::answer(const wire::FourTuple& tuple, const wire::Tcp& segment) {
  auto& farewell = connections_.at(tuple).farewell;
  if (segment.has(flag::Rst)) farewell.reset();
  if (!farewell || segment.seg_len() == 0) return std::nullopt;
  const std::uint32_t end = segment.seq + segment.seg_len();
  if (wire::seq_less_equal(segment.seq, farewell->ack) && wire::seq_less(farewell->ack, end)) farewell->ack = end;
  craft::Segment answer = *farewell;
  const std::uint32_t behind = farewell->seq + static_cast<std::uint32_t>(farewell->payload.size()) + 1;
  if (!segment.has(flag::Ack) || segment.ack != behind) return answer;
  answer.seq = behind;
  answer.flags = flag::Ack;
  answer.payload.clear();
  return answer;
}

void Interrupted::erase(const wire::FourTuple& tuple) {
  const auto found = connections_.find(tuple);
  if (found == connections_.end()) return;
  by_age_.erase(found->second.order);
  connections_.erase(found);
}

void Interrupted::clear() {
  connections_.clear();
  by_age_.clear();
}

}  // namespace twinwire::device
