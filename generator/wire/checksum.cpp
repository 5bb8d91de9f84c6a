// SPDX-License-Identifier: Apache-2.0
// Adds 16-bit words into 64 bits and folds at the end; an odd last octet counts as if a zero followed it.
#include "generator/wire/checksum.hpp"

namespace twinwire::wire {

std::uint64_t checksum_add(std::uint64_t sum, Bytes bytes) {
  std::size_t at = 0;
  for (; at + 1 < bytes.size(); at += 2) sum += load16(bytes, at);
  if (at < bytes.size()) sum += static_cast<std::uint64_t>(bytes[at]) << 8U;
  return sum;
}

std::uint16_t checksum_finish(std::uint64_t sum) {
  while ((sum >> 16U) != 0) sum = (sum & 0xFFFFU) + (sum >> 16U);
  return static_cast<std::uint16_t>(~sum & 0xFFFFU);
}

std::uint16_t transport_checksum(const Address& src, const Address& dst, std::uint8_t protocol, Bytes segment) {
  std::uint64_t sum = checksum_add(0, src.bytes());
  sum = checksum_add(sum, dst.bytes());
  sum += protocol;
  sum += segment.size();  // below 2^16 in every frame that we can see, so one word serves both families
  return checksum_finish(checksum_add(sum, segment));
}

}  // namespace twinwire::wire
