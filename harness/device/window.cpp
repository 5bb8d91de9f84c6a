// SPDX-License-Identifier: Apache-2.0
// Four bounds: data not beyond what the receiver allowed, not older than one window, acknowledgments not of octets that
// were never sent, and not older than a window either.
#include "harness/device/window.hpp"

#include <algorithm>

#include "generator/wire/sequence.hpp"

namespace twinwire::device {
namespace {

using wire::seq_less;
using wire::seq_less_equal;

constexpr std::uint32_t max_ack_window = 66000;  // what IP Filter takes as the least worth of an old acknowledgment

}  // namespace

void begin(Direction& sender, const wire::Tcp& syn) {
  sender = Direction{};
  sender.seen = true;
  sender.first = syn.seq;
  sender.end = syn.seq + syn.seg_len();
  sender.acked = syn.seq;
  sender.max_end = sender.end;
  sender.max_window = std::max<std::uint32_t>(syn.window, 1);
  for (const auto& option : wire::parse_tcp_options(syn.options)) {
    if (option.kind != 3 || option.data.size() != 1) continue;
    sender.offered_scale = true;
    sender.scale = std::min<unsigned>(option.data[0], 14);
  }
}

bool in_window(const Direction& sender, const Direction& receiver, const wire::Tcp& segment) {
  const std::uint32_t end = segment.seq + segment.seg_len();
  const bool not_beyond = seq_less_equal(end, sender.max_end + 1) || seq_less_equal(segment.seq, sender.max_end);
  const bool not_older = seq_less_equal(sender.end - receiver.max_window - 1, end);
  if (!not_beyond || !not_older) return false;
  if (!segment.has(wire::tcp_flag::Ack) || !receiver.seen) return true;
  const std::uint32_t oldest = std::max(sender.max_window, max_ack_window);
  return seq_less_equal(segment.ack, receiver.end) && seq_less_equal(receiver.end - oldest, segment.ack);
}

void track(Direction& sender, Direction& receiver, const wire::Tcp& segment) {
  const std::uint32_t end = segment.seq + segment.seg_len();
  if (seq_less(sender.end, end)) sender.end = end;
  const bool scaled = sender.offered_scale && receiver.offered_scale && !segment.has(wire::tcp_flag::Syn);
  const std::uint32_t window = static_cast<std::uint32_t>(segment.window) << (scaled ? sender.scale : 0U);
  if (segment.has(wire::tcp_flag::Rst)) return;
  sender.max_window = std::max(sender.max_window, std::max<std::uint32_t>(window, 1));
  if (!segment.has(wire::tcp_flag::Ack)) return;
  const std::uint32_t allowed = segment.ack + std::max<std::uint32_t>(window, 1);
  if (!receiver.seen || seq_less(receiver.max_end, allowed)) receiver.max_end = allowed;
  if (seq_less(receiver.acked, segment.ack)) receiver.acked = segment.ack;
}

}  // namespace twinwire::device
