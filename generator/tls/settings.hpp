// SPDX-License-Identifier: Apache-2.0
// What a TLS peer is asked to be. Values only; what OpenSSL makes of them is read back from the wire.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "generator/time/instant.hpp"

namespace twinwire::tls {

enum class Version : std::uint8_t { Tls12, Tls13 };
/// "1.2" or "1.3".
std::string_view name(Version version);

/// What a session is resumed by: the server's memory (RFC 5246 section 7.4.1.2), a ticket (RFC 5077), a PSK (RFC 8446
/// section 2.2).
enum class Resumption : std::uint8_t { None, SessionId, Ticket, Psk };

/// Where octets are added to a ClientHello to make it a wanted size.
enum class Padding : std::uint8_t {
  BeforeServerName,  ///< a custom extension, which OpenSSL writes before server_name
  AfterServerName,   ///< a list of ALPN protocols, which it writes behind it
};

/// How a peer cuts its handshake messages into records (RFC 8446 section 5.1); application data is cut by OpenSSL.
struct Records {
  std::vector<std::uint32_t> sizes;  ///< octets of payload, 1 to 16384; the last one repeats. Empty: as OpenSSL does
  bool flush_each = false;           ///< each record is a write of its own, so that a segment boundary can follow it
};

/// A certificate and its private key, in PEM.
struct Credentials {
  std::string certificate, key;
};

struct ClientSettings {
  Version version = Version::Tls13;            ///< the only one that is offered, unless `also_older`
  bool also_older = false;                     ///< TLS 1.2 is offered beside 1.3
  std::string server_name = "server.example";  ///< empty: no server_name extension
  std::vector<std::string> alpn;
  std::optional<std::uint32_t> hello_bytes;  ///< octets of the first ClientHello with its record headers
  Padding padding = Padding::AfterServerName;
  std::uint32_t server_name_offset = 0;  ///< octets put before server_name by a custom extension
  std::uint32_t key_share_bytes = 0;     ///< a post-quantum-sized share of a made-up group; 0: none
  std::vector<std::string> groups;       ///< OpenSSL's names, in order; empty: X25519, P-256, X448, P-521, P-384
  std::uint32_t certificate_names = 0;   ///< a client certificate with so many names; 0: no certificate
  std::uint32_t early_data = 0;          ///< octets of early data, if the session allows them
  /// A TLS 1.3 session is offered beyond its lifetime too; else it is left out then, as clients do (RFC 8446 section
  /// 4.6.1). One of TLS 1.2 is offered in any case.
  bool offer_expired = true;
  Records records;
};

struct ServerSettings {
  Version lowest = Version::Tls12, highest = Version::Tls13;
  std::vector<std::string> names{"server.example"};
  std::optional<Credentials> credentials;  ///< unset: made anew for `names`
  bool tickets = true;                     ///< false: sessions are kept by the server, by ID
  std::uint32_t ticket_bytes = 0;          ///< application data put into each ticket, at most 65000
  unsigned ticket_count = 1;               ///< of NewSessionTicket messages after a TLS 1.3 handshake
  time::Duration session_lifetime = std::chrono::seconds(7200);
  std::vector<std::string> alpn;
  std::vector<std::string> groups;    ///< one that the client has no share for makes a HelloRetryRequest
  std::uint32_t key_share_bytes = 0;  ///< understands the client's made-up group of that size
  bool ask_for_certificate = false;
  std::uint32_t most_early_data = 0;
  Records records;
};

}  // namespace twinwire::tls
