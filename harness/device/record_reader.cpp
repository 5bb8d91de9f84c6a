// SPDX-License-Identifier: Apache-2.0
// A record header is gathered octet by octet; with its last octet begins the first part. What is there of the payload
// goes into one part, and when the payload has all come the next header is awaited.
#include "harness/device/record_reader.hpp"

#include <algorithm>

#include "generator/wire/tls.hpp"

namespace twinwire::device {
namespace {

constexpr std::uint8_t major_version = 3;
constexpr std::size_t largest_payload = 16384 + 2048;  // of TLS 1.2, RFC 5246 section 6.2.3; TLS 1.3 allows less

}  // namespace

std::optional<RecordReader::Part> RecordReader::next(wire::Bytes& octets) {
  bool first = false;
  while (header_bytes_ < record_header) {
    if (octets.empty() || lost_) return std::nullopt;
    first = take_header(octets.front());
    octets = octets.subspan(1);
  }
  if (lost_ || (!first && octets.empty())) return std::nullopt;
  const std::size_t count = std::min(left_, octets.size());
  const Part part{header_[0], first, count == left_, octets.first(count)};
  octets = octets.subspan(count);
  left_ -= count;
  if (part.last) header_bytes_ = 0;
  return part;
}

/// Whether the header is whole with this octet.
bool RecordReader::take_header(std::uint8_t octet) {
  header_[header_bytes_++] = octet;
  lost_ = header_[0] < wire::tls_content::ChangeCipherSpec || header_[0] > wire::tls_content::ApplicationData ||
          (header_bytes_ > 1 && header_[1] != major_version);
  if (header_bytes_ < record_header || lost_) return false;
  left_ = wire::load16(header_, 3);
  lost_ = left_ > largest_payload;
  return !lost_;
}

}  // namespace twinwire::device
