// SPDX-License-Identifier: Apache-2.0
// Consecutive records with handshake messages in plain text are joined, the messages are told apart by the lengths in
// their headers, and each is written again in records of the wanted sizes. A handshake record is in plain text until
// ChangeCipherSpec has gone by in TLS 1.2; in TLS 1.3 always, because what is encrypted there goes by the name of
// application data (RFC 8446 section 5.2).
#include "generator/tls/record_cutter.hpp"

#include <algorithm>

#include "generator/wire/tls.hpp"

namespace twinwire::tls {
namespace {

constexpr std::size_t message_header = 4;

Octets make_record(std::uint8_t type, std::uint16_t version, wire::Bytes payload) {
  Octets record(record_header_bytes + payload.size());
  record[0] = type;
  wire::store16(record, 1, version);
  wire::store16(record, 3, static_cast<std::uint16_t>(payload.size()));
  std::ranges::copy(payload, record.begin() + record_header_bytes);
  return record;
}

}  // namespace

void check(const Records& records) {
  for (const std::uint32_t size : records.sizes) {
    if (size == 0 || size > largest_record) {
      throw TlsError("a record cannot have " + std::to_string(size) + " octets of payload: 1 to " +
                     std::to_string(largest_record) + " are possible");
    }
  }
}

std::uint32_t record_size(const Records& records, std::size_t number) {
  if (records.sizes.empty()) return largest_record;
  return records.sizes[std::min(number, records.sizes.size() - 1)];
}

std::size_t wire_bytes(const Records& records, std::size_t message_bytes) {
  std::size_t number = 0;
  std::size_t left = message_bytes;
  while (left > 0 && number < records.sizes.size()) {
    left -= std::min<std::size_t>(left, record_size(records, number));
    ++number;
  }
  const std::size_t last = record_size(records, number);
  return message_bytes + (number + (left + last - 1) / last) * record_header_bytes;
}

std::vector<Octets> RecordCutter::cut(wire::Bytes stream, std::optional<Version> version) {
  std::vector<Octets> records;
  Octets messages;
  for (const wire::TlsRecord& record : wire::read_tls_records(stream)) {
    const bool plain = !changed_cipher_ || version == Version::Tls13;
    if (record.type == wire::tls_content::Handshake && plain && !records_.sizes.empty()) {
      // OpenSSL writes whole messages only, so the next record that is none of them finds the last one complete.
      messages.insert(messages.end(), record.payload.begin(), record.payload.end());
      version_ = record.version;
      continue;
    }
    cut_messages(messages, records);
    messages.clear();
    changed_cipher_ = changed_cipher_ || record.type == wire::tls_content::ChangeCipherSpec;
    records.push_back(make_record(record.type, record.version, record.payload));
  }
  cut_messages(messages, records);
  return records;
}

void RecordCutter::cut_messages(wire::Bytes messages, std::vector<Octets>& records) {
  while (messages.size() >= message_header) {
    const std::size_t length = (std::size_t{messages[1]} << 16U) + wire::load16(messages, 2);
    const std::size_t size = std::min(messages.size(), message_header + length);
    cut_message(messages.first(size), records);
    messages = messages.subspan(size);
  }
}

void RecordCutter::cut_message(wire::Bytes message, std::vector<Octets>& records) {
  while (!message.empty()) {
    const std::size_t size = std::min<std::size_t>(message.size(), record_size(records_, number_++));
    records.push_back(make_record(wire::tls_content::Handshake, version_, message.first(size)));
    message = message.subspan(size);
  }
}

}  // namespace twinwire::tls
