// SPDX-License-Identifier: Apache-2.0
// From octets on the wire to octets of the message: the more message, the more records, so the message that fills a
// wanted number of octets is found by bisection; where one octet more begins another record, five sizes cannot be had.
// What is missing is then added as an extension before server_name, whose header takes four octets, or as protocols
// behind it, whose extension takes six and each of them at least two. Smaller amounts are had by leaving out something
// that has no effect on the handshake and adding so much more.
#include "generator/tls/hello_padding.hpp"

#include <algorithm>

#include "generator/tls/record_cutter.hpp"

namespace twinwire::tls {
namespace {

constexpr std::size_t most_extensions = 65'535;  ///< octets (RFC 8446 section 4.1.2)
constexpr std::uint32_t extension_header = 4;
constexpr std::uint32_t alpn_header = 6;
constexpr std::uint32_t shortest_protocol = 2;
constexpr std::uint32_t longest_protocol = 256;  ///< its length octet included
constexpr std::uint32_t left_out = 4;            ///< octets that each of the two things which can be left out has
constexpr std::uint8_t padding_octet = '-';

HelloShape add_before(HelloShape shape, std::uint32_t octets) {
  if (shape.extension_bytes == 0 && octets < extension_header) {
    shape.without_encrypt_then_mac = true;
    octets += left_out;
  }
  shape.extension_bytes += octets;
  return shape;
}

HelloShape add_behind(HelloShape shape, std::uint32_t octets, std::uint32_t header) {
  const std::uint32_t least = header + shortest_protocol;
  if (octets < least) {
    shape.without_encrypt_then_mac = true;
    octets += left_out;
  }
  if (octets < least) {
    shape.without_last_suites = true;
    octets += left_out;
  }
  shape.protocol_bytes = octets - header;
  return shape;
}

/// The largest message that takes at most so many octets on the wire.
std::size_t largest_message(const Records& records, std::size_t octets) {
  std::size_t fits = 0;
  std::size_t over = octets + 1;
  while (over - fits > 1) {
    const std::size_t middle = fits + (over - fits) / 2;
    (wire_bytes(records, middle) <= octets ? fits : over) = middle;
  }
  return fits;
}

[[noreturn]] void refuse_size(const ClientSettings& settings, const std::string& why) {
  throw TlsError("a ClientHello of " + std::to_string(*settings.hello_bytes) + " octets cannot be had: " + why);
}

/// How many octets the message must have.
std::size_t wanted_message(const ClientSettings& settings, const NaturalHello& natural) {
  const std::size_t wanted = *settings.hello_bytes;
  const std::size_t most = natural.message_bytes + most_extensions - natural.extension_bytes;
  const std::size_t fits = largest_message(settings.records, wanted);
  if (fits < natural.message_bytes) {
    const std::size_t least = wire_bytes(settings.records, natural.message_bytes);
    refuse_size(settings, "without padding it has " + std::to_string(least));
  }
  if (fits > most) {
    refuse_size(settings, "its extensions have room for " + std::to_string(wire_bytes(settings.records, most)));
  }
  const std::size_t nearest = wire_bytes(settings.records, fits);
  if (nearest != wanted) {
    std::string sizes = std::to_string(nearest);
    if (fits < most) sizes += " and " + std::to_string(wire_bytes(settings.records, fits + 1));
    refuse_size(settings, "a record begins there; the nearest are " + sizes);
  }
  return fits;
}

}  // namespace

HelloShape unpadded_hello(const ClientSettings& settings) {
  HelloShape shape;
  shape.extension_bytes = settings.server_name_offset;
  return shape;
}

HelloShape pad_hello(const ClientSettings& settings, const NaturalHello& natural) {
  const auto missing = static_cast<std::uint32_t>(wanted_message(settings, natural) - natural.message_bytes);
  const HelloShape shape = unpadded_hello(settings);
  if (missing == 0) return shape;
  if (settings.padding == Padding::BeforeServerName) return add_before(shape, missing);
  return add_behind(shape, missing, settings.alpn.empty() ? alpn_header : 0);
}

Octets alpn_list(const std::vector<std::string>& protocols, std::uint32_t padding) {
  Octets list;
  for (const std::string& protocol : protocols) {
    list.push_back(static_cast<std::uint8_t>(protocol.size()));
    list.insert(list.end(), protocol.begin(), protocol.end());
  }
  while (padding > 0) {
    std::uint32_t size = std::min(padding, longest_protocol);
    if (padding - size == 1) --size;  // one octet left over could not be a protocol
    list.push_back(static_cast<std::uint8_t>(size - 1));
    list.insert(list.end(), size - 1, padding_octet);
    padding -= size;
  }
  return list;
}

bool is_padding(wire::Bytes protocol) {
  return std::ranges::all_of(protocol, [](std::uint8_t octet) { return octet == padding_octet; });
}

}  // namespace twinwire::tls
