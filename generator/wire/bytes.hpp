// SPDX-License-Identifier: Apache-2.0
// Network byte order, read and written octet by octet so that alignment never matters.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace twinwire::wire {

using Bytes = std::span<const std::uint8_t>;

inline std::uint16_t load16(Bytes bytes, std::size_t at) {
  return static_cast<std::uint16_t>((bytes[at] << 8U) | bytes[at + 1]);
}

inline std::uint32_t load32(Bytes bytes, std::size_t at) {
  return (static_cast<std::uint32_t>(load16(bytes, at)) << 16U) | load16(bytes, at + 2);
}

inline void store16(std::span<std::uint8_t> bytes, std::size_t at, std::uint16_t value) {
  bytes[at] = static_cast<std::uint8_t>(value >> 8U);
  bytes[at + 1] = static_cast<std::uint8_t>(value);
}

inline void store32(std::span<std::uint8_t> bytes, std::size_t at, std::uint32_t value) {
  store16(bytes, at, static_cast<std::uint16_t>(value >> 16U));
  store16(bytes, at + 2, static_cast<std::uint16_t>(value));
}

}  // namespace twinwire::wire
