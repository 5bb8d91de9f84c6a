// SPDX-License-Identifier: Apache-2.0
// Addresses as they stand in a frame: network byte order, compared octet by octet.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace twinwire::wire {

enum class Family : std::uint8_t { Ipv4, Ipv6 };

/// "ipv4" or "ipv6", as results and scenario files spell it.
std::string_view name(Family family);

struct Mac {
  std::array<std::uint8_t, 6> octets{};
  auto operator<=>(const Mac&) const = default;
};

/// An IPv4 or IPv6 address; of an IPv4 address only the first four octets count, the others are zero.
struct Address {
  Family family = Family::Ipv4;
  std::array<std::uint8_t, 16> octets{};
  auto operator<=>(const Address&) const = default;
  /// The four or sixteen octets that stand on the wire.
  std::span<const std::uint8_t> bytes() const;
};

/// An address with the length of its network's prefix, as in "198.18.1.2/24".
struct Prefix {
  Address address;
  std::uint8_t length = 0;
  auto operator<=>(const Prefix&) const = default;
  /// Whether `other` lies in the same network.
  bool contains(const Address& other) const;
};

/// A TCP connection as the client's wire has it.
struct FourTuple {
  Address client, server;
  std::uint16_t client_port = 0, server_port = 0;
  auto operator<=>(const FourTuple&) const = default;
};

/// Reads "198.18.1.2" or "2001:2:0:1::2"; nothing if the text is neither.
std::optional<Address> parse_address(std::string_view text);
/// Reads "198.18.1.2/24"; nothing if the text is no address with a prefix length that its family allows.
std::optional<Prefix> parse_prefix(std::string_view text);
std::string to_string(const Address& address);
std::string to_string(const Prefix& prefix);
std::string to_string(const Mac& mac);

/// The first address of the network: where the benches of this program put the router.
Address first_host(const Prefix& prefix);

}  // namespace twinwire::wire
