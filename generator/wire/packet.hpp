// SPDX-License-Identifier: Apache-2.0
// A frame as read: every number in host order, every span a view into the frame's own octets. Decoding never throws and
// never reads past the end; what is too short or inconsistent for a header is simply not there.
#pragma once

#include <optional>
#include <vector>

#include "generator/wire/address.hpp"
#include "generator/wire/bytes.hpp"

namespace twinwire::wire {

namespace ether_type {
inline constexpr std::uint16_t Ipv4 = 0x0800, Arp = 0x0806, Ipv6 = 0x86DD;
}
namespace protocol {
inline constexpr std::uint8_t Icmp = 1, Tcp = 6, Udp = 17, Icmpv6 = 58;
}
namespace tcp_flag {
inline constexpr std::uint16_t Fin = 0x001, Syn = 0x002, Rst = 0x004, Psh = 0x008, Ack = 0x010, Urg = 0x020,
                               Ece = 0x040, Cwr = 0x080, Ae = 0x100;
}

inline constexpr std::size_t ethernet_header = 14;

/// One TCP option; `data` is what stands behind kind and length.
struct TcpOption {
  std::uint8_t kind = 0;
  Bytes data;
};

/// All options up to the first that is cut off or has a length below 2 (RFC 9293 section 3.2, MUST-7).
std::vector<TcpOption> parse_tcp_options(Bytes options);

/// A TCP header (RFC 9293 section 3.1).
struct Tcp {
  std::uint16_t src_port = 0, dst_port = 0;
  std::uint32_t seq = 0, ack = 0;
  std::uint16_t flags = 0;    ///< nine bits, AE (RFC 9768) included
  std::uint8_t reserved = 0;  ///< the three bits left of AE
  std::uint16_t window = 0;   ///< as it stands in the header, unscaled
  std::uint16_t checksum = 0;
  std::uint16_t urgent = 0;
  bool checksum_ok = false;
  Bytes options;
  Bytes payload;

  bool has(std::uint16_t flag) const { return (flags & flag) != 0; }
  /// SEG.LEN: payload, and one each for SYN and FIN.
  std::uint32_t seg_len() const {
    return static_cast<std::uint32_t>(payload.size()) + (has(tcp_flag::Syn) ? 1U : 0U) + (has(tcp_flag::Fin) ? 1U : 0U);
  }
};

struct Packet {
  Mac src_mac, dst_mac;
  std::uint16_t ether_type = 0;
  Bytes link_payload;  ///< behind the Ethernet header, whatever it is
  bool is_ip = false;  ///< all below is only set then
  Address src, dst;
  std::uint8_t ttl = 0;          ///< TTL, or Hop Limit
  std::uint8_t tos = 0;          ///< TOS with ECN, or Traffic Class
  std::uint16_t ip_id = 0;       ///< IPv4 only
  std::uint32_t flow_label = 0;  ///< IPv6 only
  bool df = false;               ///< IPv4 only
  bool fragment = false;         ///< a part of a datagram; then there is no `tcp`
  bool ip_checksum_ok = true;    ///< IPv4 only
  std::uint8_t protocol = 0;
  Bytes ip_payload;  ///< cut to the length that the IP header tells, Ethernet padding gone
  std::optional<Tcp> tcp;
};

/// Nothing if the frame is shorter than an Ethernet header.
std::optional<Packet> decode(Bytes frame);

/// The packet that an ICMP or ICMPv6 error quotes: addresses and ports only, as far as they are there.
struct Quoted {
  Address src, dst;
  std::uint16_t src_port = 0, dst_port = 0;
  std::uint32_t seq = 0;
};
std::optional<Quoted> quoted_by_icmp(const Packet& packet);
/// The MTU that an ICMP "fragmentation needed" (RFC 1191; 0 where the router does not say) or an ICMPv6 "packet too
/// big" (RFC 4443 section 3.2) tells; nothing for every other packet. At most 65535.
std::optional<std::uint16_t> next_hop_mtu(const Packet& packet);

}  // namespace twinwire::wire
