// SPDX-License-Identifier: Apache-2.0
// The octets wander towards the end of the block as the front is dropped. When there is no room left behind them they
// are moved to its beginning if that frees at least half of the block, so that each octet is moved once on average;
// else the block is replaced by one of the next power of two, sizes that a pool can hand out again.
#include "generator/tcp/stream_buffer.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>

namespace twinwire::tcp {
namespace {

constexpr std::size_t smallest_block = 512;

}  // namespace

wire::Bytes StreamBuffer::view(std::uint32_t offset, std::uint32_t length) const {
  if (length == 0) return {};
  return {octets() + block_->front + offset, length};
}

void StreamBuffer::append(wire::Bytes octets, std::pmr::memory_resource& memory) {
  if (octets.empty()) return;
  const std::uint32_t offset = size();
  place(offset, octets, memory);
  block_->size = offset + static_cast<std::uint32_t>(octets.size());
}

void StreamBuffer::place(std::uint32_t offset, wire::Bytes octets, std::pmr::memory_resource& memory) {
  if (octets.empty()) return;
  const std::uint32_t extent = offset + static_cast<std::uint32_t>(octets.size());
  reserve(extent, memory);
  std::copy(octets.begin(), octets.end(), this->octets() + block_->front + offset);
  block_->extent = std::max(block_->extent, extent);
}

void StreamBuffer::extend(std::uint32_t size) {
  if (block_ != nullptr) block_->size = std::clamp(size, block_->size, block_->extent);
}

void StreamBuffer::drop_front(std::uint32_t count, std::pmr::memory_resource& memory) {
  if (block_ == nullptr) return;
  block_->front += count;
  block_->size -= count;
  block_->extent -= count;
  if (block_->extent == 0) release(memory);
}

void StreamBuffer::release(std::pmr::memory_resource& memory) {
  if (block_ == nullptr) return;
  memory.deallocate(block_, sizeof(Block) + block_->capacity, alignof(Block));
  block_ = nullptr;
}

void StreamBuffer::reserve(std::uint32_t extent, std::pmr::memory_resource& memory) {
  if (block_ != nullptr && block_->front + extent <= block_->capacity) return;
  if (block_ != nullptr && extent <= block_->capacity && block_->front >= block_->capacity / 2) {
    std::memmove(octets(), octets() + block_->front, block_->extent);
    block_->front = 0;
    return;
  }
  const std::size_t bytes = std::max(smallest_block, std::bit_ceil(sizeof(Block) + extent));
  auto* larger = new (memory.allocate(bytes, alignof(Block))) Block;
  larger->capacity = static_cast<std::uint32_t>(bytes - sizeof(Block));
  if (block_ != nullptr) {
    larger->size = block_->size;
    larger->extent = block_->extent;
    std::memcpy(larger + 1, octets() + block_->front, block_->extent);
    release(memory);
  }
  block_ = larger;
}

}  // namespace twinwire::tcp
