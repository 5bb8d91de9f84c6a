// SPDX-License-Identifier: Apache-2.0
// One end on its wire: it owns addresses that no kernel owns, answers ARP (RFC 826) and Neighbor Discovery (RFC 4861)
// for them, and knows the MAC address of the next hop. It does not look at TCP.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "generator/craft/builder.hpp"
#include "generator/link/link.hpp"
#include "generator/wire/packet.hpp"

namespace twinwire::host {

class Station {
 public:
  /// `next_hop` has for each own address the address that packets from it are handed to: a router, or the other end
  /// itself.
  Station(link::Link& link, craft::Builder& builder, wire::Mac mac, std::vector<wire::Address> addresses,
          std::map<wire::Family, wire::Address> next_hop);

  const wire::Mac& mac() const { return mac_; }
  /// The own address of that family, if there is one.
  std::optional<wire::Address> address(wire::Family family) const;
  /// Asks for the next hop's MAC address; the answer comes through receive().
  void solicit(wire::Family family);
  /// Nothing until the next hop has answered.
  std::optional<wire::Mac> next_hop_mac(wire::Family family) const;
  const wire::Address& next_hop(wire::Family family) const { return next_hop_.at(family); }
  /// Takes ARP and Neighbor Discovery, and answers what is asked of its addresses; false for every other packet.
  bool receive(const wire::Packet& packet);

 private:
  bool receive_arp(const wire::Packet& packet);
  bool receive_neighbor_discovery(const wire::Packet& packet);
  bool owns(const wire::Address& address) const;
  void learn(const wire::Address& address, const wire::Mac& mac);

  link::Link& link_;
  craft::Builder& builder_;
  wire::Mac mac_;
  std::vector<wire::Address> addresses_;
  std::map<wire::Family, wire::Address> next_hop_;
  std::map<wire::Family, wire::Mac> next_hop_mac_;
};

}  // namespace twinwire::host
