// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "generator/wire/packet.hpp"
#include "tests/support/catch.hpp"

using namespace twinwire::wire;

namespace {

// 198.18.1.2.50000 > 198.18.2.2.443: Flags [S], seq 0x01020304, win 65535, options [mss 1460], length 0; ttl 64, id
// 0x1234, DF
const std::vector<std::uint8_t> syn{
    0x02, 0x74, 0x77, 0,    0,    2,    0x02, 0x74, 0x77, 0,    0,    1,    0x08, 0x00,  // Ethernet
    0x45, 0x00, 0x00, 0x2c, 0x12, 0x34, 0x40, 0x00, 0x40, 0x06, 0x99, 0x6c, 0xc6, 0x12,
    0x01, 0x02, 0xc6, 0x12, 0x02, 0x02, 0xc3, 0x50, 0x01, 0xbb, 0x01, 0x02, 0x03, 0x04,
    0,    0,    0,    0,    0x60, 0x02, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00,  // TCP
    0x02, 0x04, 0x05, 0xb4};

}  // namespace

TEST_CASE("a SYN is read field by field", "[wire][rfc9293]") {
  const auto packet = decode(syn);
  REQUIRE(packet);
  REQUIRE(packet->tcp);
  CHECK(to_string(packet->src) == "198.18.1.2");
  CHECK(to_string(packet->dst) == "198.18.2.2");
  CHECK(packet->ttl == 64);
  CHECK(packet->ip_id == 0x1234);
  CHECK(packet->df);
  CHECK(packet->tcp->src_port == 50000);
  CHECK(packet->tcp->dst_port == 443);
  CHECK(packet->tcp->seq == 0x01020304);
  CHECK(packet->tcp->flags == tcp_flag::Syn);
  CHECK(packet->tcp->window == 65535);
  CHECK(packet->tcp->seg_len() == 1);
  CHECK_FALSE(packet->tcp->checksum_ok);  // it is zero in this frame
  const auto options = parse_tcp_options(packet->tcp->options);
  REQUIRE(options.size() == 1);
  CHECK(options[0].kind == 2);
  CHECK(load16(options[0].data, 0) == 1460);
}

TEST_CASE("a frame cut off anywhere is read without harm", "[wire]") {
  for (std::size_t length = 0; length < syn.size(); ++length) {
    const auto packet = decode(Bytes(syn).first(length));
    CHECK(packet.has_value() == (length >= ethernet_header));
    if (packet) CHECK_FALSE(packet->tcp);
  }
}

TEST_CASE("Ethernet padding is not payload", "[wire]") {
  std::vector<std::uint8_t> padded = syn;
  padded.resize(60 + 10, 0xEE);
  CHECK(decode(padded)->tcp->payload.empty());
}

TEST_CASE("a header length below five words is no TCP header", "[wire][rfc9293]") {
  std::vector<std::uint8_t> bad = syn;
  bad[14 + 20 + 12] = 0x40;
  CHECK_FALSE(decode(bad)->tcp);
}

TEST_CASE("a fragment has no TCP header to look at", "[wire]") {
  std::vector<std::uint8_t> fragment = syn;
  fragment[14 + 6] = 0x20;  // MF
  CHECK(decode(fragment)->fragment);
  CHECK_FALSE(decode(fragment)->tcp);
}

TEST_CASE("an option with a bad length ends the list", "[wire][rfc9293]") {
  const std::vector<std::uint8_t> zero{1, 5, 0, 2, 4, 5, 0xb4};
  const std::vector<std::uint8_t> beyond{1, 2, 40, 5};
  const std::vector<std::uint8_t> cut{1, 8};
  for (const auto& options : {zero, beyond, cut}) CHECK(parse_tcp_options(options).size() == 1);
}

TEST_CASE("an ICMP error names the connection it quotes", "[wire][rfc792]") {
  // 198.18.1.1 > 198.18.1.2: ICMP unreachable, quoting the SYN above
  std::vector<std::uint8_t> error(syn.begin(), syn.begin() + 14);
  const std::vector<std::uint8_t> header{0x45, 0, 0,    56,   0, 0, 0, 0,  64, 1, 0, 0, 0xc6, 0x12,
                                         1,    1, 0xc6, 0x12, 1, 2, 3, 13, 0,  0, 0, 0, 0,    0};
  error.insert(error.end(), header.begin(), header.end());
  error.insert(error.end(), syn.begin() + 14, syn.begin() + 14 + 28);
  const auto packet = decode(error);
  REQUIRE(packet);
  const auto quoted = quoted_by_icmp(*packet);
  REQUIRE(quoted);
  CHECK(quoted->src_port == 50000);
  CHECK(quoted->dst_port == 443);
  CHECK(quoted->seq == 0x01020304);
}

TEST_CASE("what the fuzzer keeps is read without harm", "[wire][fuzz]") {
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(TWINWIRE_SOURCE_DIR "/tests/fuzz/corpus/frame")) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::vector<char> text{std::istreambuf_iterator<char>(file), {}};
    const std::vector<std::uint8_t> frame(text.begin(), text.end());
    const auto packet = decode(frame);
    if (packet && packet->is_ip) quoted_by_icmp(*packet);
    if (packet && packet->tcp) CHECK(parse_tcp_options(packet->tcp->options).size() <= packet->tcp->options.size());
    ++files;
  }
  CHECK(files >= 6);
}
