// SPDX-License-Identifier: Apache-2.0
// Frames are put together front to back. Reading uses the decoder of the product, which has tests of its own.
#include "tests/harness/lab/raw_end.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "generator/wire/checksum.hpp"

namespace twinwire::test {
namespace {

using Octets = std::vector<std::uint8_t>;

void append(Octets& frame, wire::Bytes bytes) { frame.insert(frame.end(), bytes.begin(), bytes.end()); }

void append16(Octets& frame, std::uint16_t value) {
  frame.push_back(static_cast<std::uint8_t>(value >> 8U));
  frame.push_back(static_cast<std::uint8_t>(value));
}

void append32(Octets& frame, std::uint32_t value) {
  append16(frame, static_cast<std::uint16_t>(value >> 16U));
  append16(frame, static_cast<std::uint16_t>(value));
}

Octets ethernet(const wire::Mac& to, const wire::Mac& from, std::uint16_t type) {
  Octets frame;
  append(frame, to.octets);
  append(frame, from.octets);
  append16(frame, type);
  return frame;
}

void append_ip(Octets& frame, const wire::Address& from, const wire::Address& to, std::uint8_t protocol,
               std::size_t payload, std::uint8_t ttl) {
  if (from.family == wire::Family::Ipv6) {
    append32(frame, 0x60000000);
    append16(frame, static_cast<std::uint16_t>(payload));
    frame.insert(frame.end(), {protocol, ttl});
    append(frame, from.bytes());
    append(frame, to.bytes());
    return;
  }
  const std::size_t header = frame.size();
  append16(frame, 0x4500);
  append16(frame, static_cast<std::uint16_t>(20 + payload));
  append32(frame, 0x00004000);  // ID 0, DF
  frame.insert(frame.end(), {ttl, protocol, 0, 0});
  append(frame, from.bytes());
  append(frame, to.bytes());
  const auto sum = wire::checksum_finish(wire::checksum_add(0, wire::Bytes(frame).subspan(header)));
  wire::store16(frame, header + 10, sum);
}

std::uint16_t ether_type_of(wire::Family family) {
  return family == wire::Family::Ipv4 ? wire::ether_type::Ipv4 : wire::ether_type::Ipv6;
}

Octets tcp_segment(const Endpoint& from, const Endpoint& to, const Segment& segment) {
  Octets tcp;
  append16(tcp, from.port);
  append16(tcp, to.port);
  append32(tcp, segment.seq);
  append32(tcp, segment.ack);
  append16(tcp, static_cast<std::uint16_t>(0x5000U | segment.flags));
  append16(tcp, 65535);
  append32(tcp, 0);  // checksum, urgent pointer
  wire::store16(tcp, 16, wire::transport_checksum(from.address, to.address, wire::protocol::Tcp, tcp));
  return tcp;
}

wire::Address address_at(wire::Bytes bytes, wire::Family family) {
  wire::Address address;
  address.family = family;
  std::ranges::copy(bytes.first(family == wire::Family::Ipv4 ? 4 : 16), address.octets.begin());
  return address;
}

}  // namespace

RawEnd::RawEnd(int socket, wire::Mac own, wire::Mac next_hop, const scenario::EndSpec& spec)
    : socket_(socket), own_(own), next_hop_(next_hop) {
  for (const auto& prefix : spec.address) addresses_.push_back(prefix.address);
}

const wire::Address& RawEnd::address(wire::Family family) const {
  return *std::ranges::find_if(addresses_, [&](const auto& address) { return address.family == family; });
}

void RawEnd::send(const Endpoint& from, const Endpoint& to, const Segment& segment) {
  const Octets tcp = tcp_segment(from, to, segment);
  Octets frame = ethernet(next_hop_, own_, ether_type_of(from.address.family));
  append_ip(frame, from.address, to.address, wire::protocol::Tcp, tcp.size(), 64);
  append(frame, tcp);
  write(frame);
}

std::optional<Received> RawEnd::next(std::chrono::milliseconds within) {
  const auto deadline = std::chrono::steady_clock::now() + within;
  while (const auto frame = next_frame(deadline)) {
    const auto packet = wire::decode(*frame);
    if (!packet) continue;
    if (packet->ether_type == wire::ether_type::Arp) answer_arp(*packet);
    if (packet->is_ip && packet->protocol == wire::protocol::Icmpv6) answer_solicitation(*packet);
    if (!packet->tcp) continue;
    const auto& tcp = *packet->tcp;
    return Received{{packet->src, tcp.src_port},
                    {packet->dst, tcp.dst_port},
                    tcp.flags,
                    tcp.seq,
                    tcp.ack,
                    packet->ttl,
                    tcp.checksum_ok};
  }
  return std::nullopt;
}

std::optional<wire::Mac> RawEnd::ask_arp(const wire::Address& address) {
  constexpr wire::Mac broadcast{{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};
  Octets frame = ethernet(broadcast, own_, wire::ether_type::Arp);
  append32(frame, 0x00010800);  // Ethernet, IPv4
  append32(frame, 0x06040001);  // six and four octets, request
  append(frame, own_.octets);
  append(frame, addresses_.front().bytes());
  append(frame, wire::Mac{}.octets);
  append(frame, address.bytes());
  write(frame);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(2);
  while (const auto heard = next_frame(deadline)) {
    const auto packet = wire::decode(*heard);
    if (!packet || packet->ether_type != wire::ether_type::Arp || packet->link_payload.size() < 28) continue;
    if (wire::load16(packet->link_payload, 6) != 2) continue;
    wire::Mac answer;
    std::ranges::copy(packet->link_payload.subspan(8, 6), answer.octets.begin());
    return answer;
  }
  return std::nullopt;
}

std::optional<Octets> RawEnd::next_frame(std::chrono::steady_clock::time_point deadline) {
  while (true) {
    Octets frame(2048);
    const ssize_t size = recv(socket_.get(), frame.data(), frame.size(), 0);
    if (size >= 0) {
      frame.resize(static_cast<std::size_t>(size));
      return frame;
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return std::nullopt;
    pollfd readable{socket_.get(), POLLIN, 0};
    poll(&readable, 1, static_cast<int>(left.count()));
  }
}

void RawEnd::write(const Octets& frame) {
  if (::send(socket_.get(), frame.data(), frame.size(), 0) != static_cast<ssize_t>(frame.size())) {
    throw std::runtime_error("the test's frame could not be sent");
  }
}

void RawEnd::answer_arp(const wire::Packet& packet) {
  const auto arp = packet.link_payload;
  if (arp.size() < 28 || wire::load16(arp, 6) != 1) return;
  const auto wanted = address_at(arp.subspan(24), wire::Family::Ipv4);
  if (!owns(wanted)) return;
  Octets frame = ethernet(packet.src_mac, own_, wire::ether_type::Arp);
  append32(frame, 0x00010800);
  append32(frame, 0x06040002);  // reply
  append(frame, own_.octets);
  append(frame, wanted.bytes());
  append(frame, arp.subspan(8, 10));
  write(frame);
}

void RawEnd::answer_solicitation(const wire::Packet& packet) {
  const auto message = packet.ip_payload;
  if (message.size() < 24 || message[0] != 135) return;
  const auto wanted = address_at(message.subspan(8), wire::Family::Ipv6);
  if (!owns(wanted)) return;
  Octets advertisement;
  append32(advertisement, 0x88000000);  // type 136
  append32(advertisement, 0x60000000);  // solicited, override
  append(advertisement, wanted.bytes());
  append16(advertisement, 0x0201);  // option: target link-layer address
  append(advertisement, own_.octets);
  wire::store16(advertisement, 2, wire::transport_checksum(wanted, packet.src, wire::protocol::Icmpv6, advertisement));
  Octets frame = ethernet(packet.src_mac, own_, wire::ether_type::Ipv6);
  append_ip(frame, wanted, packet.src, wire::protocol::Icmpv6, advertisement.size(), 255);
  append(frame, advertisement);
  write(frame);
}

bool RawEnd::owns(const wire::Address& address) const {
  return std::ranges::find(addresses_, address) != addresses_.end();
}

}  // namespace twinwire::test
