// SPDX-License-Identifier: Apache-2.0
// A sorted array. A new range swallows all that it overlaps or touches and takes their place; there are rarely more
// than a handful, because each one stands for a gap, that is for a lost or late segment.
#include "generator/tcp/sequence_ranges.hpp"

#include <algorithm>
#include <memory>
#include <new>

#include "generator/wire/sequence.hpp"

namespace twinwire::tcp {
namespace {

constexpr std::uint32_t first_capacity = 7;  // 64 octets with the header

std::size_t bytes_for(std::uint32_t capacity) { return (std::size_t{capacity} + 1) * sizeof(SequenceRange); }

}  // namespace

std::span<const SequenceRange> SequenceRanges::all() const {
  if (block_ == nullptr) return {};
  return {ranges(), block_->count};
}

std::uint32_t SequenceRanges::octets() const {
  std::uint32_t sum = 0;
  for (const auto& range : all()) sum += range.end - range.begin;
  return sum;
}

void SequenceRanges::add(SequenceRange range, std::pmr::memory_resource& memory) {
  if (!wire::seq_less(range.begin, range.end)) return;
  if (block_ == nullptr || block_->count == block_->capacity) grow(memory);
  SequenceRange* const end = ranges() + block_->count;
  SequenceRange* const first =
      std::find_if(ranges(), end, [&](const auto& r) { return wire::seq_less_equal(range.begin, r.end); });
  SequenceRange* last = first;
  for (; last != end && wire::seq_less_equal(last->begin, range.end); ++last) {
    if (wire::seq_less(last->begin, range.begin)) range.begin = last->begin;
    if (wire::seq_less(range.end, last->end)) range.end = last->end;
  }
  if (first == last) {
    std::move_backward(first, end, end + 1);
  } else if (last != first + 1) {
    std::move(last, end, first + 1);
  }
  *first = range;
  block_->count = block_->count + 1 - static_cast<std::uint32_t>(last - first);
}

void SequenceRanges::remove_below(std::uint32_t seq, std::pmr::memory_resource& memory) {
  if (block_ == nullptr) return;
  SequenceRange* const end = ranges() + block_->count;
  SequenceRange* const kept = std::find_if(ranges(), end, [&](const auto& r) { return wire::seq_less(seq, r.end); });
  if (kept == end) {
    clear(memory);
    return;
  }
  if (wire::seq_less(kept->begin, seq)) kept->begin = seq;
  std::move(kept, end, ranges());
  block_->count = static_cast<std::uint32_t>(end - kept);
}

void SequenceRanges::clear(std::pmr::memory_resource& memory) {
  if (block_ == nullptr) return;
  memory.deallocate(block_, bytes_for(block_->capacity), alignof(Block));
  block_ = nullptr;
}

void SequenceRanges::grow(std::pmr::memory_resource& memory) {
  static_assert(sizeof(Block) == sizeof(SequenceRange));
  static_assert(alignof(Block) == alignof(SequenceRange));
  const std::uint32_t capacity = block_ == nullptr ? first_capacity : block_->capacity * 2 + 1;
  auto* larger = new (memory.allocate(bytes_for(capacity), alignof(Block))) Block;
  larger->capacity = capacity;
  auto* const into = reinterpret_cast<SequenceRange*>(larger + 1);
  std::uninitialized_default_construct_n(into, capacity);
  const auto old = all();
  std::copy(old.begin(), old.end(), into);
  larger->count = static_cast<std::uint32_t>(old.size());
  clear(memory);
  block_ = larger;
}

}  // namespace twinwire::tcp
