// SPDX-License-Identifier: Apache-2.0
// TLS records and the ClientHello, read from an octet stream without OpenSSL: what a device in the middle could see.
// Reading never throws and never reads past the end.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "generator/wire/bytes.hpp"

namespace twinwire::wire {

namespace tls_content {
inline constexpr std::uint8_t ChangeCipherSpec = 20, Alert = 21, Handshake = 22, ApplicationData = 23;
}

/// A record (RFC 8446 section 5.1); `payload` views the stream.
struct TlsRecord {
  std::uint8_t type = 0;
  std::uint16_t version = 0;
  std::size_t offset = 0;  ///< of its first octet in the stream
  Bytes payload;
  bool whole = false;  ///< false: the stream ends inside it
};

/// The records of a stream from its first octet on, up to the first that is cut off or is no TLS.
std::vector<TlsRecord> read_tls_records(Bytes stream);

/// What can be read of the ClientHello that a stream begins with (RFC 8446 section 4.1.2), its message put together
/// from as many records as it takes.
struct ClientHello {
  std::size_t wire_bytes = 0;     ///< of the stream, record headers included, up to the end of the hello
  std::size_t message_bytes = 0;  ///< of the handshake message with its four octets of header
  std::size_t records = 0;        ///< that carry it
  bool whole = false;             ///< false: the stream ends before it does; then the counts are of what is there
  std::optional<std::string> server_name;
  std::size_t server_name_offset = 0;  ///< of the name's first octet in the stream; 0 if there is none
  std::size_t session_id_bytes = 0;
  std::size_t ticket_bytes = 0;        ///< of a session_ticket extension (35)
  std::size_t psk_identity_bytes = 0;  ///< of the first PSK identity
  bool early_data = false;
  std::vector<std::string> alpn;
  std::vector<std::uint16_t> extensions;  ///< types in order
  std::vector<std::uint8_t> random;       ///< 32 octets
  std::uint16_t legacy_version = 0;
  std::size_t cipher_suites = 0;    ///< how many are offered
  std::size_t extension_bytes = 0;  ///< of all extensions together, as far as they are there
  std::vector<std::uint8_t> session_id;
  std::vector<std::uint8_t> ticket;                       ///< of a session_ticket extension
  std::vector<std::vector<std::uint8_t>> psk_identities;  ///< in order (RFC 8446 section 4.2.11)
};
/// Nothing if the stream does not begin with a handshake record that begins a ClientHello; empty records before it are
/// passed over and counted.
std::optional<ClientHello> read_client_hello(Bytes stream);
/// The same of a handshake message without records around it; places are counted from its first octet.
std::optional<ClientHello> read_client_hello_message(Bytes message);

/// What can be read of the ServerHello or HelloRetryRequest that a stream begins with (RFC 8446 section 4.1.3).
struct ServerHello {
  std::size_t wire_bytes = 0;  ///< of the stream, up to the end of the hello
  bool whole = false;
  std::uint16_t version = 0;  ///< that was chosen: of supported_versions, or else the legacy one
  bool hello_retry = false;
  std::vector<std::uint8_t> random;      ///< 32 octets
  std::vector<std::uint8_t> session_id;  ///< as it was echoed, or given (RFC 5246 section 7.4.1.3)
  std::uint16_t cipher_suite = 0;
  std::optional<std::uint16_t> group;     ///< of the key share that is given or asked for
  std::vector<std::uint16_t> extensions;  ///< types in order
  /// Of the PSK identities that the client offered, counted from 0 (RFC 8446 section 4.2.11).
  std::optional<std::uint16_t> selected_identity;
};
/// Nothing if the stream does not begin with a handshake record that begins a ServerHello.
std::optional<ServerHello> read_server_hello(Bytes stream);
/// The same of a handshake message without records around it.
std::optional<ServerHello> read_server_hello_message(Bytes message);

/// The form of a NewSessionTicket: that of RFC 5077 section 3.3, or of RFC 8446 section 4.6.1.
enum class TicketForm : std::uint8_t { Tls12, Tls13 };

struct NewSessionTicket {
  std::uint32_t lifetime_seconds = 0;
  std::vector<std::uint8_t> ticket;  ///< what a client offers again; may be empty in TLS 1.2
};
/// Nothing if the handshake message is of another type, cut off, or not in that form.
std::optional<NewSessionTicket> read_new_session_ticket(Bytes message, TicketForm form);

/// Handshake messages as they come in any pieces, one after the other (RFC 8446 section 5.1).
class HandshakeReader {
 public:
  static constexpr std::size_t most_bytes = std::size_t{256} * 1024;  ///< of a message that is kept

  /// Messages of these types are kept; of others only the end is awaited.
  explicit HandshakeReader(std::vector<std::uint8_t> kept) : kept_(std::move(kept)) {}

  struct Message {
    std::uint8_t type = 0;
    std::vector<std::uint8_t> octets;  ///< with the four octets of header; empty if the type is not kept
  };
  /// The next message that becomes whole, taking from `octets` what belongs to it; nothing if it does not become whole,
  /// and then all is taken.
  std::optional<Message> take(Bytes& octets);
  /// Type of the message of which the beginning has come but not the end.
  std::optional<std::uint8_t> begun() const;
  /// A message that is kept would be longer than that; what follows is not read any more.
  bool too_long() const { return too_long_; }

 private:
  void begin_body();
  void take_body(Bytes& octets);
  Message finish();
  bool keeps() const;

  std::vector<std::uint8_t> kept_;
  std::vector<std::uint8_t> held_;  ///< the header, and the body where it is kept
  std::size_t missing_ = 0;         ///< of the body
  bool too_long_ = false;
};

/// The alert that a stream ends with in plain text (RFC 8446 section 6): its description.
std::optional<int> read_plain_alert(Bytes stream);

}  // namespace twinwire::wire
