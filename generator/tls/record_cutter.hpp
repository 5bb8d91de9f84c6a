// SPDX-License-Identifier: Apache-2.0
// Handshake messages in plain text, put into records of wanted sizes. The transcript that TLS hashes is made of
// messages, not of records (RFC 8446 section 4.4.1), so records may be cut after OpenSSL has written them.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "generator/tls/peer.hpp"

namespace twinwire::tls {

inline constexpr std::size_t record_header_bytes = 5;
inline constexpr std::uint32_t largest_record = 16'384;  ///< octets of payload (RFC 8446 section 5.1)

/// Throws TlsError for a size that is no record's.
void check(const Records& records);

/// The size of the record with this number, from 0 on.
std::uint32_t record_size(const Records& records, std::size_t number);

/// How many octets a first message takes on the wire when it is cut so, record headers included.
std::size_t wire_bytes(const Records& records, std::size_t message_bytes);

class RecordCutter {
 public:
  explicit RecordCutter(Records records) : records_(std::move(records)) {}

  /// Takes whole records of one direction of a connection, in order, and gives them back apart from each other. Those
  /// with handshake messages in plain text are cut anew; a message is cut apart from the next one, as OpenSSL does, and
  /// the sizes go on where the message before has left them. `version` is what was negotiated, as far as it is known.
  std::vector<Octets> cut(wire::Bytes stream, std::optional<Version> version);

 private:
  void cut_messages(wire::Bytes messages, std::vector<Octets>& records);
  void cut_message(wire::Bytes message, std::vector<Octets>& records);

  Records records_;
  std::size_t number_ = 0;
  std::uint16_t version_ = 0;  ///< of the records that are being cut
  bool changed_cipher_ = false;
};

}  // namespace twinwire::tls
