// SPDX-License-Identifier: Apache-2.0
// What is sent where nobody cares what it says: each octet is a function of its place in the stream, so that a
// retransmission repeats itself and a shifted copy is recognised.
#pragma once

#include <cstdint>
#include <vector>

namespace twinwire::run {

inline std::uint8_t pattern_octet(std::uint32_t salt, std::uint32_t place) {
  std::uint32_t mixed = (place ^ salt) * 0x9E3779B1U;  // Fibonacci hashing: neighbours must not look alike
  mixed ^= mixed >> 15U;
  return static_cast<std::uint8_t>((mixed * 0x85EBCA77U) >> 24U);
}

/// `count` octets from `place` on.
inline std::vector<std::uint8_t> pattern_octets(std::uint32_t salt, std::uint32_t place, std::size_t count) {
  std::vector<std::uint8_t> octets(count);
  for (std::size_t i = 0; i < count; ++i) octets[i] = pattern_octet(salt, place + static_cast<std::uint32_t>(i));
  return octets;
}

}  // namespace twinwire::run
