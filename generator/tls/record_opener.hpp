// SPDX-License-Identifier: Apache-2.0
// Opens the TLS 1.3 records of one direction for who has been told its traffic secret: key agents and readers of
// captures. What cannot be opened is said by a value; nothing here throws because of what stands on the wire.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "generator/wire/bytes.hpp"
#include "generator/wire/tls.hpp"

struct evp_cipher_ctx_st;

namespace twinwire::tls {

/// A line of a key log (NSS format): "SERVER_TRAFFIC_SECRET_0 <client random> <secret>", both in hexadecimal.
struct KeyLogLine {
  std::string label;
  std::vector<std::uint8_t> client_random, secret;
};
/// Nothing if the line is a comment, or not of three fields of which the last two are whole octets.
std::optional<KeyLogLine> read_key_log_line(std::string_view line);

class RecordOpener {
 public:
  /// A record that was opened: TLSInnerPlaintext without its padding (RFC 8446 section 5.2).
  struct Opened {
    std::uint8_t type = 0;  ///< the real one, wire::tls_content
    std::vector<std::uint8_t> content;
  };
  /// Why a record was not opened. Only NotAuthentic leaves the sequence number where it was, so that the next record is
  /// tried with the same.
  enum class Closed : std::uint8_t {
    NotAuthentic,    ///< another key, another place in the order, or damaged
    WithoutContent,  ///< nothing but padding (RFC 8446 section 5.4)
    KeyUpdated,      ///< the sender has changed its key (RFC 8446 section 4.6.3): no record opens any more
  };
  enum class Refusal : std::uint8_t {
    UnknownSuite,  ///< none of TLS_AES_128_GCM_SHA256, TLS_AES_256_GCM_SHA384, TLS_CHACHA20_POLY1305_SHA256
    SecretSize,    ///< not as long as the hash of the cipher suite
    NoCipher,      ///< OpenSSL has it not, or not for this
  };

  static std::variant<RecordOpener, Refusal> make(std::uint16_t cipher_suite, wire::Bytes secret);
  ~RecordOpener();
  RecordOpener(RecordOpener&&) noexcept;
  RecordOpener& operator=(RecordOpener&&) noexcept;
  RecordOpener(const RecordOpener&) = delete;
  RecordOpener& operator=(const RecordOpener&) = delete;

  /// The payload of a record of type application_data, records given in the order of the stream.
  std::variant<Opened, Closed> open(wire::Bytes payload);
  /// How many records have been opened: the sequence number of the next (RFC 8446 section 5.3).
  std::uint64_t opened() const { return sequence_; }
  bool key_updated() const { return key_updated_; }

 private:
  struct Release {
    void operator()(evp_cipher_ctx_st* cipher) const;
  };
  using Cipher = std::unique_ptr<evp_cipher_ctx_st, Release>;

  RecordOpener(Cipher cipher, std::vector<std::uint8_t> write_iv);
  std::optional<std::vector<std::uint8_t>> decrypt(wire::Bytes payload);
  void watch_for_key_update(wire::Bytes content);

  Cipher cipher_;
  std::vector<std::uint8_t> write_iv_;
  std::uint64_t sequence_ = 0;
  wire::HandshakeReader messages_{{}};
  bool key_updated_ = false;
};

}  // namespace twinwire::tls
