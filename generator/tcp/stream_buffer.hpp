// SPDX-License-Identifier: Apache-2.0
// Octets of a stream between two positions, one behind the other in memory, so that any part of them is one span. An
// empty buffer owns no memory and is as large as a pointer: there are two in each connection.
#pragma once

#include <cstdint>
#include <memory_resource>

#include "generator/wire/bytes.hpp"

namespace twinwire::tcp {

class StreamBuffer {
 public:
  StreamBuffer() = default;
  StreamBuffer(const StreamBuffer&) = delete;
  StreamBuffer& operator=(const StreamBuffer&) = delete;
  /// Whoever owns the buffer calls release() before it goes: it does not remember where its memory came from.
  ~StreamBuffer() = default;

  /// Octets from the front on without a gap.
  std::uint32_t size() const { return block_ == nullptr ? 0 : block_->size; }
  wire::Bytes view(std::uint32_t offset, std::uint32_t length) const;

  void append(wire::Bytes octets, std::pmr::memory_resource& memory);
  /// Puts octets down at an offset that may lie behind a gap; they belong to the stream once extend() reaches them.
  void place(std::uint32_t offset, wire::Bytes octets, std::pmr::memory_resource& memory);
  /// The octets up to `size` are there now.
  void extend(std::uint32_t size);
  /// Forgets octets at the front; the memory goes with the last of them.
  void drop_front(std::uint32_t count, std::pmr::memory_resource& memory);
  void release(std::pmr::memory_resource& memory);

 private:
  /// Stands before the octets in one piece of memory.
  struct Block {
    std::uint32_t capacity = 0;  ///< octets behind this header
    std::uint32_t front = 0;     ///< where the first octet is
    std::uint32_t size = 0;
    std::uint32_t extent = 0;  ///< octets that have been put down, gaps included; never below size
  };

  std::uint8_t* octets() const { return reinterpret_cast<std::uint8_t*>(block_ + 1); }
  void reserve(std::uint32_t extent, std::pmr::memory_resource& memory);

  Block* block_ = nullptr;
};

}  // namespace twinwire::tcp
