// SPDX-License-Identifier: Apache-2.0
// Ten megabytes each way, at the same time, between an endpoint of ours and the kernel's TCP.
#include "tests/lab/kernel_bench.hpp"
#include "tests/support/catch.hpp"

using namespace twinwire;
using namespace twinwire::test;
using namespace std::chrono_literals;

namespace {

constexpr Impairment none{};
constexpr Impairment bad{10, 10, 20};  // permille

tcp::Policy plain(wire::Family family) {
  tcp::Policy policy;
  policy.ipv6 = family == wire::Family::Ipv6;
  policy.mss = policy.ipv6 ? 1440 : 1460;
  policy.receive_buffer = 1'000'000;
  // The wire has no delay, so whatever the timer is longer than the kernel's delayed acknowledgment (40 ms) is waste.
  policy.rto_min = 50ms;
  return policy;
}

tcp::Policy stamped(wire::Family family) {
  tcp::Policy policy = plain(family);
  policy.timestamps = true;
  return policy;
}

tcp::Policy bare(wire::Family family) {
  tcp::Policy policy = plain(family);
  policy.sack = policy.window_scaling = false;
  policy.receive_buffer = 65535;
  return policy;
}

/// IPv6 links have at least 1280 octets, so only the segments are as small there (RFC 8200 section 5).
tcp::Policy narrow(wire::Family family) {
  tcp::Policy policy = plain(family);
  if (policy.ipv6) {
    policy.mss = 530;
    policy.cuts.sizes = {530};
  } else {
    policy.mtu = 590;
    policy.mss = 550;
  }
  return policy;
}

struct Variant {
  std::string name;
  tcp::Policy (*policy)(wire::Family);
  Impairment impairment;
  std::uint32_t octets = 10'000'000;
};

const std::vector<Variant> variants = {
    {"a good channel", plain, none},
    {"a bad channel", plain, bad},
    {"a bad channel, with timestamps", stamped, bad},
    // Without SACK an ACK that has text with it shows no loss (RFC 5681 section 2), so that much is left to the timers
    // of both ends; the kernel's is 200 ms at least.
    {"a bad channel, without SACK and scaling", bare, bad, 3'000'000},
    {"a bad channel, MTU 590", narrow, bad},
};

void check(const Transfer& wanted, const Outcome& outcome) {
  CHECK(outcome.received == wanted.octets);
  CHECK(outcome.kernel_received == wanted.octets);
  CHECK(outcome.exact);
  CHECK(outcome.kernel_exact);
  CHECK(outcome.peer_finished);
  CHECK(outcome.kernel_finished);
  CHECK(outcome.kernel_error == 0);
  CHECK(outcome.ending == tcp::Ending::None);
  CHECK(outcome.resets_sent == 0);
  CHECK(outcome.resets_received == 0);
  CHECK(outcome.largest_packet <= wanted.policy.mtu);
  CHECK(outcome.largest_received <= wanted.policy.mss);
  CHECK(outcome.took < 5s);
  if (wanted.impairment.loss > 0) {
    CHECK(outcome.lost > 30);
    CHECK(outcome.duplicated > 30);
    CHECK(outcome.reordered > 60);
  }
}

}  // namespace

TEST_CASE("the kernel and an endpoint exchange ten megabytes each way", "[tcp][kernel][lab]") {
  if (const auto lacking = namespaces_lacking()) {
    WARN("skipped: " << *lacking);
    return;
  }
  for (const auto family : {wire::Family::Ipv4, wire::Family::Ipv6}) {
    for (const auto role : {Role::Client, Role::Server}) {
      for (const auto& variant : variants) {
        const std::string name = std::string(family == wire::Family::Ipv4 ? "IPv4" : "IPv6") + ", we are the " +
                                 (role == Role::Client ? "client, " : "server, ") + variant.name;
        const Transfer wanted{name, family, role, variant.policy(family), variant.impairment, variant.octets};
        const Outcome outcome = transfer(wanted);
        INFO(name << ": " << outcome.took.count() / 1'000'000 << " ms, " << outcome.lost << " lost, "
                  << outcome.duplicated << " duplicated, " << outcome.reordered << " reordered");
        check(wanted, outcome);
      }
    }
  }
}
