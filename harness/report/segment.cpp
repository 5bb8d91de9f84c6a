// SPDX-License-Identifier: Apache-2.0
// Only what tells one segment from another is written: no acknowledgement without the ACK bit, no length of zero, no
// window that the same speaker announced before, no padding options.
#include "harness/report/segment.hpp"

#include <array>
#include <cstdio>

#include "harness/observe/fields.hpp"

namespace twinwire::report {
namespace {

namespace kind = scenario::option_kind;
namespace flag = wire::tcp_flag;

std::string hexadecimal(wire::Bytes bytes) {
  std::string out = "0x";
  for (const std::uint8_t octet : bytes) {
    std::array<char, 3> two{};
    std::snprintf(two.data(), two.size(), "%02x", octet);
    out += two.data();
  }
  return out;
}

struct IcmpName {
  std::uint8_t protocol, type, code;
  const char* words;
};

/// RFC 792, RFC 1812 section 5.2.7.1, RFC 4443: the errors that firewalls and routers send about TCP.
constexpr std::array<IcmpName, 12> icmp_names{{{wire::protocol::Icmp, 3, 0, "unreachable net"},
                                               {wire::protocol::Icmp, 3, 1, "unreachable host"},
                                               {wire::protocol::Icmp, 3, 3, "unreachable port"},
                                               {wire::protocol::Icmp, 3, 4, "too-big"},
                                               {wire::protocol::Icmp, 3, 13, "unreachable prohibited"},
                                               {wire::protocol::Icmp, 11, 0, "time-exceeded"},
                                               {wire::protocol::Icmpv6, 1, 0, "unreachable net"},
                                               {wire::protocol::Icmpv6, 1, 1, "unreachable prohibited"},
                                               {wire::protocol::Icmpv6, 1, 3, "unreachable host"},
                                               {wire::protocol::Icmpv6, 1, 4, "unreachable port"},
                                               {wire::protocol::Icmpv6, 2, 0, "too-big"},
                                               {wire::protocol::Icmpv6, 3, 0, "time-exceeded"}}};

std::string icmp_words(const wire::Packet& packet) {
  const std::uint8_t type = packet.ip_payload[0], code = packet.ip_payload[1];
  std::string words = "icmp type " + std::to_string(type) + " code " + std::to_string(code);
  for (const IcmpName& known : icmp_names) {
    if (known.protocol == packet.protocol && known.type == type && known.code == code)
      words = std::string("icmp ") + known.words;
  }
  return words + " from " + wire::to_string(packet.src);
}

std::string other_words(const wire::Packet& packet) {
  std::array<char, 48> out{};
  if (!packet.is_ip) {
    std::snprintf(out.data(), out.size(), "ethernet type 0x%04x", packet.ether_type);
    return out.data();
  }
  const bool icmp = packet.protocol == wire::protocol::Icmp || packet.protocol == wire::protocol::Icmpv6;
  if (icmp && packet.ip_payload.size() >= 2 && !packet.fragment) return icmp_words(packet);
  return std::string(packet.fragment ? "fragment of " : "") + "IP protocol " + std::to_string(packet.protocol) +
         " from " + wire::to_string(packet.src);
}

}  // namespace

std::string Wording::words(const Numbers::Seen& seen, const wire::Packet& packet) {
  return packet.tcp ? tcp_words(seen, *packet.tcp) : other_words(packet);
}

std::string Wording::tcp_words(const Numbers::Seen& seen, const wire::Tcp& segment) {
  numbers_.see(seen, segment);
  std::string out = scenario::flags_text(segment.flags);
  out += " seq=" + numbers_.seq(seen, segment.seq);
  if (segment.has(flag::Ack)) out += " ack=" + numbers_.ack(seen, segment.ack);
  if (!segment.has(flag::Rst)) {
    const auto [last, first_time] =
        windows_.try_emplace(Speaker{seen.wire, seen.client_port, seen.from_client}, segment.window);
    if (first_time || last->second != segment.window) out += " win=" + std::to_string(segment.window);
    last->second = segment.window;
  }
  if (!segment.payload.empty()) out += " len=" + std::to_string(segment.payload.size());
  if (segment.has(flag::Urg)) out += " urg=" + std::to_string(segment.urgent);
  if (segment.reserved != 0) out += " reserved=" + std::to_string(segment.reserved);
  if (!segment.checksum_ok) out += " checksum=bad";
  return out + options_words(seen, segment);
}

std::string Wording::options_words(const Numbers::Seen& seen, const wire::Tcp& segment) const {
  std::string out;
  for (const wire::TcpOption& option : wire::parse_tcp_options(segment.options)) {
    if (option.kind == kind::Nop || option.kind == kind::Eol) continue;
    out += out.empty() ? " <" : ",";
    out += observe::option_name(option.kind);
    const wire::Bytes octets = option.data;
    if (option.kind == kind::Mss && octets.size() == 2) {
      out += " " + std::to_string(wire::load16(octets, 0));
    } else if (option.kind == kind::WindowScale && octets.size() == 1) {
      out += " " + std::to_string(octets[0]);
    } else if (option.kind == kind::Timestamps && octets.size() == 8) {
      out += " val " + std::to_string(wire::load32(octets, 0)) + " ecr " + std::to_string(wire::load32(octets, 4));
    } else if (option.kind == kind::Sack && octets.size() % 8 == 0) {
      out += " " + std::to_string(octets.size() / 8) + " ";
      for (std::size_t at = 0; at < octets.size(); at += 8) {
        out += "{" + numbers_.ack(seen, wire::load32(octets, at)) + ":" +
               numbers_.ack(seen, wire::load32(octets, at + 4)) + "}";
      }
    } else if (!octets.empty()) {
      out += " " + hexadecimal(octets);
    }
  }
  return out.empty() ? "" : out + ">";
}

}  // namespace twinwire::report
