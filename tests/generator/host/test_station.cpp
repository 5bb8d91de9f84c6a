// SPDX-License-Identifier: Apache-2.0
#include "generator/host/station.hpp"
#include "generator/link/cable.hpp"
#include "tests/support/catch.hpp"

using namespace twinwire;
using namespace std::chrono_literals;

namespace {

constexpr wire::Mac left_mac{{2, 0, 0, 0, 0, 1}}, right_mac{{2, 0, 0, 0, 0, 2}};

wire::Address address(const char* text) { return *wire::parse_address(text); }

/// Two stations on one cable, each the other's next hop.
struct Pair {
  std::unique_ptr<time::Timeline> timeline = time::make_simulated_timeline();
  std::pair<std::unique_ptr<link::Link>, std::unique_ptr<link::Link>> cable = link::make_cable(*timeline, 1us, 1500);
  craft::Builder builder;
  host::Station left{*cable.first,
                     builder,
                     left_mac,
                     {address("198.18.0.1"), address("2001:2::1")},
                     {{wire::Family::Ipv4, address("198.18.0.2")}, {wire::Family::Ipv6, address("2001:2::2")}}};
  host::Station right{*cable.second,
                      builder,
                      right_mac,
                      {address("198.18.0.2"), address("2001:2::2")},
                      {{wire::Family::Ipv4, address("198.18.0.1")}, {wire::Family::Ipv6, address("2001:2::1")}}};
  int not_taken = 0;

  Pair() {
    cable.first->on_frame(
        [this](time::Instant, wire::Bytes frame) { not_taken += left.receive(*wire::decode(frame)) ? 0 : 1; });
    cable.second->on_frame(
        [this](time::Instant, wire::Bytes frame) { not_taken += right.receive(*wire::decode(frame)) ? 0 : 1; });
  }
  void settle() {
    timeline->run([] { return false; });
  }
};

}  // namespace

TEST_CASE("a station learns its next hop by asking", "[host][rfc826][rfc4861]") {
  const auto family = GENERATE(wire::Family::Ipv4, wire::Family::Ipv6);
  Pair pair;
  CHECK_FALSE(pair.left.next_hop_mac(family));
  pair.left.solicit(family);
  pair.settle();
  CHECK(pair.left.next_hop_mac(family) == right_mac);
}

TEST_CASE("who is asked learns the asker too", "[host][rfc826][rfc4861]") {
  const auto family = GENERATE(wire::Family::Ipv4, wire::Family::Ipv6);
  Pair pair;
  pair.left.solicit(family);
  pair.settle();
  CHECK(pair.right.next_hop_mac(family) == left_mac);
}

TEST_CASE("a station does not answer for an address that is not its own", "[host]") {
  Pair pair;
  int heard = 0;
  pair.cable.first->on_frame([&](time::Instant, wire::Bytes) { ++heard; });
  pair.cable.first->send(pair.builder.arp_request(left_mac, address("198.18.0.1"), address("198.18.0.9")));
  pair.cable.first->send(pair.builder.neighbor_solicitation(left_mac, address("2001:2::1"), address("2001:2::9")));
  pair.settle();
  CHECK(heard == 0);
}

TEST_CASE("a station leaves TCP to others", "[host]") {
  Pair pair;
  craft::Segment syn;
  syn.src = address("198.18.0.1");
  syn.dst = address("198.18.0.2");
  pair.cable.first->send(pair.builder.tcp(syn));
  pair.settle();
  CHECK(pair.not_taken == 1);
}
