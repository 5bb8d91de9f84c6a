// SPDX-License-Identifier: Apache-2.0
// Frames lie on one line of positions. A segment that came is walked from its first octet to its last: at each position
// there must be a frame with the same octets from there on as far as both reach. A second walk credits the octets: at
// each position to the earliest frame that misses them, so that a retransmission is whole only when its octets have
// come once more.
#include "harness/observe/resegment.hpp"

#include <algorithm>

#include "generator/wire/sequence.hpp"

namespace twinwire::observe {
namespace {

namespace flag = wire::tcp_flag;

std::ptrdiff_t distance(std::int64_t from, std::int64_t to) { return static_cast<std::ptrdiff_t>(to - from); }

}  // namespace

Resegmenter::Octets Resegmenter::octets_of(const wire::Tcp& tcp, std::uint32_t seq) const {
  const std::int64_t from = last_position_ + wire::seq_distance(seq, last_seq_);
  const auto length = static_cast<std::int64_t>(tcp.payload.size()) + (tcp.has(flag::Fin) ? 1 : 0);
  return {from, from + length, tcp.payload};
}

/// Whether both hold the same between two positions that lie in both: a FIN is equal to a FIN only.
bool Resegmenter::equal(const Octets& a, const Octets& b, std::int64_t from, std::int64_t to) {
  const auto end_of_data = [](const Octets& o) { return o.from + static_cast<std::int64_t>(o.payload.size()); };
  const std::int64_t a_end = std::min(to, end_of_data(a)), b_end = std::min(to, end_of_data(b));
  if (a_end != b_end) return false;
  if (a_end <= from) return true;
  return std::equal(a.payload.begin() + distance(a.from, from), a.payload.begin() + distance(a.from, a_end),
                    b.payload.begin() + distance(b.from, from));
}

template <typename Self, typename Visit>
void Resegmenter::visit_overlapping(Self& self, std::int64_t from, std::int64_t to, Visit visit) {
  for (auto at = self.frames_.lower_bound(from - self.longest_); at != self.frames_.end() && at->first < to; ++at) {
    if (at->second.octets.to > from) visit(at->second);
  }
}

void Resegmenter::sent(std::size_t frame, const wire::Tcp& tcp) {
  if (tcp.has(flag::Syn)) frames_.clear();
  const std::uint32_t seq = tcp.seq + (tcp.has(flag::Syn) ? 1U : 0U);
  const Octets octets = octets_of(tcp, seq);
  last_seq_ = seq;
  last_position_ = octets.from;
  if (octets.from == octets.to || tcp.has(flag::Rst)) return;
  longest_ = std::max(longest_, octets.to - octets.from);
  frames_.emplace(octets.from, Frame{octets, frame, 0, {}});
}

std::optional<std::size_t> Resegmenter::carried(const wire::Tcp& received, std::uint32_t seq) const {
  const Octets came = octets_of(received, seq);
  if (came.from == came.to || received.has(flag::Syn | flag::Rst) || !received.checksum_ok) return std::nullopt;
  std::optional<std::size_t> first;
  for (std::int64_t at = came.from; at < came.to;) {
    std::int64_t reached = at;
    bool as_sent = false;
    visit_overlapping(*this, at, at + 1, [&](const Frame& frame) {
      const std::int64_t to = std::min(frame.octets.to, came.to);
      if (!equal(frame.octets, came, at, to)) return;
      as_sent = as_sent || (frame.octets.from == came.from && frame.octets.to == came.to);
      if (!first) first = frame.frame;
      reached = std::max(reached, to);
    });
    if (as_sent || reached == at) return std::nullopt;
    at = reached;
  }
  return first;
}

/// Up to where `frame` misses octets from `at` on; `at` itself, if it misses none there.
std::int64_t Resegmenter::missing_until(const Frame& frame, std::int64_t at) {
  const auto behind = frame.arrived.upper_bound(at);
  if (behind != frame.arrived.begin() && std::prev(behind)->second > at) return at;
  return behind == frame.arrived.end() ? frame.octets.to : behind->first;
}

Resegmenter::Frame* Resegmenter::taker(const Octets& came, std::int64_t at,
                                       const std::function<bool(std::size_t)>& may_take) {
  Frame* found = nullptr;
  visit_overlapping(*this, at, at + 1, [&](Frame& frame) {
    if (found != nullptr && found->frame < frame.frame) return;
    const std::int64_t to = std::min(missing_until(frame, at), came.to);
    if (to > at && may_take(frame.frame) && equal(frame.octets, came, at, to)) found = &frame;
  });
  return found;
}

/// The next position at which another frame may take octets than at `at`.
std::int64_t Resegmenter::next_change(const Octets& came, std::int64_t at) const {
  std::int64_t next = came.to;
  const auto consider = [&](std::int64_t position) {
    if (position > at) next = std::min(next, position);
  };
  visit_overlapping(*this, at, came.to, [&](const Frame& frame) {
    consider(frame.octets.from);
    consider(frame.octets.to);
    for (const auto& [from, to] : frame.arrived) consider(to);
  });
  return next;
}

std::vector<Resegmenter::Whole> Resegmenter::credit(const wire::Tcp& received, std::uint32_t seq,
                                                    const std::function<bool(std::size_t)>& may_take) {
  const Octets came = octets_of(received, seq);
  std::vector<Frame*> takers;
  for (std::int64_t at = came.from; at < came.to;) {
    Frame* frame = taker(came, at, may_take);
    if (frame == nullptr) {
      at = next_change(came, at);
      continue;
    }
    const std::int64_t to = std::min(missing_until(*frame, at), came.to);
    frame->arrived[at] = to;
    if (std::ranges::count(takers, frame) == 0) takers.push_back(frame);
    at = to;
  }
  std::vector<Whole> whole;
  for (Frame* frame : takers) {
    ++frame->pieces;
    std::int64_t octets = 0;
    for (const auto& [from, to] : frame->arrived) octets += to - from;
    if (octets == frame->octets.to - frame->octets.from) whole.push_back({frame->frame, frame->pieces});
  }
  std::ranges::sort(whole, {}, &Whole::frame);
  return whole;
}

}  // namespace twinwire::observe
