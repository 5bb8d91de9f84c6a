// SPDX-License-Identifier: Apache-2.0
// Octets that lie beyond a hole are kept as ranges and joined on when the hole is filled, on both sides alike.
#include "harness/observe/end.hpp"

#include <algorithm>

#include "generator/wire/sequence.hpp"

namespace twinwire::observe {
namespace {

using wire::seq_distance;
using wire::seq_less;
using wire::seq_less_equal;

constexpr std::uint8_t window_scale = 3;

std::optional<unsigned> offered_scale(const wire::Tcp& syn) {
  for (const auto& option : wire::parse_tcp_options(syn.options)) {
    if (option.kind == window_scale && option.data.size() == 1) return std::min<unsigned>(option.data[0], 14);
  }
  return std::nullopt;
}

}  // namespace

void End::extend(std::uint32_t& next, Ranges& beyond, std::uint32_t seq, std::uint32_t length) {
  if (length == 0) return;
  if (seq_less(next, seq)) {
    auto& known = beyond[seq];
    known = std::max(known, length);
    return;
  }
  if (seq_less(next, seq + length)) next = seq + length;
  for (bool joined = true; joined;) {
    joined = false;
    for (auto range = beyond.begin(); range != beyond.end();) {
      if (!seq_less_equal(range->first, next)) {
        ++range;
        continue;
      }
      if (seq_less(next, range->first + range->second)) next = range->first + range->second;
      range = beyond.erase(range);
      joined = true;
    }
  }
}

void End::begin(std::uint32_t iss) {
  now_.iss = iss;
  now_.snd_una = iss;
  now_.snd_nxt = iss;
  sent_beyond_.clear();
}

void End::assume_iss(std::uint32_t iss) {
  if (!now_.iss) {
    begin(iss);
    now_.snd_nxt = iss + 1;
  }
}

void End::assume_irs(std::uint32_t irs) {
  if (now_.irs) return;
  now_.irs = irs;
  now_.rcv_nxt = irs + 1;
}

void End::sent(const wire::Tcp& segment) {
  if (segment.has(wire::tcp_flag::Syn)) {
    if (now_.iss && *now_.iss != segment.seq) forget();
    if (!now_.iss) begin(segment.seq);
    own_scale_ = offered_scale(segment);
  }
  if (!segment.has(wire::tcp_flag::Rst)) {
    if (!now_.iss) assume_iss(segment.seq - 1);
    extend(now_.snd_nxt, sent_beyond_, segment.seq, segment.seg_len());
    const unsigned shift = segment.has(wire::tcp_flag::Syn) ? 0 : announced_shift();
    now_.rcv_wnd = static_cast<std::uint32_t>(segment.window) << shift;
    right_edge_ = now_.rcv_nxt + now_.rcv_wnd;
    announced_ = now_.irs.has_value();
  }
}

/// Octets never sent, or older than the largest window: RFC 5961 section 5.2 has such a segment discarded whole.
bool End::acknowledges_wildly(const wire::Tcp& segment) const {
  if (!segment.has(wire::tcp_flag::Ack) || !now_.iss || !now_.irs) return false;
  return seq_less(now_.snd_nxt, segment.ack) || seq_less(segment.ack, now_.snd_una - max_snd_wnd_);
}

void End::received(const wire::Tcp& segment) {
  now_.seg_seq = segment.seq;
  now_.seg_ack = segment.ack;
  now_.seg_len = segment.seg_len();
  if (segment.has(wire::tcp_flag::Rst)) return;
  if (segment.has(wire::tcp_flag::Syn)) {
    // Synchronised is who has both sent and received a SYN: to it a further SYN is at most a reason for a challenge
    // ACK.
    const bool synchronised = now_.iss && now_.irs;
    if (!synchronised) {
      now_.irs = segment.seq;
      now_.rcv_nxt = segment.seq;
      received_beyond_.clear();
      announced_ = false;
      peer_scale_ = offered_scale(segment);
    } else if (*now_.irs != segment.seq) {
      return;
    }
  }
  if (acknowledges_wildly(segment)) return;
  if (segment.has(wire::tcp_flag::Ack) && now_.iss) {
    if (seq_less(now_.snd_una, segment.ack) && seq_less_equal(segment.ack, now_.snd_nxt)) now_.snd_una = segment.ack;
    const unsigned shift = segment.has(wire::tcp_flag::Syn) || !scaled() ? 0 : *peer_scale_;
    now_.snd_wnd = static_cast<std::uint32_t>(segment.window) << shift;
    max_snd_wnd_ = std::max(max_snd_wnd_, now_.snd_wnd);
  }
  if (!now_.irs) return;
  std::uint32_t length = segment.seg_len();
  if (announced_) {
    const std::int32_t room = seq_distance(right_edge_, segment.seq);
    if (room <= 0) return;
    length = std::min(length, static_cast<std::uint32_t>(room));
  }
  extend(now_.rcv_nxt, received_beyond_, segment.seq, length);
}

void End::forget() {
  old_ = now_;
  now_ = Variables{};
  own_scale_.reset();
  peer_scale_.reset();
  announced_ = false;
  max_snd_wnd_ = 0;
  sent_beyond_.clear();
  received_beyond_.clear();
}

}  // namespace twinwire::observe
