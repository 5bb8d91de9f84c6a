// SPDX-License-Identifier: Apache-2.0
// A record header is gathered octet by octet, then its payload is taken in one go, and so on until the handshake
// message has the length that its own header tells. Whatever a ClientHello cannot be ends the reading at once: another
// record type or major version, a record that is empty or too long, another handshake message.
#include "harness/device/hello.hpp"

#include <algorithm>

namespace twinwire::device {
namespace {

constexpr std::uint8_t handshake_record = 22;
constexpr std::uint8_t client_hello = 1;
constexpr std::uint8_t major_version = 3;
constexpr std::size_t largest_record = 16384;  // RFC 8446 section 5.1
constexpr std::size_t message_header = 4;      // RFC 8446 section 4
constexpr std::size_t before_session_id = 38;  // message header, legacy_version, random: RFC 8446 section 4.1.2
constexpr std::uint16_t server_name_extension = 0;

/// Steps over vectors with a length in front (RFC 8446 section 3.4); beyond the end it stays there.
struct Cursor {
  wire::Bytes bytes;
  std::size_t at = 0;

  bool holds(std::size_t count) const { return at + count <= bytes.size(); }
  void skip_short_vector() { at += holds(1) ? 1U + bytes[at] : bytes.size(); }
  void skip_long_vector() { at += holds(2) ? 2U + wire::load16(bytes, at) : bytes.size(); }
};

}  // namespace

void HelloReader::read(wire::Bytes octets) {
  while (!octets.empty() && state_ == State::Reading) {
    std::size_t taken = 1;
    if (header_bytes_ < record_header) {
      take_header(octets.front());
    } else {
      taken = take_payload(octets);
    }
    wire_bytes_ += taken;
    octets = octets.subspan(taken);
  }
}

void HelloReader::take_header(std::uint8_t octet) {
  header_[header_bytes_++] = octet;
  if (header_[0] != handshake_record || (header_bytes_ > 1 && header_[1] != major_version)) state_ = State::Other;
  if (header_bytes_ < record_header) return;
  record_left_ = wire::load16(header_, 3);
  if (record_left_ == 0 || record_left_ > largest_record) state_ = State::Other;
  ++records_;
}

std::size_t HelloReader::take_payload(wire::Bytes octets) {
  const std::size_t count = std::min({octets.size(), record_left_, missing()});
  message_.insert(message_.end(), octets.begin(), octets.begin() + static_cast<std::ptrdiff_t>(count));
  record_left_ -= count;
  if (message_.front() != client_hello) {
    state_ = State::Other;
  } else if (missing() == 0) {
    state_ = State::Whole;
  }
  if (record_left_ == 0) {
    header_bytes_ = 0;
    if (!first_record_bytes_) first_record_bytes_ = message_.size();
  }
  return count;
}

/// Octets up to the end of the message, or of its header as long as that is not known.
std::size_t HelloReader::missing() const {
  if (message_.size() < message_header) return message_header - message_.size();
  const std::size_t body = wire::load32(message_, 0) & 0xFFFFFFU;
  return message_header + body - message_.size();
}

bool has_server_name(wire::Bytes message) {
  Cursor cursor{message, before_session_id};
  cursor.skip_short_vector();  // legacy_session_id
  cursor.skip_long_vector();   // cipher_suites
  cursor.skip_short_vector();  // legacy_compression_methods
  cursor.at += 2;              // length of all extensions
  while (cursor.holds(4)) {
    const std::uint16_t type = wire::load16(message, cursor.at);
    cursor.at += 2;
    cursor.skip_long_vector();
    if (type == server_name_extension) return cursor.holds(0);
  }
  return false;
}

}  // namespace twinwire::device
