// SPDX-License-Identifier: Apache-2.0
// The stream is walked record by record. The payloads of its handshake records are put together until the first message
// is whole or the stream ends; beside each piece stands where in the stream it came from, so that a place in the
// message can be told as a place in the stream. Then the message is read field by field by a cursor that, once it was
// asked for more than is there, gives nothing any more: what stands behind a lie about a length is not believed.
#include "generator/wire/tls.hpp"

#include <algorithm>
#include <array>

namespace twinwire::wire {
namespace {

constexpr std::size_t record_header = 5;
constexpr std::size_t message_header = 4;
constexpr std::size_t random_bytes = 32;

namespace message_type {
constexpr std::uint8_t ClientHello = 1, ServerHello = 2, NewSessionTicket = 4;
}
namespace extension_type {
constexpr std::uint16_t ServerName = 0, Alpn = 16, SessionTicket = 35, PreSharedKey = 41, EarlyData = 42,
                        SupportedVersions = 43, KeyShare = 51;
}

/// The random of a ServerHello that is a HelloRetryRequest (RFC 8446 section 4.1.3).
constexpr std::array<std::uint8_t, random_bytes> hello_retry_random{
    0xCF, 0x21, 0xAD, 0x74, 0xE5, 0x9A, 0x61, 0x11, 0xBE, 0x1D, 0x8C, 0x02, 0x1E, 0x65, 0xB8, 0x91,
    0xC2, 0xA2, 0x11, 0x16, 0x7A, 0xBB, 0x8C, 0x5E, 0x07, 0x9E, 0x09, 0xE2, 0xC8, 0xA8, 0x33, 0x9C};

bool is_record(Bytes header) {
  return header[0] >= tls_content::ChangeCipherSpec && header[0] <= tls_content::ApplicationData && header[1] == 3;
}

/// The record at `offset`, or nothing if there is no header of one.
std::optional<TlsRecord> record_at(Bytes stream, std::size_t offset) {
  const Bytes rest = stream.subspan(offset);
  if (rest.size() < record_header || !is_record(rest)) return std::nullopt;
  TlsRecord record;
  record.type = rest[0];
  record.version = load16(rest, 1);
  record.offset = offset;
  const std::size_t length = load16(rest, 3);
  record.whole = length <= rest.size() - record_header;
  record.payload = rest.subspan(record_header, std::min(length, rest.size() - record_header));
  return record;
}

/// Gives what is asked for, or nothing from the first time on that there is too little.
class Cursor {
 public:
  explicit Cursor(Bytes bytes) : rest_(bytes) {}

  bool ok() const { return ok_; }
  std::size_t left() const { return rest_.size(); }

  Bytes take(std::size_t count) {
    if (!ok_ || count > rest_.size()) {
      ok_ = false;
      return {};
    }
    const Bytes taken = rest_.first(count);
    rest_ = rest_.subspan(count);
    return taken;
  }
  std::uint8_t take8() {
    const Bytes taken = take(1);
    return ok_ ? taken[0] : std::uint8_t{0};
  }
  std::uint16_t take16() {
    const Bytes taken = take(2);
    return ok_ ? load16(taken, 0) : std::uint16_t{0};
  }
  std::uint32_t take32() {
    const Bytes taken = take(4);
    return ok_ ? load32(taken, 0) : 0U;
  }
  Bytes vector8() { return take(take8()); }
  Bytes vector16() { return take(take16()); }
  /// A vector as far as it is there.
  Bytes cut_vector16() {
    const std::size_t length = take16();
    return take(std::min(length, rest_.size()));
  }

 private:
  Bytes rest_;
  bool ok_ = true;
};

/// Of a handshake message with its header, or of the header as long as that is not there.
std::size_t size_of(Bytes message) {
  return message.size() < message_header ? message_header
                                         : message_header + (std::size_t{message[1]} << 16U) + load16(message, 2);
}

/// The handshake message that a stream begins with.
struct Message {
  std::vector<std::uint8_t> octets;  ///< with its header, as far as they are there
  /// Where pieces of the message begin: in it, and in the stream.
  std::vector<std::pair<std::size_t, std::size_t>> pieces;
  std::size_t wire_bytes = 0;
  bool whole = false;

  std::size_t wanted() const { return size_of(octets); }
  /// The offset in the stream of an octet of the message.
  std::size_t in_stream(std::size_t at) const {
    const auto after = std::upper_bound(pieces.begin(), pieces.end(), at,
                                        [](std::size_t value, const auto& piece) { return value < piece.first; });
    const auto& piece = *std::prev(after);
    return piece.second + (at - piece.first);
  }
};

/// Takes from one payload what belongs to the message; its header tells how much only once it is there.
void append(Message& message, const TlsRecord& record) {
  message.pieces.emplace_back(message.octets.size(), record.offset + record_header);
  std::size_t used = 0;
  while (used < record.payload.size() && message.octets.size() < message.wanted()) {
    const std::size_t count = std::min(record.payload.size() - used, message.wanted() - message.octets.size());
    const Bytes piece = record.payload.subspan(used, count);
    message.octets.insert(message.octets.end(), piece.begin(), piece.end());
    used += count;
  }
  message.wire_bytes = record.offset + record_header + used;
  message.whole = message.octets.size() >= message_header && message.octets.size() == message.wanted();
}

/// A message by itself, if it is of that type.
std::optional<Message> alone(Bytes octets, std::uint8_t type) {
  if (octets.empty() || octets[0] != type) return std::nullopt;
  Message message;
  message.octets.assign(octets.begin(),
                        octets.begin() + static_cast<std::ptrdiff_t>(std::min(octets.size(), size_of(octets))));
  message.pieces.emplace_back(0, 0);
  message.wire_bytes = message.octets.size();
  message.whole = message.octets.size() >= message_header && message.octets.size() == message.wanted();
  return message;
}

std::optional<Message> first_message(Bytes stream, std::uint8_t type) {
  Message message;
  std::size_t offset = 0;
  while (!message.whole) {
    const auto record = record_at(stream, offset);
    if (!record || record->type != tls_content::Handshake) break;
    if (!record->whole && record->payload.empty()) break;  // a header that carries nothing yet
    append(message, *record);
    if (!record->whole) break;
    offset += record_header + record->payload.size();
  }
  if (message.octets.empty() || message.octets[0] != type) return std::nullopt;
  return message;
}

struct Extension {
  std::uint16_t type = 0;
  Bytes octets;
};

/// All extensions that are there from first to last octet.
std::vector<Extension> read_extensions(Bytes block) {
  std::vector<Extension> extensions;
  Cursor cursor(block);
  while (cursor.left() > 0) {
    Extension extension;
    extension.type = cursor.take16();
    extension.octets = cursor.vector16();
    if (!cursor.ok()) break;
    extensions.push_back(extension);
  }
  return extensions;
}

/// The first host name of a server_name extension (RFC 6066 section 3).
std::optional<Bytes> host_name(Bytes extension) {
  Cursor list(Cursor(extension).vector16());
  while (list.left() > 0) {
    const std::uint8_t type = list.take8();
    const Bytes name = list.vector16();
    if (!list.ok()) return std::nullopt;
    if (type == 0) return name;
  }
  return std::nullopt;
}

std::vector<std::string> protocol_names(Bytes extension) {
  std::vector<std::string> names;
  Cursor list(Cursor(extension).vector16());
  while (list.left() > 0) {
    const Bytes name = list.vector8();
    if (!list.ok()) break;
    names.emplace_back(name.begin(), name.end());
  }
  return names;
}

std::vector<std::uint8_t> copy(Bytes octets) { return {octets.begin(), octets.end()}; }

std::vector<std::vector<std::uint8_t>> psk_identities(Bytes extension) {
  std::vector<std::vector<std::uint8_t>> identities;
  Cursor list(Cursor(extension).vector16());
  while (list.left() > 0) {
    const Bytes identity = list.vector16();
    list.take(4);  // obfuscated_ticket_age
    if (!list.ok()) break;
    identities.push_back(copy(identity));
  }
  return identities;
}

void read_extension(ClientHello& hello, const Message& message, const Extension& extension) {
  switch (extension.type) {
    case extension_type::ServerName:
      // Of two server_name extensions the first counts here; that there are two is seen in `extensions`.
      if (const auto name = host_name(extension.octets); name && !hello.server_name) {
        hello.server_name.emplace(name->begin(), name->end());
        if (!name->empty()) {
          hello.server_name_offset = message.in_stream(static_cast<std::size_t>(name->data() - message.octets.data()));
        }
      }
      break;
    case extension_type::Alpn:
      hello.alpn = protocol_names(extension.octets);
      break;
    case extension_type::SessionTicket:
      hello.ticket_bytes = extension.octets.size();
      hello.ticket = copy(extension.octets);
      break;
    case extension_type::PreSharedKey:
      hello.psk_identities = psk_identities(extension.octets);
      hello.psk_identity_bytes = Cursor(Cursor(extension.octets).vector16()).vector16().size();
      break;
    case extension_type::EarlyData:
      hello.early_data = true;
      break;
    default:
      break;
  }
}

ClientHello read_client_hello(const Message& message) {
  ClientHello hello;
  hello.wire_bytes = message.wire_bytes;
  hello.message_bytes = message.octets.size();
  hello.records = message.pieces.size();
  hello.whole = message.whole;

  Cursor cursor(message.octets);
  cursor.take(message_header);
  hello.legacy_version = cursor.take16();
  hello.random = copy(cursor.take(random_bytes));
  hello.session_id = copy(cursor.vector8());
  hello.session_id_bytes = hello.session_id.size();
  hello.cipher_suites = cursor.vector16().size() / 2;
  cursor.vector8();  // compression methods
  const Bytes block = cursor.cut_vector16();
  hello.extension_bytes = block.size();
  for (const Extension& extension : read_extensions(block)) {
    hello.extensions.push_back(extension.type);
    read_extension(hello, message, extension);
  }
  return hello;
}

ServerHello read_server_hello(const Message& message) {
  ServerHello hello;
  hello.wire_bytes = message.wire_bytes;
  hello.whole = message.whole;

  Cursor cursor(message.octets);
  cursor.take(message_header);
  hello.version = cursor.take16();
  hello.random = copy(cursor.take(random_bytes));
  hello.hello_retry = std::ranges::equal(hello.random, hello_retry_random);
  hello.session_id = copy(cursor.vector8());
  hello.cipher_suite = cursor.take16();
  cursor.take8();  // compression method
  for (const Extension& extension : read_extensions(cursor.cut_vector16())) {
    hello.extensions.push_back(extension.type);
    if (extension.octets.size() < 2) continue;
    const std::uint16_t number = load16(extension.octets, 0);
    if (extension.type == extension_type::SupportedVersions) hello.version = number;
    if (extension.type == extension_type::KeyShare) hello.group = number;
    if (extension.type == extension_type::PreSharedKey) hello.selected_identity = number;
  }
  return hello;
}

}  // namespace

std::vector<TlsRecord> read_tls_records(Bytes stream) {
  std::vector<TlsRecord> records;
  std::size_t offset = 0;
  while (const auto record = record_at(stream, offset)) {
    records.push_back(*record);
    if (!record->whole) break;
    offset += record_header + record->payload.size();
  }
  return records;
}

std::optional<ClientHello> read_client_hello(Bytes stream) {
  const auto message = first_message(stream, message_type::ClientHello);
  return message ? std::optional(read_client_hello(*message)) : std::nullopt;
}

std::optional<ClientHello> read_client_hello_message(Bytes message) {
  const auto hello = alone(message, message_type::ClientHello);
  return hello ? std::optional(read_client_hello(*hello)) : std::nullopt;
}

std::optional<ServerHello> read_server_hello(Bytes stream) {
  const auto message = first_message(stream, message_type::ServerHello);
  return message ? std::optional(read_server_hello(*message)) : std::nullopt;
}

std::optional<ServerHello> read_server_hello_message(Bytes message) {
  const auto hello = alone(message, message_type::ServerHello);
  return hello ? std::optional(read_server_hello(*hello)) : std::nullopt;
}

std::optional<NewSessionTicket> read_new_session_ticket(Bytes message, TicketForm form) {
  const auto whole = alone(message, message_type::NewSessionTicket);
  if (!whole || !whole->whole) return std::nullopt;
  Cursor cursor(whole->octets);
  cursor.take(message_header);
  NewSessionTicket issued;
  issued.lifetime_seconds = cursor.take32();
  if (form == TicketForm::Tls13) {
    cursor.take32();   // ticket_age_add
    cursor.vector8();  // ticket_nonce
  }
  issued.ticket = copy(cursor.vector16());
  if (form == TicketForm::Tls13) cursor.vector16();  // extensions
  if (!cursor.ok() || cursor.left() > 0) return std::nullopt;
  return issued;
}

std::optional<HandshakeReader::Message> HandshakeReader::take(Bytes& octets) {
  while (!octets.empty() && !too_long_) {
    if (held_.size() < message_header) {
      held_.push_back(octets.front());
      octets = octets.subspan(1);
      if (held_.size() == message_header) begin_body();
    } else {
      take_body(octets);
    }
    if (held_.size() >= message_header && missing_ == 0 && !too_long_) return finish();
  }
  octets = octets.last(0);
  return std::nullopt;
}

void HandshakeReader::begin_body() {
  missing_ = size_of(held_) - message_header;
  too_long_ = keeps() && missing_ > most_bytes - message_header;
}

void HandshakeReader::take_body(Bytes& octets) {
  const std::size_t count = std::min(octets.size(), missing_);
  if (keeps()) held_.insert(held_.end(), octets.begin(), octets.begin() + static_cast<std::ptrdiff_t>(count));
  missing_ -= count;
  octets = octets.subspan(count);
}

HandshakeReader::Message HandshakeReader::finish() {
  Message message{held_.front(), {}};
  if (keeps()) message.octets = std::move(held_);
  held_.clear();
  return message;
}

bool HandshakeReader::keeps() const { return std::ranges::find(kept_, held_.front()) != kept_.end(); }

std::optional<std::uint8_t> HandshakeReader::begun() const {
  return held_.empty() ? std::nullopt : std::optional(held_.front());
}

std::optional<int> read_plain_alert(Bytes stream) {
  const std::vector<TlsRecord> records = read_tls_records(stream);
  if (records.empty()) return std::nullopt;
  const TlsRecord& last = records.back();
  if (!last.whole || last.type != tls_content::Alert || last.payload.size() != 2) return std::nullopt;
  // A level that is neither warning nor fatal: two octets that are encrypted, or no alert.
  if (last.payload[0] != 1 && last.payload[0] != 2) return std::nullopt;
  if (last.offset + record_header + last.payload.size() != stream.size()) return std::nullopt;
  return last.payload[1];
}

}  // namespace twinwire::wire
