// SPDX-License-Identifier: Apache-2.0
// ClientHellos that OpenSSL refuses to make, right ones and wrong ones. Nobody stands behind them: there is no private
// key to their shares, so they are good for finding out who takes them, up to the ServerHello.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "generator/tls/peer.hpp"

namespace twinwire::tls {

struct RawExtension {
  std::uint16_t type = 0;
  Octets octets;
};

enum class HelloFormat : std::uint8_t {
  Tls,
  Sslv2,  ///< RFC 5246 appendix E.2; it has no room for extensions, compression methods and records
};

/// A ClientHello field by field (RFC 8446 section 4.1.2). Lengths are those of what is here, apart from `missing`.
struct RawHello {
  HelloFormat format = HelloFormat::Tls;
  std::uint16_t legacy_version = 0x0303;
  std::array<std::uint8_t, 32> random{};
  Octets session_id;  ///< at most 255 octets; more than 32 are wrong
  std::vector<std::uint16_t> cipher_suites;
  Octets compression_methods{0};
  std::vector<RawExtension> extensions;  ///< in this order; none: the block of extensions is left out
  Octets trailing;                       ///< behind the extensions, inside the message
  std::uint32_t missing = 0;  ///< octets cut off at the end of the message, though the lengths inside count them
  std::uint16_t record_version = 0x0301;
  /// Octets of payload of the records, at most 65535; more than 16384 are wrong. A zero makes an empty record. When
  /// they are used up the largest of them repeats. Empty: 16384.
  std::vector<std::uint32_t> pieces;
};

/// The hello as it goes over the wire. Throws TlsError if a part of it is larger than its length can say.
Octets write(const RawHello& hello);

/// A hello by its name. Its numbers that should be random depend on the name only. Throws TlsError for a name that is
/// not in raw_hello_names().
RawHello raw_hello(std::string_view name, std::string_view server_name);

std::vector<std::string_view> raw_hello_names();

/// What is special about it: one line for a list. Throws as above.
std::string_view raw_hello_about(std::string_view name);

}  // namespace twinwire::tls
