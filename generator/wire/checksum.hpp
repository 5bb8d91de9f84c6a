// SPDX-License-Identifier: Apache-2.0
// The Internet checksum (RFC 1071) and its use in TCP over IPv4 and IPv6 (RFC 9293 section 3.1, RFC 8200 section 8.1).
#pragma once

#include "generator/wire/address.hpp"
#include "generator/wire/bytes.hpp"

namespace twinwire::wire {

/// The ones' complement sum of `bytes` added to `sum`, not yet folded.
std::uint64_t checksum_add(std::uint64_t sum, Bytes bytes);
/// Folds and complements: what stands in the header.
std::uint16_t checksum_finish(std::uint64_t sum);
/// The checksum of an upper-layer packet with its pseudo-header. Over a packet whose checksum field is right it is
/// zero.
std::uint16_t transport_checksum(const Address& src, const Address& dst, std::uint8_t protocol, Bytes segment);

}  // namespace twinwire::wire
