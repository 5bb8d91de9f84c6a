// SPDX-License-Identifier: Apache-2.0
#include "generator/craft/builder.hpp"
#include "generator/wire/checksum.hpp"
#include "generator/wire/packet.hpp"
#include "tests/support/catch.hpp"

using namespace twinwire;

namespace {

craft::Segment segment(const char* src, const char* dst) {
  craft::Segment made;
  made.src = *wire::parse_address(src);
  made.dst = *wire::parse_address(dst);
  made.src_port = 1234;
  made.dst_port = 443;
  made.seq = 0xFFFFFFF0;
  made.ack = 7;
  made.flags = wire::tcp_flag::Psh | wire::tcp_flag::Ack;
  made.window = 4321;
  made.options = {1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2};
  made.payload = {'a', 'b', 'c'};
  made.ttl = 17;
  made.tos = 0x28;
  made.ip_id = 99;
  return made;
}

}  // namespace

TEST_CASE("what is built is what is read, in both families", "[craft]") {
  craft::Builder builder;
  const bool v6 = GENERATE(false, true);
  const craft::Segment wanted = v6 ? segment("2001:2:0:1::2", "2001:2:0:2::2") : segment("198.18.1.2", "198.18.2.2");
  const craft::Frame frame = builder.tcp(wanted);
  const auto packet = wire::decode(frame);
  REQUIRE(packet);
  REQUIRE(packet->tcp);
  CHECK(packet->src == wanted.src);
  CHECK(packet->dst == wanted.dst);
  CHECK(packet->ttl == 17);
  CHECK(packet->tos == 0x28);
  CHECK(packet->ip_checksum_ok);
  CHECK(packet->tcp->checksum_ok);
  CHECK(packet->tcp->seq == wanted.seq);
  CHECK(packet->tcp->ack == 7);
  CHECK(packet->tcp->flags == wanted.flags);
  CHECK(packet->tcp->window == 4321);
  CHECK(packet->tcp->options.size() == 12);
  CHECK(std::equal(packet->tcp->payload.begin(), packet->tcp->payload.end(), wanted.payload.begin(),
                   wanted.payload.end()));
  if (!v6) CHECK(packet->ip_id == 99);
}

TEST_CASE("AE and the reserved bits are set and the checksum follows them", "[craft][rfc9768]") {
  craft::Builder builder;
  craft::Segment wanted = segment("198.18.1.2", "198.18.2.2");
  wanted.flags = wire::tcp_flag::Syn | wire::tcp_flag::Ae;
  wanted.reserved = 5;
  const craft::Frame frame = builder.tcp(wanted);
  const auto packet = wire::decode(frame);
  CHECK(packet->tcp->flags == wanted.flags);
  CHECK(packet->tcp->reserved == 5);
  CHECK(packet->tcp->checksum_ok);
}

TEST_CASE("a wrong checksum is wrong and nothing else is", "[craft]") {
  craft::Builder builder;
  craft::Segment wanted = segment("2001:2::1", "2001:2::2");
  const craft::Frame right = builder.tcp(wanted);
  wanted.checksum = craft::Checksum::Wrong;
  const craft::Frame wrong = builder.tcp(wanted);
  CHECK_FALSE(wire::decode(wrong)->tcp->checksum_ok);
  int differing = 0;
  for (std::size_t i = 0; i < right.size(); ++i) differing += right[i] != wrong[i] ? 1 : 0;
  CHECK(differing == 2);
}

TEST_CASE("two families or too many options are refused", "[craft]") {
  craft::Builder builder;
  CHECK_THROWS_AS(builder.tcp(segment("198.18.1.2", "2001:2::2")), std::invalid_argument);
  craft::Segment long_options = segment("198.18.1.2", "198.18.2.2");
  long_options.options.assign(41, 1);
  CHECK_THROWS_AS(builder.tcp(long_options), std::invalid_argument);
}

TEST_CASE("Neighbor Discovery carries a right checksum", "[craft][rfc4861]") {
  craft::Builder builder;
  const auto own = *wire::parse_address("2001:2:0:1::2");
  const auto other = *wire::parse_address("2001:2:0:1::1");
  for (const craft::Frame& frame :
       {builder.neighbor_solicitation({}, own, other), builder.neighbor_advertisement({}, own, {}, other)}) {
    const auto packet = wire::decode(frame);
    REQUIRE(packet->is_ip);
    CHECK(packet->ttl == 255);
    CHECK(wire::transport_checksum(packet->src, packet->dst, wire::protocol::Icmpv6, packet->ip_payload) == 0);
  }
}
