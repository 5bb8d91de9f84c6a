// SPDX-License-Identifier: Apache-2.0
// What must be added to a ClientHello, and where, so that it takes a wanted number of octets on the wire.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "generator/tls/peer.hpp"

namespace twinwire::tls {

/// What makes one ClientHello differ from what OpenSSL makes by itself.
struct HelloShape {
  std::uint32_t extension_bytes = 0;      ///< of a custom extension with its header; 0: there is none
  std::uint32_t protocol_bytes = 0;       ///< of protocols added to the ALPN list, their lengths included
  bool without_encrypt_then_mac = false;  ///< leaves out an extension of four octets that AEAD suites have no use for
  bool without_last_suites = false;       ///< leaves out four octets at the end of what is offered
};

/// A ClientHello as it is without padding.
struct NaturalHello {
  std::size_t message_bytes = 0;
  std::size_t extension_bytes = 0;  ///< of all its extensions
};

/// The shape that makes the hello `settings.hello_bytes` long. Throws TlsError, with the nearest possible sizes, if
/// there is none.
HelloShape pad_hello(const ClientSettings& settings, const NaturalHello& natural);

/// The shape before any padding.
HelloShape unpadded_hello(const ClientSettings& settings);

/// An ALPN list (RFC 7301 section 3.1) of these protocols and so many octets of padding, which is 0 or at least 2.
Octets alpn_list(const std::vector<std::string>& protocols, std::uint32_t padding);

/// Whether a protocol was added for its length only.
bool is_padding(wire::Bytes protocol);

}  // namespace twinwire::tls
