// SPDX-License-Identifier: Apache-2.0
#include "harness/limits/limits.hpp"
#include "tests/harness/limits/simulated.hpp"
#include "tests/support/catch.hpp"

namespace twinwire {
namespace {

using limits::Kind;
using test::SimulatedDevice;
using Lines = std::vector<std::string>;

Lines advice(const SimulatedDevice& device, std::uint64_t wanted) {
  scenario::Sweep sweep = test::hello_sweep();
  sweep.across = {test::across(test::segments_of, {std::to_string(device.usual.payload), "100"}),
                  test::across(test::records_of, {"16389", "1000"})};
  std::mt19937 random(1);
  return test::search(sweep, device, random, 1'000, wanted).advice;
}

SimulatedDevice device(Kind kind, std::uint64_t limit, std::uint64_t payload = 536) {
  SimulatedDevice out;
  out.kind = kind;
  out.limit = limit;
  out.usual.payload = payload;
  return out;
}

TEST_CASE("7,000 octets in segments of 536 need 14 packets and not the 12 of size / 590", "[limits][advice]") {
  CHECK(
      advice(device(Kind::Packets, 12), 7'000) ==
      Lines{
          "a ClientHello of 7000 octets needs a limit of 14 packets: ceil(7000 / 536) = 14 at 536 octets of payload "
          "per segment, without TCP timestamps",
          "with TCP timestamps a full segment has 524 octets of payload: ceil(7000 / 524) = 14",
          "size / 590 is too small, ceil(7000 / 590) = 12: 590 is the whole frame, 14 + 20 + 20 octets of headers and "
          "536 of payload",
          "or an MSS of at least 584 in the server's SYN,ACK and an MTU that carries it: ceil(7000 / 12) = 584 octets "
          "per segment"});
}

TEST_CASE("with timestamps the same frame of 590 octets carries 524", "[limits][advice]") {
  SimulatedDevice stamped = device(Kind::Packets, 12, 524);
  stamped.timestamps = limits::Timestamps::Present;
  CHECK(
      advice(stamped, 7'000) ==
      Lines{
          "a ClientHello of 7000 octets needs a limit of 14 packets: ceil(7000 / 524) = 14 at 524 octets of payload "
          "per segment, with TCP timestamps",
          "without TCP timestamps a full segment has 536 octets of payload: ceil(7000 / 536) = 14",
          "size / 590 is too small, ceil(7000 / 590) = 12: 590 is the whole frame, 14 + 20 + 32 octets of headers and "
          "524 of payload",
          "or an MSS of at least 596 in the server's SYN,ACK and an MTU that carries it: ceil(7000 / 12) = 584 octets "
          "per segment, and 12 for the timestamps, which the MSS includes (RFC 6691)"});
}

TEST_CASE("the header of IPv6 is 20 octets longer, and so is the frame", "[limits][advice]") {
  SimulatedDevice six = device(Kind::Packets, 5, 1'220);
  six.family = wire::Family::Ipv6;
  CHECK(
      advice(six, 14'000)[2] ==
      "size / 1294 is too small, ceil(14000 / 1294) = 11: 1294 is the whole frame, 14 + 40 + 20 octets of headers and "
      "1220 of payload");
  CHECK(advice(six, 7'205).back() ==
        "no MSS would make it fit: 5 packets of 1440 octets, with an MTU of 1500, carry 7200 octets");
}

TEST_CASE("where no MSS is large enough, that is the advice", "[limits][advice]") {
  const Lines lines = advice(device(Kind::Packets, 12), 40'000);
  CHECK(lines.back() == "no MSS would make it fit: 12 packets of 1460 octets, with an MTU of 1500, carry 17520 octets");
}

TEST_CASE("the frame of size / frame is the smaller quotient only where it is", "[limits][advice]") {
  // ceil(6433 / 590) = 11 < 13, but ceil(7000 / 1514) = 5 = ceil(7000 / 1460).
  CHECK(advice(device(Kind::Packets, 12), 6'433).size() == 4);
  CHECK(advice(device(Kind::Packets, 4, 1'460), 7'000).size() == 3);
}

TEST_CASE("what fits already needs no advice", "[limits][advice]") {
  CHECK(advice(device(Kind::Packets, 12), 6'432).empty());
  CHECK(advice(device(Kind::Octets, 16'384), 16'384).empty());
  CHECK(advice(device(Kind::Records, 1), 16'389).empty());
}

TEST_CASE("an octet limit is not helped by other segments", "[limits][advice]") {
  CHECK(
      advice(device(Kind::Octets, 16'384), 20'000) ==
      Lines{
          "a ClientHello of 20000 octets needs a limit of as many octets, or must lose 3616 octets; other segments do "
          "not help"});
}

TEST_CASE("a record limit is helped by larger records, up to the largest there is", "[limits][advice]") {
  SimulatedDevice small = device(Kind::Records, 1);
  small.usual.record = 2'000;
  scenario::Sweep sweep = test::hello_sweep();
  sweep.across = {test::across(test::records_of, {"2000", "1000"})};
  std::mt19937 random(1);
  CHECK(
      test::search(sweep, small, random, 1'000, 7'000).advice ==
      Lines{"a ClientHello of 7000 octets needs a limit of 4 records: ceil(7000 / 2000) = 4 at 2000 octets per record",
            "or records of at least 7000 octets"});
  CHECK(advice(device(Kind::Records, 1), 20'000).back() ==
        "no record size would make it fit: a record has at most 16389 octets");
}

TEST_CASE("a time limit is helped by shorter pauses", "[limits][advice]") {
  scenario::Sweep sweep = test::hello_sweep();
  sweep.across = {test::across(test::segments_every, {"100ms", "200ms"})};
  std::mt19937 random(1);
  const Lines lines = test::search(sweep, device(Kind::Time, 1'000'000'000), random, 1'000, 7'000).advice;
  REQUIRE(lines.size() == 2);
  CHECK(lines[0] == "a ClientHello of 7000 octets in 14 packets, 100 ms apart, needs a limit of more than 1300 ms");
  CHECK(lines[1] == "or pauses below 77 ms");
}

}  // namespace
}  // namespace twinwire
