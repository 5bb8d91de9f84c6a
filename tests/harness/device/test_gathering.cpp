// SPDX-License-Identifier: Apache-2.0
// The parts of which an accumulating firewall is made: octets put in order, the hello read from them, and what the
// receiver of a direction has.
#include <algorithm>
#include <random>

#include "harness/device/forwarded.hpp"
#include "harness/device/hello.hpp"
#include "harness/device/reassembly.hpp"
#include "tests/harness/device/hello_writer.hpp"
#include "tests/support/catch.hpp"

using namespace twinwire;
using namespace twinwire::test;
using device::HelloReader;
using device::Reassembly;
using Fit = device::Reassembly::Fit;

namespace {

Octets numbered(std::size_t count) {
  Octets octets(count);
  for (std::size_t at = 0; at < count; ++at) octets[at] = static_cast<std::uint8_t>(at * 7 + at / 251);
  return octets;
}

wire::Bytes part(const Octets& octets, std::size_t from, std::size_t count) {
  return wire::Bytes(octets).subspan(from, count);
}

}  // namespace

// Reassembly.

TEST_CASE("octets in any order, doubled and overlapping, come out in order and once", "[reassembly]") {
  const auto seed = GENERATE(range(0U, 50U));
  INFO("seed " << seed);
  std::mt19937 random(seed);
  const Octets stream = numbered(1000);
  Reassembly reassembly;
  Octets got;
  while (got.size() < stream.size()) {
    const std::size_t from = random() % stream.size();
    const std::size_t count = std::min<std::size_t>(1 + random() % 80, stream.size() - from);
    if (reassembly.fit(static_cast<std::int64_t>(from), count) == Fit::TooFar) continue;
    const auto following = reassembly.add(static_cast<std::int64_t>(from), part(stream, from, count));
    got.insert(got.end(), following.begin(), following.end());
    REQUIRE(reassembly.in_order() == got.size());
  }
  CHECK(got == stream);
}

TEST_CASE("where octets overlap, those that came first stand", "[reassembly]") {
  Reassembly reassembly;
  CHECK(reassembly.add(2, Octets{'c', 'd'}).empty());
  CHECK(reassembly.add(1, Octets{'X', 'X', 'X', 'e'}).empty());
  CHECK(reassembly.add(0, Octets{'a', 'Y'}) == Octets{'a', 'X', 'c', 'd', 'e'});
  CHECK(reassembly.add(3, Octets{'Z', 'Z', 'f'}) == Octets{'f'});
}

TEST_CASE("what came before the first octet is cut off", "[reassembly]") {
  Reassembly reassembly;
  CHECK(reassembly.fit(-3, 3) == Fit::Old);
  CHECK(reassembly.add(-3, Octets{'x', 'x', 'x'}).empty());
  CHECK(reassembly.add(-3, Octets{'x', 'x', 'x', 'a'}) == Octets{'a'});
}

TEST_CASE("each place of a segment has its name", "[reassembly]") {
  Reassembly reassembly;
  reassembly.add(0, numbered(100));
  CHECK(reassembly.fit(0, 100) == Fit::Old);
  CHECK(reassembly.fit(50, 51) == Fit::Next);
  CHECK(reassembly.fit(100, 1) == Fit::Next);
  CHECK(reassembly.fit(101, 1) == Fit::Ahead);
  CHECK(reassembly.fit(100, Reassembly::most_octets - 100) == Fit::Next);
  CHECK(reassembly.fit(100, Reassembly::most_octets - 99) == Fit::TooMuch);
  CHECK(reassembly.fit(101, Reassembly::most_octets - 100) == Fit::TooFar);
}

// The hello.

TEST_CASE("a hello is read alike however it comes", "[hello]") {
  const std::size_t segment = GENERATE(1U, 2U, 5U, 100U, 70000U);
  using Sizes = std::vector<std::size_t>;
  const Sizes records = GENERATE(Sizes{}, Sizes{1}, Sizes{100}, Sizes{1, 2, 3, 4, 5}, Sizes{100, 50});
  const Octets stream = write_hello({.wire_bytes = 500, .records = records});
  HelloReader reader;
  for (const auto& piece : cut(stream, segment)) {
    CHECK(reader.state() == HelloReader::State::Reading);
    reader.read(piece);
  }
  CHECK(reader.state() == HelloReader::State::Whole);
  CHECK(reader.wire_bytes() == 500);
  CHECK(reader.records() == records.size() + 1);
  CHECK(reader.message().size() == 500 - 5 * reader.records());
  REQUIRE(reader.first_record_bytes());
  CHECK(*reader.first_record_bytes() == (records.empty() ? 495 : records[0]));
}

TEST_CASE("a hello ends where its own length says", "[hello]") {
  Octets stream = write_hello({.wire_bytes = 300});
  stream.insert(stream.end(), {20, 3, 3, 0, 1, 1});
  HelloReader reader;
  reader.read(part(stream, 0, 299));
  CHECK(reader.state() == HelloReader::State::Reading);
  reader.read(part(stream, 299, stream.size() - 299));
  CHECK(reader.state() == HelloReader::State::Whole);
  CHECK(reader.wire_bytes() == 300);
}

TEST_CASE("a hello that another record interrupts is none", "[hello][rfc8446]") {
  // A handshake record of 4 octets that begins a hello, then an alert.
  const Octets stream{22, 3, 1, 0, 4, 1, 0, 1, 0, 21, 3, 3, 0, 2, 2, 40};
  HelloReader reader;
  reader.read(part(stream, 0, 9));
  CHECK(reader.state() == HelloReader::State::Reading);
  reader.read(part(stream, 9, 7));
  CHECK(reader.state() == HelloReader::State::Other);
}

TEST_CASE("server_name is there from its last octet on", "[hello][rfc6066]") {
  const std::size_t before = GENERATE(0U, 1U, 300U);
  const Octets stream = write_hello({.wire_bytes = 800, .before_server_name = before});
  const wire::Bytes message = part(stream, 5, 795);
  // Header 4, version 2, random 32, session ID 1, ciphers 4, compression 2, length 2, server_name 4 + 2 + 3 + 14.
  const std::size_t end = 70 + (before == 0 ? 0 : 4 + before);
  for (std::size_t size = 0; size <= message.size(); ++size) {
    INFO(size);
    CHECK(device::has_server_name(message.first(size)) == (size >= end));
  }
}

TEST_CASE("a hello without server_name has none, and a broken one neither", "[hello]") {
  const Octets none = write_hello({.wire_bytes = 500, .server_name = ""});
  CHECK_FALSE(device::has_server_name(part(none, 5, 495)));
  CHECK_FALSE(device::has_server_name({}));
  CHECK_FALSE(device::has_server_name(Octets(400, 0xFF)));
}

// What the receiver has.

TEST_CASE("the receiver expects what follows the last octet without a hole", "[forwarded][rfc9293]") {
  device::Forwarded forwarded;
  forwarded.add(5, 10);
  CHECK_FALSE(forwarded.next());
  forwarded.begin(0xFFFFFFF0U);
  forwarded.add(0xFFFFFFF0U, 0xFFFFFFF8U);
  CHECK(forwarded.next() == 0xFFFFFFF8U);
  forwarded.add(4, 20);
  forwarded.add(0, 4);
  CHECK(forwarded.next() == 0xFFFFFFF8U);
  forwarded.add(0xFFFFFFF0U, 0);
  CHECK(forwarded.next() == 20U);
  forwarded.add(2, 8);
  CHECK(forwarded.next() == 20U);
}
