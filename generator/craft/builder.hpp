// SPDX-License-Identifier: Apache-2.0
// Builds whole frames with libnet, in memory: no socket, no privilege. Every field is the caller's; lengths and
// checksums are computed, and a checksum is wrong only where the caller asks for it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "generator/wire/address.hpp"
#include "generator/wire/bytes.hpp"

namespace twinwire::craft {

using Frame = std::vector<std::uint8_t>;

enum class Checksum : std::uint8_t { Right, Wrong };

/// A TCP segment in an IP packet in an Ethernet frame.
struct Segment {
  wire::Mac src_mac, dst_mac;
  wire::Address src, dst;  ///< of one family
  std::uint16_t src_port = 0, dst_port = 0;
  std::uint32_t seq = 0, ack = 0;
  std::uint16_t flags = 0;    ///< nine bits, wire::tcp_flag
  std::uint8_t reserved = 0;  ///< three bits
  std::uint16_t window = 0;
  std::uint16_t urgent = 0;
  std::vector<std::uint8_t> options;  ///< at most 40 octets; padded with EOL to a multiple of four
  std::vector<std::uint8_t> payload;
  std::uint8_t ttl = 64, tos = 0;
  std::uint16_t ip_id = 0;  ///< IPv4 only
  bool df = true;           ///< IPv4 only
  Checksum checksum = Checksum::Right;
};

/// Keeps one libnet context; not for use by two threads at once.
class Builder {
 public:
  Builder();
  ~Builder();
  Builder(const Builder&) = delete;
  Builder& operator=(const Builder&) = delete;

  /// Throws std::invalid_argument if the addresses are of two families or the options longer than 40 octets.
  Frame tcp(const Segment& segment);
  /// ARP (RFC 826): who has `target`? To everybody.
  Frame arp_request(const wire::Mac& src_mac, const wire::Address& src, const wire::Address& target);
  Frame arp_reply(const wire::Mac& src_mac, const wire::Address& src, const wire::Mac& dst_mac,
                  const wire::Address& dst);
  /// Neighbor Discovery (RFC 4861 section 4.3 and 4.4), with the link-layer address option.
  Frame neighbor_solicitation(const wire::Mac& src_mac, const wire::Address& src, const wire::Address& target);
  Frame neighbor_advertisement(const wire::Mac& src_mac, const wire::Address& src, const wire::Mac& dst_mac,
                               const wire::Address& dst);

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

}  // namespace twinwire::craft
