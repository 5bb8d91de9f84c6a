// SPDX-License-Identifier: Apache-2.0
// The message is written first (RFC 8446 section 4.1.2), with a padding extension (RFC 7685) last that brings it to the
// wanted size; then it is cut into records.
#include "tests/harness/device/hello_writer.hpp"

#include <algorithm>
#include <stdexcept>

namespace twinwire::test {
namespace {

constexpr std::size_t record_header = 5;
constexpr std::size_t largest_record = 16384;
constexpr std::uint16_t server_name = 0, padding = 21, made_up = 0xFAFA;

void put16(Octets& to, std::size_t number) {
  to.push_back(static_cast<std::uint8_t>(number >> 8U));
  to.push_back(static_cast<std::uint8_t>(number));
}

void put_extension(Octets& to, std::uint16_t type, const Octets& body) {
  put16(to, type);
  put16(to, body.size());
  to.insert(to.end(), body.begin(), body.end());
}

Octets name_list(const std::string& name) {
  Octets list;
  put16(list, name.size() + 3);
  list.push_back(0);  // host_name
  put16(list, name.size());
  list.insert(list.end(), name.begin(), name.end());
  return list;
}

Octets extensions(const HelloShape& shape, std::size_t room) {
  Octets all;
  if (shape.before_server_name > 0) put_extension(all, made_up, Octets(shape.before_server_name, 'b'));
  if (!shape.server_name.empty()) put_extension(all, server_name, name_list(shape.server_name));
  if (all.size() + 4 > room) throw std::invalid_argument("the hello is too small for its extensions");
  for (std::size_t left = room - all.size(); left > 0; left = room - all.size()) {
    // An extension holds less than 65,536 octets; a rest must leave room for one more.
    const std::size_t body = left > 60000 ? 50000 : left - 4;
    put_extension(all, padding, Octets(body, 0));
  }
  return all;
}

Octets message(const HelloShape& shape, std::size_t size) {
  Octets hello{1, static_cast<std::uint8_t>((size - 4) >> 16U)};
  put16(hello, size - 4);
  put16(hello, 0x0303);
  hello.insert(hello.end(), 32, 'r');
  hello.insert(hello.end(), {0, 0, 2, 0x13, 0x01, 1, 0});  // no session ID, one cipher suite, no compression
  const std::size_t room = size - hello.size() - 2;
  put16(hello, std::min<std::size_t>(room, 65535));
  const Octets all = extensions(shape, room);
  hello.insert(hello.end(), all.begin(), all.end());
  return hello;
}

/// Payload sizes of the records in which so many octets are the whole.
std::vector<std::size_t> record_sizes(const HelloShape& shape) {
  std::vector<std::size_t> sizes;
  std::size_t left = shape.wire_bytes;
  while (left > 0) {
    if (left <= record_header) throw std::invalid_argument("the hello is too small for its records");
    const std::size_t wanted = sizes.size() < shape.records.size() ? shape.records[sizes.size()] : largest_record;
    sizes.push_back(std::min({wanted, largest_record, left - record_header}));
    left -= record_header + sizes.back();
  }
  return sizes;
}

}  // namespace

Octets write_hello(const HelloShape& shape) {
  const auto sizes = record_sizes(shape);
  const Octets hello = message(shape, shape.wire_bytes - record_header * sizes.size());
  Octets stream;
  auto from = hello.begin();
  for (const std::size_t size : sizes) {
    stream.insert(stream.end(), {22, 3, 1});
    put16(stream, size);
    stream.insert(stream.end(), from, from + static_cast<std::ptrdiff_t>(size));
    from += static_cast<std::ptrdiff_t>(size);
  }
  return stream;
}

std::vector<Octets> cut(const Octets& stream, std::size_t size) {
  std::vector<Octets> pieces;
  for (std::size_t at = 0; at < stream.size(); at += size) {
    const auto first = stream.begin() + static_cast<std::ptrdiff_t>(at);
    pieces.emplace_back(first, first + static_cast<std::ptrdiff_t>(std::min(size, stream.size() - at)));
  }
  return pieces;
}

}  // namespace twinwire::test
