// SPDX-License-Identifier: Apache-2.0
// Only the next hop is ever learned: an end talks to nobody else. Of ARP the sender's pair is believed whether it asks
// or answers; of Neighbor Discovery the link-layer address option, and without one the frame's own source.
#include "generator/host/station.hpp"

#include <algorithm>

namespace twinwire::host {
namespace {

constexpr std::uint8_t neighbor_solicitation = 135, neighbor_advertisement = 136;
constexpr std::uint8_t first_discovery = 133, last_discovery = 137;  // RFC 4861 section 4
constexpr std::uint8_t multicast_listener_first = 130, multicast_listener_last = 132, multicast_listener_v2 = 143;

wire::Address address_at(wire::Family family, wire::Bytes bytes, std::size_t at) {
  wire::Address address;
  address.family = family;
  std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), family == wire::Family::Ipv4 ? 4 : 16,
              address.octets.begin());
  return address;
}

wire::Mac link_layer_option(const wire::Packet& packet) {
  constexpr std::size_t options_at = 24;
  const wire::Bytes message = packet.ip_payload;
  wire::Mac mac = packet.src_mac;
  if (message.size() >= options_at + 8 && message[options_at + 1] == 1) {
    std::copy_n(message.begin() + options_at + 2, 6, mac.octets.begin());
  }
  return mac;
}

}  // namespace

Station::Station(link::Link& link, craft::Builder& builder, wire::Mac mac, std::vector<wire::Address> addresses,
                 std::map<wire::Family, wire::Address> next_hop)
    : link_(link), builder_(builder), mac_(mac), addresses_(std::move(addresses)), next_hop_(std::move(next_hop)) {}

std::optional<wire::Address> Station::address(wire::Family family) const {
  const auto own =
      std::find_if(addresses_.begin(), addresses_.end(), [&](const auto& a) { return a.family == family; });
  return own == addresses_.end() ? std::nullopt : std::optional(*own);
}

bool Station::owns(const wire::Address& address) const {
  return std::find(addresses_.begin(), addresses_.end(), address) != addresses_.end();
}

void Station::learn(const wire::Address& address, const wire::Mac& mac) {
  const auto hop = next_hop_.find(address.family);
  if (hop != next_hop_.end() && hop->second == address) next_hop_mac_[address.family] = mac;
}

std::optional<wire::Mac> Station::next_hop_mac(wire::Family family) const {
  const auto found = next_hop_mac_.find(family);
  return found == next_hop_mac_.end() ? std::nullopt : std::optional(found->second);
}

void Station::solicit(wire::Family family) {
  const auto own = address(family);
  const auto hop = next_hop_.find(family);
  if (!own || hop == next_hop_.end()) return;
  link_.send(family == wire::Family::Ipv4 ? builder_.arp_request(mac_, *own, hop->second)
                                          : builder_.neighbor_solicitation(mac_, *own, hop->second));
}

bool Station::receive(const wire::Packet& packet) {
  if (packet.ether_type == wire::ether_type::Arp) return receive_arp(packet);
  if (packet.is_ip && packet.protocol == wire::protocol::Icmpv6) return receive_neighbor_discovery(packet);
  return false;
}

bool Station::receive_arp(const wire::Packet& packet) {
  constexpr std::size_t arp_length = 28;
  const wire::Bytes arp = packet.link_payload;
  if (arp.size() < arp_length || wire::load16(arp, 2) != wire::ether_type::Ipv4) return true;
  wire::Mac sender_mac;
  std::copy_n(arp.begin() + 8, 6, sender_mac.octets.begin());
  const wire::Address sender = address_at(wire::Family::Ipv4, arp, 14);
  const wire::Address target = address_at(wire::Family::Ipv4, arp, 24);
  learn(sender, sender_mac);
  const bool request = wire::load16(arp, 6) == 1;
  if (request && owns(target)) link_.send(builder_.arp_reply(mac_, target, sender_mac, sender));
  return true;
}

bool Station::receive_neighbor_discovery(const wire::Packet& packet) {
  const wire::Bytes message = packet.ip_payload;
  if (message.empty()) return false;
  const std::uint8_t type = message[0];
  if (type >= multicast_listener_first && type <= multicast_listener_last) return true;
  if (type == multicast_listener_v2) return true;
  if (type < first_discovery || type > last_discovery) return false;
  if ((type != neighbor_solicitation && type != neighbor_advertisement) || message.size() < 24) return true;
  const wire::Address target = address_at(wire::Family::Ipv6, message, 8);
  if (type == neighbor_advertisement) {
    learn(target, link_layer_option(packet));
  } else {
    learn(packet.src, link_layer_option(packet));
    if (owns(target)) link_.send(builder_.neighbor_advertisement(mac_, target, packet.src_mac, packet.src));
  }
  return true;
}

}  // namespace twinwire::host
