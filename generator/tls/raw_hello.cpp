// SPDX-License-Identifier: Apache-2.0
// Each length is written when what it counts is complete. The message is then cut into pieces and each gets a record
// header; the SSLv2 form has a header of its own and none of that.
#include "generator/tls/raw_hello.hpp"

#include <algorithm>
#include <string>

#include "generator/tls/record_cutter.hpp"
#include "generator/wire/tls.hpp"

namespace twinwire::tls {
namespace {

constexpr std::uint8_t client_hello = 1;
constexpr std::size_t longest_record = 65'535;

void append_number(Octets& octets, std::size_t value, unsigned size) {
  for (unsigned i = size; i > 0; --i) octets.push_back(static_cast<std::uint8_t>(value >> (8 * (i - 1))));
}

/// Appends a vector behind its length of so many octets (RFC 8446 section 3.4).
void append_vector(Octets& octets, wire::Bytes vector, unsigned length_size, std::string_view what) {
  const std::size_t most = (std::size_t{1} << (8 * length_size)) - 1;
  if (vector.size() > most) {
    throw TlsError("a ClientHello has no room for " + std::to_string(vector.size()) + " octets of " +
                   std::string(what) + ": " + std::to_string(most) + " are possible");
  }
  append_number(octets, vector.size(), length_size);
  octets.insert(octets.end(), vector.begin(), vector.end());
}

Octets extension_block(const RawHello& hello) {
  Octets block;
  for (const RawExtension& extension : hello.extensions) {
    append_number(block, extension.type, 2);
    append_vector(block, extension.octets, 2, "an extension");
  }
  return block;
}

Octets message_of(const RawHello& hello) {
  Octets suites;
  for (const std::uint16_t suite : hello.cipher_suites) append_number(suites, suite, 2);
  Octets body;
  append_number(body, hello.legacy_version, 2);
  body.insert(body.end(), hello.random.begin(), hello.random.end());
  append_vector(body, hello.session_id, 1, "session ID");
  append_vector(body, suites, 2, "cipher suites");
  append_vector(body, hello.compression_methods, 1, "compression methods");
  if (!hello.extensions.empty()) append_vector(body, extension_block(hello), 2, "extensions");
  body.insert(body.end(), hello.trailing.begin(), hello.trailing.end());
  body.resize(body.size() - std::min<std::size_t>(hello.missing, body.size()));
  Octets message{client_hello};
  append_vector(message, body, 3, "message");
  return message;
}

/// The hello of SSL 2.0, in which a suite of TLS has three octets, the first of them zero.
Octets sslv2_hello(const RawHello& hello) {
  Octets message{client_hello};
  append_number(message, hello.legacy_version, 2);
  append_number(message, hello.cipher_suites.size() * 3, 2);
  append_number(message, hello.session_id.size(), 2);
  append_number(message, hello.random.size(), 2);
  for (const std::uint16_t suite : hello.cipher_suites) append_number(message, suite, 3);
  message.insert(message.end(), hello.session_id.begin(), hello.session_id.end());
  message.insert(message.end(), hello.random.begin(), hello.random.end());
  constexpr std::size_t most = 0x7FFF;
  if (message.size() > most) throw TlsError("an SSLv2 ClientHello has at most 32767 octets");
  Octets stream;
  append_number(stream, 0x8000U | message.size(), 2);
  stream.insert(stream.end(), message.begin(), message.end());
  return stream;
}

std::size_t piece_size(const std::vector<std::uint32_t>& pieces, std::size_t number) {
  if (number < pieces.size()) return pieces[number];
  const std::size_t largest = pieces.empty() ? 0 : *std::ranges::max_element(pieces);
  return largest == 0 ? largest_record : largest;
}

}  // namespace

Octets write(const RawHello& hello) {
  if (hello.format == HelloFormat::Sslv2) return sslv2_hello(hello);
  const Octets message = message_of(hello);
  Octets stream;
  wire::Bytes rest = message;
  for (std::size_t number = 0; !rest.empty(); ++number) {
    const std::size_t wanted = piece_size(hello.pieces, number);
    if (wanted > longest_record) throw TlsError("a record has at most 65535 octets of payload");
    const wire::Bytes piece = rest.first(std::min(rest.size(), wanted));
    stream.push_back(wire::tls_content::Handshake);
    append_number(stream, hello.record_version, 2);
    append_vector(stream, piece, 2, "a record");
    rest = rest.subspan(piece.size());
  }
  return stream;
}

}  // namespace twinwire::tls
