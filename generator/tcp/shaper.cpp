// SPDX-License-Identifier: Apache-2.0
// A segment with payload that continues the stream is numbered; one that begins before the end of what was seen is a
// retransmission and passes as it is, at once. While the first of `order` are still being gathered, segments with
// payload are held; when all are there, or patience is over, they leave in the order wanted, the rest behind them in
// their own. `reversed` holds what the endpoint sends at one instant and lets it go, last first, at the next call that
// can tell the instant is over. What leaves out of order is queued with the time at which it may go, so that a gap
// holds up everything with payload behind it.
#include "generator/tcp/shaper.hpp"

#include <algorithm>
#include <deque>
#include <iterator>
#include <utility>

#include "generator/wire/sequence.hpp"

namespace twinwire::tcp {

using time::Duration;
using time::Instant;

namespace {

/// A segment that outlives the call it came by.
struct Held {
  Segment header;
  std::vector<std::uint8_t> options, payload;
  std::uint32_t number = 0;  ///< 0: a retransmission
  std::uint32_t copies = 1;
};

Held hold(const Segment& segment) {
  Held held;
  held.header = segment;
  held.options.assign(segment.options.begin(), segment.options.end());
  held.payload.assign(segment.payload.begin(), segment.payload.end());
  return held;
}

/// Out of their usual place, with the time at which they may go.
struct Planned {
  Instant when;
  Held segment;
};

}  // namespace

struct Shaper::State {
  State(Deviations its_deviations, Output& its_onward) : deviations(std::move(its_deviations)), onward(&its_onward) {}

  Deviations deviations;
  Output* onward;
  Instant now{};
  std::uint32_t numbered = 0;      ///< data segments so far
  std::uint32_t end = 0;           ///< sequence number behind the last octet seen
  std::vector<std::uint8_t> tail;  ///< the last octets of the segment before, as many as overlap
  std::vector<Held> gathered;      ///< waiting for others
  Instant patience_ends = Instant::max();
  std::deque<Planned> planned;
  bool ordered = false;  ///< the named ones have left

  Held shape(const Segment& segment);
  void overlap(Held& held);
  void gather(Held held);
  void queue(std::vector<Held> segments);
  void let_go();
  void flush();
  void flush_ordered();
  void flush_reversed();
  bool all_named_are_there() const;
  bool gathers() const { return (!deviations.order.empty() && !ordered) || deviations.reversed; }
  void send(const Held& held) const;
};

/// Numbers a data segment and changes it as its number wants.
Held Shaper::State::shape(const Segment& segment) {
  Held held = hold(segment);
  const std::uint32_t end_here = segment.seq + static_cast<std::uint32_t>(segment.payload.size());
  if (numbered > 0 && wire::seq_less(segment.seq, end)) {
    if (wire::seq_less(end, end_here)) end = end_here;
    return held;
  }
  held.number = ++numbered;
  if (std::find(deviations.twice.begin(), deviations.twice.end(), held.number) != deviations.twice.end()) {
    held.copies = 2;
  }
  end = end_here;
  overlap(held);
  return held;
}

/// Puts the last octets of the segment before in front, and remembers those of this one.
void Shaper::State::overlap(Held& held) {
  if (deviations.overlap == 0) return;
  std::vector<std::uint8_t> own = held.payload;
  held.payload.insert(held.payload.begin(), tail.begin(), tail.end());
  held.header.seq -= static_cast<std::uint32_t>(tail.size());
  const std::size_t kept = std::min<std::size_t>(deviations.overlap, own.size());
  tail.assign(own.end() - static_cast<std::ptrdiff_t>(kept), own.end());
}

void Shaper::State::send(const Held& held) const {
  Segment segment = held.header;
  segment.options = held.options;
  segment.payload = held.payload;
  for (std::uint32_t i = 0; i < held.copies; ++i) onward->transmit(segment);
}

bool Shaper::State::all_named_are_there() const {
  return std::all_of(deviations.order.begin(), deviations.order.end(), [&](std::uint32_t number) {
    return std::any_of(gathered.begin(), gathered.end(), [&](const Held& held) { return held.number == number; });
  });
}

void Shaper::State::gather(Held held) {
  const bool by_name = !deviations.order.empty() && !ordered;
  if (gathered.empty()) patience_ends = by_name ? now + deviations.patience : now;
  gathered.push_back(std::move(held));
  if (by_name && all_named_are_there()) flush();
}

/// The first goes now, or after what is planned already; each of the others a gap later.
void Shaper::State::queue(std::vector<Held> segments) {
  for (auto& segment : segments) {
    const Instant after = planned.empty() ? now : std::max(now, planned.back().when + deviations.gap);
    planned.push_back({after, std::move(segment)});
  }
  let_go();
}

void Shaper::State::let_go() {
  while (!planned.empty() && planned.front().when <= now) {
    const Planned next = std::move(planned.front());
    planned.pop_front();
    send(next.segment);
  }
}

void Shaper::State::flush_ordered() {
  std::vector<Held> leaving;
  for (const std::uint32_t number : deviations.order) {
    const auto found =
        std::find_if(gathered.begin(), gathered.end(), [&](const Held& held) { return held.number == number; });
    if (found == gathered.end()) continue;
    leaving.push_back(std::move(*found));
    gathered.erase(found);
  }
  ordered = true;
  std::move(gathered.begin(), gathered.end(), std::back_inserter(leaving));
  gathered.clear();
  queue(std::move(leaving));
}

void Shaper::State::flush_reversed() {
  std::vector<Held> leaving = std::move(gathered);
  gathered.clear();
  std::reverse(leaving.begin(), leaving.end());
  queue(std::move(leaving));
}

void Shaper::State::flush() {
  patience_ends = Instant::max();
  if (gathered.empty()) return;
  if (!deviations.order.empty() && !ordered) {
    flush_ordered();
  } else {
    flush_reversed();
  }
}

Shaper::Shaper(Deviations deviations, Output& onward)
    : state_(std::make_unique<State>(std::move(deviations), onward)) {}
Shaper::~Shaper() = default;

void Shaper::at(Instant now) { state_->now = now; }

void Shaper::transmit(const Segment& segment) {
  if (segment.payload.empty()) {
    state_->onward->transmit(segment);
    return;
  }
  Held held = state_->shape(segment);
  if (held.number == 0) {
    state_->send(held);
  } else if (state_->gathers()) {
    state_->gather(std::move(held));
  } else if (!state_->planned.empty()) {
    state_->planned.push_back({state_->planned.back().when, std::move(held)});
  } else {
    state_->send(held);
  }
}

std::optional<Instant> Shaper::deadline() const {
  const Instant first = state_->planned.empty() ? Instant::max() : state_->planned.front().when;
  const Instant next = std::min(first, state_->patience_ends);
  return next == Instant::max() ? std::nullopt : std::optional(next);
}

void Shaper::expires(Instant now) {
  state_->now = now;
  if (now >= state_->patience_ends) state_->flush();
  state_->let_go();
}

}  // namespace twinwire::tcp
