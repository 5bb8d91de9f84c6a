// SPDX-License-Identifier: Apache-2.0
// TLS records as a device in the middle reads them: part by part as the stream comes, without waiting for a record to
// be whole.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "generator/wire/bytes.hpp"

namespace twinwire::device {

class RecordReader {
 public:
  /// Octets of one record's payload that stand together.
  struct Part {
    std::uint8_t type = 0;  ///< wire::tls_content
    bool first = false;     ///< the header of the record has just come
    bool last = false;
    wire::Bytes octets;  ///< none where there is only the header yet
  };
  /// The next part, taken away from `octets`; nothing if they end before, or are no TLS.
  std::optional<Part> next(wire::Bytes& octets);

  /// What came is no TLS record: another type or major version, or too long (RFC 8446 section 5.2).
  bool lost() const { return lost_; }
  /// The octets taken so far end between two records.
  bool between_records() const { return header_bytes_ == 0; }

 private:
  static constexpr std::size_t record_header = 5;  // RFC 8446 section 5.1
  bool take_header(std::uint8_t octet);

  std::array<std::uint8_t, record_header> header_{};
  std::size_t header_bytes_ = 0;
  std::size_t left_ = 0;  ///< of the payload
  bool lost_ = false;
};

}  // namespace twinwire::device
