// SPDX-License-Identifier: Apache-2.0
// Text to address and back is the C library's (inet_pton, inet_ntop); prefixes are compared bit by bit from the left.
#include "generator/wire/address.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstdio>

namespace twinwire::wire {

std::string_view name(Family family) { return family == Family::Ipv4 ? "ipv4" : "ipv6"; }

std::span<const std::uint8_t> Address::bytes() const { return {octets.data(), family == Family::Ipv4 ? 4U : 16U}; }

bool Prefix::contains(const Address& other) const {
  if (other.family != address.family) return false;
  const std::size_t whole = length / 8U;
  if (!std::equal(address.octets.begin(), address.octets.begin() + static_cast<std::ptrdiff_t>(whole),
                  other.octets.begin())) {
    return false;
  }
  const unsigned rest = length % 8U;
  if (rest == 0) return true;
  const auto mask = static_cast<std::uint8_t>(0xFF00U >> rest);
  return (address.octets[whole] & mask) == (other.octets[whole] & mask);
}

std::optional<Address> parse_address(std::string_view text) {
  const std::string zero_ended(text);
  Address address;
  address.family = text.find(':') == std::string_view::npos ? Family::Ipv4 : Family::Ipv6;
  const int family = address.family == Family::Ipv4 ? AF_INET : AF_INET6;
  if (inet_pton(family, zero_ended.c_str(), address.octets.data()) != 1) return std::nullopt;
  return address;
}

std::optional<Prefix> parse_prefix(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto address = parse_address(text.substr(0, slash));
  const auto digits = text.substr(slash + 1);
  unsigned length = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
  if (!address || error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  if (length > address->bytes().size() * 8) return std::nullopt;
  return Prefix{*address, static_cast<std::uint8_t>(length)};
}

std::string to_string(const Address& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(address.family == Family::Ipv4 ? AF_INET : AF_INET6, address.octets.data(), text.data(), text.size());
  return text.data();
}

std::string to_string(const Prefix& prefix) { return to_string(prefix.address) + "/" + std::to_string(prefix.length); }

std::string to_string(const Mac& mac) {
  std::array<char, 18> text{};
  std::snprintf(text.data(), text.size(), "%02x:%02x:%02x:%02x:%02x:%02x", mac.octets[0], mac.octets[1], mac.octets[2],
                mac.octets[3], mac.octets[4], mac.octets[5]);
  return text.data();
}

Address first_host(const Prefix& prefix) {
  Address host = prefix.address;
  const std::size_t size = host.bytes().size();
  for (std::size_t bit = prefix.length; bit < size * 8; ++bit) {
    host.octets[bit / 8] = static_cast<std::uint8_t>(host.octets[bit / 8] & ~(0x80U >> (bit % 8)));
  }
  host.octets[size - 1] = static_cast<std::uint8_t>(host.octets[size - 1] | 1U);
  return host;
}

}  // namespace twinwire::wire
