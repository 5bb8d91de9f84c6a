// SPDX-License-Identifier: Apache-2.0
// Ranges are kept as they come; whenever one begins at or before RCV.NXT it is taken out and moves it.
#include "harness/device/forwarded.hpp"

#include <algorithm>

#include "generator/wire/sequence.hpp"

namespace twinwire::device {
namespace {

constexpr std::size_t most_ranges = 64;

}  // namespace

void Forwarded::begin(std::uint32_t next) {
  next_ = next;
  ahead_.clear();
}

void Forwarded::add(std::uint32_t seq, std::uint32_t end) {
  if (!next_ || wire::seq_less_equal(end, *next_) || ahead_.size() >= most_ranges) return;
  ahead_.emplace_back(seq, end);
  while (take_one_that_follows()) {
  }
}

bool Forwarded::take_one_that_follows() {
  const auto range =
      std::ranges::find_if(ahead_, [this](const auto& r) { return wire::seq_less_equal(r.first, *next_); });
  if (range == ahead_.end()) return false;
  if (wire::seq_less(*next_, range->second)) next_ = range->second;
  ahead_.erase(range);
  return true;
}

}  // namespace twinwire::device
