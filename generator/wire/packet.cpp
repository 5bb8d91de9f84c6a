// SPDX-License-Identifier: Apache-2.0
// Ethernet, then IPv4 or IPv6, then TCP; each header is believed only as far as the octets are there. IPv6 extension
// headers are not walked: a packet that has one is an IP packet without `tcp`.
#include "generator/wire/packet.hpp"

#include <algorithm>

#include "generator/wire/checksum.hpp"

namespace twinwire::wire {
namespace {

constexpr std::size_t ipv4_header = 20;
constexpr std::size_t ipv6_header = 40;
constexpr std::size_t tcp_header = 20;

Address read_address(Family family, Bytes bytes) {
  Address address;
  address.family = family;
  std::copy(bytes.begin(), bytes.end(), address.octets.begin());
  return address;
}

void decode_tcp(Packet& packet) {
  const Bytes segment = packet.ip_payload;
  if (segment.size() < tcp_header) return;
  const std::size_t header = static_cast<std::size_t>(segment[12] >> 4U) * 4;
  if (header < tcp_header || header > segment.size()) return;
  Tcp tcp;
  tcp.src_port = load16(segment, 0);
  tcp.dst_port = load16(segment, 2);
  tcp.seq = load32(segment, 4);
  tcp.ack = load32(segment, 8);
  tcp.flags = load16(segment, 12) & 0x1FFU;
  tcp.reserved = (segment[12] >> 1U) & 0x7U;
  tcp.window = load16(segment, 14);
  tcp.checksum = load16(segment, 16);
  tcp.urgent = load16(segment, 18);
  tcp.options = segment.subspan(tcp_header, header - tcp_header);
  tcp.payload = segment.subspan(header);
  tcp.checksum_ok = transport_checksum(packet.src, packet.dst, protocol::Tcp, segment) == 0;
  packet.tcp = tcp;
}

void decode_ipv4(Packet& packet) {
  const Bytes bytes = packet.link_payload;
  if (bytes.size() < ipv4_header || (bytes[0] >> 4U) != 4) return;
  const std::size_t header = static_cast<std::size_t>(bytes[0] & 0xFU) * 4;
  const std::size_t total = load16(bytes, 2);
  if (header < ipv4_header || total < header || total > bytes.size()) return;
  packet.is_ip = true;
  packet.tos = bytes[1];
  packet.ip_id = load16(bytes, 4);
  const std::uint16_t fragmentation = load16(bytes, 6);
  packet.df = (fragmentation & 0x4000U) != 0;
  packet.fragment = (fragmentation & 0x3FFFU) != 0;
  packet.ttl = bytes[8];
  packet.protocol = bytes[9];
  packet.ip_checksum_ok = checksum_finish(checksum_add(0, bytes.first(header))) == 0;
  packet.src = read_address(Family::Ipv4, bytes.subspan(12, 4));
  packet.dst = read_address(Family::Ipv4, bytes.subspan(16, 4));
  packet.ip_payload = bytes.subspan(header, total - header);
}

void decode_ipv6(Packet& packet) {
  const Bytes bytes = packet.link_payload;
  if (bytes.size() < ipv6_header || (bytes[0] >> 4U) != 6) return;
  const std::size_t payload = load16(bytes, 4);
  if (payload > bytes.size() - ipv6_header) return;
  packet.is_ip = true;
  packet.tos = static_cast<std::uint8_t>((load16(bytes, 0) >> 4U) & 0xFFU);
  packet.flow_label = load32(bytes, 0) & 0xFFFFFU;
  packet.protocol = bytes[6];
  packet.ttl = bytes[7];
  packet.src = read_address(Family::Ipv6, bytes.subspan(8, 16));
  packet.dst = read_address(Family::Ipv6, bytes.subspan(24, 16));
  packet.ip_payload = bytes.subspan(ipv6_header, payload);
}

}  // namespace

std::vector<TcpOption> parse_tcp_options(Bytes options) {
  std::vector<TcpOption> parsed;
  std::size_t at = 0;
  while (at < options.size()) {
    const std::uint8_t kind = options[at];
    if (kind == 0) break;
    if (kind == 1) {
      parsed.push_back({kind, {}});
      ++at;
      continue;
    }
    if (at + 1 >= options.size()) break;
    const std::size_t length = options[at + 1];
    if (length < 2 || at + length > options.size()) break;
    parsed.push_back({kind, options.subspan(at + 2, length - 2)});
    at += length;
  }
  return parsed;
}

std::optional<Packet> decode(Bytes frame) {
  if (frame.size() < ethernet_header) return std::nullopt;
  Packet packet;
  std::copy_n(frame.begin(), 6, packet.dst_mac.octets.begin());
  std::copy_n(frame.begin() + 6, 6, packet.src_mac.octets.begin());
  packet.ether_type = load16(frame, 12);
  packet.link_payload = frame.subspan(ethernet_header);
  if (packet.ether_type == ether_type::Ipv4) decode_ipv4(packet);
  if (packet.ether_type == ether_type::Ipv6) decode_ipv6(packet);
  if (packet.is_ip && !packet.fragment && packet.protocol == protocol::Tcp) decode_tcp(packet);
  return packet;
}

std::optional<Quoted> quoted_by_icmp(const Packet& packet) {
  // Errors only: ICMP types 3, 11, 12 (RFC 792), ICMPv6 types below 128 (RFC 4443 section 2.1). The quote begins 8
  // octets in.
  if (!packet.is_ip || packet.ip_payload.size() < 8) return std::nullopt;
  const std::uint8_t type = packet.ip_payload[0];
  const bool v4_error = packet.protocol == protocol::Icmp && (type == 3 || type == 11 || type == 12);
  const bool v6_error = packet.protocol == protocol::Icmpv6 && type < 128;
  if (!v4_error && !v6_error) return std::nullopt;
  const Bytes quote = packet.ip_payload.subspan(8);
  const Family family = v4_error ? Family::Ipv4 : Family::Ipv6;
  const std::size_t least = family == Family::Ipv4 ? ipv4_header : ipv6_header;
  if (quote.size() < least) return std::nullopt;
  const std::size_t header = family == Family::Ipv4 ? static_cast<std::size_t>(quote[0] & 0xFU) * 4 : ipv6_header;
  const std::uint8_t next = family == Family::Ipv4 ? quote[9] : quote[6];
  if (next != protocol::Tcp || header < least || quote.size() < header + 8) return std::nullopt;
  Quoted quoted;
  quoted.src = read_address(family, family == Family::Ipv4 ? quote.subspan(12, 4) : quote.subspan(8, 16));
  quoted.dst = read_address(family, family == Family::Ipv4 ? quote.subspan(16, 4) : quote.subspan(24, 16));
  quoted.src_port = load16(quote, header);
  quoted.dst_port = load16(quote, header + 2);
  quoted.seq = load32(quote, header + 4);
  return quoted;
}

std::optional<std::uint16_t> next_hop_mtu(const Packet& packet) {
  if (!packet.is_ip || packet.ip_payload.size() < 8) return std::nullopt;
  const std::uint8_t type = packet.ip_payload[0], code = packet.ip_payload[1];
  if (packet.protocol == protocol::Icmp && type == 3 && code == 4) return load16(packet.ip_payload, 6);
  if (packet.protocol != protocol::Icmpv6 || type != 2) return std::nullopt;
  constexpr std::uint32_t largest = 65535;
  return static_cast<std::uint16_t>(std::min(load32(packet.ip_payload, 4), largest));
}

}  // namespace twinwire::wire
