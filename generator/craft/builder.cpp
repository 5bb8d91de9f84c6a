// SPDX-License-Identifier: Apache-2.0
// libnet wants its headers from the inside out: options, TCP, IP, Ethernet. It is used without an injection type, so
// that it only lays the blocks together and fills the checksums in. What its interface cannot say (AE and the reserved
// bits, a wrong checksum) is patched into the finished frame, and the checksum with it.
#include "generator/craft/builder.hpp"

#include <libnet.h>

#include <algorithm>
#include <stdexcept>

#include "generator/wire/checksum.hpp"
#include "generator/wire/packet.hpp"

// Declared by libnet only for its own use, but exported for those who build without sending.
extern "C" int libnet_pblock_coalesce(libnet_t* l, std::uint8_t** packet, std::uint32_t* size);

namespace twinwire::craft {

struct Builder::Context {
  libnet_t* net = nullptr;

  Context() {
    std::array<char, LIBNET_ERRBUF_SIZE> error{};
    net = libnet_init(LIBNET_NONE, nullptr, error.data());
    if (net == nullptr) throw std::runtime_error(std::string("libnet does not start: ") + error.data());
  }
  ~Context() { libnet_destroy(net); }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  void check(libnet_ptag_t tag) const {
    if (tag == -1) throw std::runtime_error(std::string("libnet cannot build the frame: ") + libnet_geterror(net));
  }

  Frame finish() {
    std::uint8_t* packet = nullptr;
    std::uint32_t size = 0;
    const int result = libnet_pblock_coalesce(net, &packet, &size);
    libnet_clear_packet(net);
    check(result);
    const std::unique_ptr<std::uint8_t, decltype(&std::free)> owner(packet, &std::free);
    return {packet, packet + size};
  }
};

namespace {

libnet_in6_addr to_libnet(const wire::Address& address) {
  libnet_in6_addr out{};
  std::copy(address.octets.begin(), address.octets.end(), out.libnet_s6_addr);
  return out;
}

std::uint32_t to_libnet4(const wire::Address& address) {
  std::uint32_t out = 0;
  std::copy_n(address.octets.begin(), 4, reinterpret_cast<std::uint8_t*>(&out));
  return out;
}

wire::Mac multicast_mac(const wire::Address& group) {
  return {{0x33, 0x33, group.octets[12], group.octets[13], group.octets[14], group.octets[15]}};  // RFC 2464 section 7
}

wire::Address solicited_node(const wire::Address& target) {
  // ff02::1:ffXX:XXXX (RFC 4291 section 2.7.1)
  wire::Address group{wire::Family::Ipv6, {0xFF, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x01, 0xFF}};
  std::copy(target.octets.begin() + 13, target.octets.end(), group.octets.begin() + 13);
  return group;
}

constexpr wire::Mac broadcast{{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}};

/// Writes AE and the reserved bits, then the checksum over the changed segment, wrong by one if so asked.
void patch(Frame& frame, const Segment& segment) {
  const auto packet = wire::decode(frame);
  const auto at = static_cast<std::size_t>(packet->ip_payload.data() - frame.data());
  const std::span<std::uint8_t> tcp(frame.data() + at, packet->ip_payload.size());
  tcp[12] =
      static_cast<std::uint8_t>((tcp[12] & 0xF0U) | ((segment.reserved & 0x7U) << 1U) | ((segment.flags >> 8U) & 1U));
  wire::store16(tcp, 16, 0);
  const std::uint16_t right = wire::transport_checksum(segment.src, segment.dst, wire::protocol::Tcp, tcp);
  const bool wrong = segment.checksum == Checksum::Wrong;
  wire::store16(tcp, 16, wrong ? static_cast<std::uint16_t>(right ^ 0x5A5AU) : right);
}

}  // namespace

Builder::Builder() : context_(std::make_unique<Context>()) {}
Builder::~Builder() = default;

Frame Builder::tcp(const Segment& s) {
  if (s.src.family != s.dst.family) throw std::invalid_argument("a segment's two addresses must be of one family");
  if (s.options.size() > 40) throw std::invalid_argument("TCP options take at most 40 octets");
  libnet_t* net = context_->net;
  const auto options = static_cast<std::uint32_t>((s.options.size() + 3) / 4 * 4);
  const auto payload = static_cast<std::uint32_t>(s.payload.size());
  const std::uint32_t tcp_length = LIBNET_TCP_H + options + payload;
  if (options > 0) {
    context_->check(libnet_build_tcp_options(s.options.data(), static_cast<std::uint32_t>(s.options.size()), net, 0));
  }
  context_->check(libnet_build_tcp(s.src_port, s.dst_port, s.seq, s.ack, static_cast<std::uint8_t>(s.flags), s.window,
                                   0, s.urgent, static_cast<std::uint16_t>(tcp_length),
                                   payload > 0 ? s.payload.data() : nullptr, payload, net, 0));
  if (s.src.family == wire::Family::Ipv4) {
    context_->check(libnet_build_ipv4(static_cast<std::uint16_t>(LIBNET_IPV4_H + tcp_length), s.tos, s.ip_id,
                                      s.df ? IP_DF : 0, s.ttl, IPPROTO_TCP, 0, to_libnet4(s.src), to_libnet4(s.dst),
                                      nullptr, 0, net, 0));
  } else {
    context_->check(libnet_build_ipv6(s.tos, 0, static_cast<std::uint16_t>(tcp_length), IPPROTO_TCP, s.ttl,
                                      to_libnet(s.src), to_libnet(s.dst), nullptr, 0, net, 0));
  }
  const std::uint16_t type = s.src.family == wire::Family::Ipv4 ? wire::ether_type::Ipv4 : wire::ether_type::Ipv6;
  context_->check(libnet_build_ethernet(s.dst_mac.octets.data(), s.src_mac.octets.data(), type, nullptr, 0, net, 0));
  Frame frame = context_->finish();
  if (s.checksum == Checksum::Wrong || s.reserved != 0 || (s.flags & wire::tcp_flag::Ae) != 0) patch(frame, s);
  return frame;
}

Frame Builder::arp_request(const wire::Mac& src_mac, const wire::Address& src, const wire::Address& target) {
  constexpr std::array<std::uint8_t, 6> unknown{};
  context_->check(libnet_build_arp(ARPHRD_ETHER, ETHERTYPE_IP, 6, 4, ARPOP_REQUEST, src_mac.octets.data(),
                                   src.octets.data(), unknown.data(), target.octets.data(), nullptr, 0, context_->net,
                                   0));
  context_->check(libnet_build_ethernet(broadcast.octets.data(), src_mac.octets.data(), wire::ether_type::Arp, nullptr,
                                        0, context_->net, 0));
  return context_->finish();
}

Frame Builder::arp_reply(const wire::Mac& src_mac, const wire::Address& src, const wire::Mac& dst_mac,
                         const wire::Address& dst) {
  context_->check(libnet_build_arp(ARPHRD_ETHER, ETHERTYPE_IP, 6, 4, ARPOP_REPLY, src_mac.octets.data(),
                                   src.octets.data(), dst_mac.octets.data(), dst.octets.data(), nullptr, 0,
                                   context_->net, 0));
  context_->check(libnet_build_ethernet(dst_mac.octets.data(), src_mac.octets.data(), wire::ether_type::Arp, nullptr, 0,
                                        context_->net, 0));
  return context_->finish();
}

Frame Builder::neighbor_solicitation(const wire::Mac& src_mac, const wire::Address& src, const wire::Address& target) {
  libnet_t* net = context_->net;
  const wire::Address group = solicited_node(target);
  wire::Mac own = src_mac;
  context_->check(libnet_build_icmpv6_ndp_opt(ND_OPT_SOURCE_LINKADDR, own.octets.data(), 6, net, 0));
  context_->check(libnet_build_icmpv6_ndp_nsol(ND_NEIGHBOR_SOLICIT, 0, 0, to_libnet(target), nullptr, 0, net, 0));
  context_->check(
      libnet_build_ipv6(0, 0, 32, IPPROTO_ICMPV6, 255, to_libnet(src), to_libnet(group), nullptr, 0, net, 0));
  context_->check(libnet_build_ethernet(multicast_mac(group).octets.data(), src_mac.octets.data(),
                                        wire::ether_type::Ipv6, nullptr, 0, net, 0));
  return context_->finish();
}

Frame Builder::neighbor_advertisement(const wire::Mac& src_mac, const wire::Address& src, const wire::Mac& dst_mac,
                                      const wire::Address& dst) {
  libnet_t* net = context_->net;
  constexpr std::uint32_t solicited_override = 0x60000000U;  // flags S and O, RFC 4861 section 4.4
  wire::Mac own = src_mac;
  context_->check(libnet_build_icmpv6_ndp_opt(ND_OPT_TARGET_LINKADDR, own.octets.data(), 6, net, 0));
  context_->check(
      libnet_build_icmpv6_ndp_nadv(ND_NEIGHBOR_ADVERT, 0, 0, solicited_override, to_libnet(src), nullptr, 0, net, 0));
  context_->check(libnet_build_ipv6(0, 0, 32, IPPROTO_ICMPV6, 255, to_libnet(src), to_libnet(dst), nullptr, 0, net, 0));
  context_->check(
      libnet_build_ethernet(dst_mac.octets.data(), src_mac.octets.data(), wire::ether_type::Ipv6, nullptr, 0, net, 0));
  return context_->finish();
}

}  // namespace twinwire::craft
