// SPDX-License-Identifier: Apache-2.0
// Ranges of sequence numbers, in order and never touching each other: what has arrived behind a gap, and what the peer
// says has arrived behind one (RFC 2018). Owns no memory while it is empty.
#pragma once

#include <cstdint>
#include <memory_resource>
#include <span>

namespace twinwire::tcp {

/// From `begin` up to, not including, `end`: the edges of a SACK block (RFC 2018 section 3).
struct SequenceRange {
  std::uint32_t begin = 0, end = 0;
};

/// All ranges lie less than 2^31 apart.
class SequenceRanges {
 public:
  SequenceRanges() = default;
  SequenceRanges(const SequenceRanges&) = delete;
  SequenceRanges& operator=(const SequenceRanges&) = delete;
  /// Whoever owns the ranges calls clear() before they go.
  ~SequenceRanges() = default;

  bool empty() const { return block_ == nullptr; }
  std::span<const SequenceRange> all() const;
  /// Octets in all ranges.
  std::uint32_t octets() const;

  /// Joins what overlaps or touches.
  void add(SequenceRange range, std::pmr::memory_resource& memory);
  /// Forgets what lies before `seq`.
  void remove_below(std::uint32_t seq, std::pmr::memory_resource& memory);
  void clear(std::pmr::memory_resource& memory);

 private:
  struct Block {
    std::uint32_t capacity = 0, count = 0;
  };

  SequenceRange* ranges() const { return reinterpret_cast<SequenceRange*>(block_ + 1); }
  void grow(std::pmr::memory_resource& memory);

  Block* block_ = nullptr;
};

}  // namespace twinwire::tcp
