// SPDX-License-Identifier: Apache-2.0
// A ClientHello as a device in the middle reads it: octet by octet as the stream comes, without going back.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "generator/wire/bytes.hpp"

namespace twinwire::device {

class HelloReader {
 public:
  enum class State : std::uint8_t {
    Reading,
    Whole,
    Other,  ///< what came is no ClientHello in TLS records
  };

  /// Takes the octets that follow those taken before. What stands behind the end of the hello is left alone.
  void read(wire::Bytes octets);

  State state() const { return state_; }
  /// Of the stream, record headers included, as far as they belong to the hello.
  std::uint64_t wire_bytes() const { return wire_bytes_; }
  /// Records whose header has come.
  std::uint64_t records() const { return records_; }
  /// The handshake message as far as it has come.
  wire::Bytes message() const { return message_; }
  /// How much of the message the first record carries; nothing as long as that record is not whole.
  std::optional<std::size_t> first_record_bytes() const { return first_record_bytes_; }

 private:
  void take_header(std::uint8_t octet);
  std::size_t take_payload(wire::Bytes octets);
  std::size_t missing() const;

  static constexpr std::size_t record_header = 5;  // RFC 8446 section 5.1
  State state_ = State::Reading;
  std::array<std::uint8_t, record_header> header_{};
  std::size_t header_bytes_ = 0;
  std::size_t record_left_ = 0;
  std::uint64_t wire_bytes_ = 0;
  std::uint64_t records_ = 0;
  std::vector<std::uint8_t> message_;
  std::optional<std::size_t> first_record_bytes_;
};

/// Whether the server_name extension (RFC 6066 section 3) is wholly in the first octets of a ClientHello message.
bool has_server_name(wire::Bytes message);

}  // namespace twinwire::device
