// SPDX-License-Identifier: Apache-2.0
// Sequence number arithmetic, modulo 2^32 (RFC 9293 section 3.4).
#pragma once

#include <cstdint>

namespace twinwire::wire {

/// How far `a` lies ahead of `b`; negative if behind. Right as long as they are less than 2^31 apart.
constexpr std::int32_t seq_distance(std::uint32_t a, std::uint32_t b) { return static_cast<std::int32_t>(a - b); }
constexpr bool seq_less(std::uint32_t a, std::uint32_t b) { return seq_distance(a, b) < 0; }
constexpr bool seq_less_equal(std::uint32_t a, std::uint32_t b) { return seq_distance(a, b) <= 0; }

}  // namespace twinwire::wire
