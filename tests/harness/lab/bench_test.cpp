// SPDX-License-Identifier: Apache-2.0
// The lab without a program in it: nothing between the ends, a Linux router, two ports for a model.
#include <chrono>
#include <stdexcept>
#include <string>

#include "tests/harness/lab/lab_bench.hpp"
#include "tests/support/catch.hpp"

namespace twinwire::test {
namespace {

using namespace wire::tcp_flag;
using scenario::Party;
using wire::Family;

TEST_CASE("a SYN over the plain wire arrives as it was sent", "[lab]") {
  LabWithEnds bench(builtin("wire"));
  for (const auto family : {Family::Ipv4, Family::Ipv6}) {
    const auto client = bench.at_client(family, 40000);
    bench.client.send(client, bench.at_server(family, 443), {Syn, 1000, 0});
    const auto got = bench.server.next();
    REQUIRE(got);
    CHECK(got->from.address == client.address);
    CHECK(got->from.port == 40000);
    CHECK(got->flags == Syn);
    CHECK(got->seq == 1000);
    CHECK(got->ttl == 64);
    CHECK(got->checksum_ok);
  }
}

TEST_CASE("a socket does not hear what it sends itself", "[lab]") {
  LabWithEnds bench(builtin("wire"));
  bench.client.send(bench.at_client(Family::Ipv4, 40000), bench.at_server(Family::Ipv4, 443), {Syn, 1000, 0});
  REQUIRE(bench.server.next());
  CHECK_FALSE(bench.client.next(std::chrono::milliseconds(20)));
}

TEST_CASE("the router answers ARP for the first address of the network", "[lab]") {
  LabWithEnds bench(builtin("nftables"));
  const auto answer = bench.client.ask_arp(*wire::parse_address("198.18.1.1"));
  REQUIRE(answer);
  CHECK(*answer == bench.lab.device_mac(Party::Client));
}

TEST_CASE("a connection from the client crosses the router in both directions", "[lab]") {
  LabWithEnds bench(builtin("nftables"));
  for (const auto family : {Family::Ipv4, Family::Ipv6}) {
    const auto client = bench.at_client(family, 40000);
    const auto server = bench.at_server(family, 443);
    bench.client.send(client, server, {Syn, 1000, 0});
    const auto syn = bench.server.next();
    REQUIRE(syn);
    CHECK(syn->ttl == 63);
    CHECK(syn->checksum_ok);
    bench.server.send(server, client, {Syn | Ack, 5000, 1001});
    const auto syn_ack = bench.client.next();
    REQUIRE(syn_ack);
    CHECK(syn_ack->flags == (Syn | Ack));
    CHECK(syn_ack->ttl == 63);
  }
}

TEST_CASE("the strict firewall lets no connection in from the server's side", "[lab]") {
  LabWithEnds bench(builtin("nftables"));
  for (const auto family : {Family::Ipv4, Family::Ipv6}) {
    bench.server.send(bench.at_server(family, 443), bench.at_client(family, 40000), {Syn, 1, 0});
    // What comes first is the answer to a connection that was allowed, sent after the SYN.
    const auto client = bench.at_client(family, 40001);
    bench.client.send(client, bench.at_server(family, 443), {Syn, 1000, 0});
    REQUIRE(bench.server.next());
    bench.server.send(bench.at_server(family, 443), client, {Syn | Ack, 5000, 1001});
    const auto first = bench.client.next();
    REQUIRE(first);
    CHECK(first->to.port == 40001);
  }
}

TEST_CASE("the strict firewall lets a connection begin with nothing but a bare SYN", "[lab]") {
  LabWithEnds bench(builtin("nftables"));
  const auto client = bench.at_client(Family::Ipv4, 40000);
  const auto server = bench.at_server(Family::Ipv4, 443);
  for (const std::uint16_t flags :
       {Ack, Rst, Fin, static_cast<std::uint16_t>(Fin | Ack), static_cast<std::uint16_t>(Syn | Ack)}) {
    INFO(flags);
    CHECK_FALSE(client_reaches_server(bench, client, server, {flags, 1000, 5000}));
  }
}

TEST_CASE("a forgotten connection is unknown to the router, and others are not", "[lab]") {
  LabWithEnds bench(builtin("nftables"));
  for (const auto family : {Family::Ipv4, Family::Ipv6}) {
    const auto client = bench.at_client(family, 40000);
    const auto other = bench.at_client(family, 40001);
    const auto server = bench.at_server(family, 443);
    shake_hands(bench, client, server);
    shake_hands(bench, other, server);
    CHECK(client_reaches_server(bench, client, server, {Ack, 1001, 5001}));
    bench.lab.forget({client.address, client.port}, {server.address, server.port});
    CHECK_FALSE(client_reaches_server(bench, client, server, {Ack, 1001, 5001}));
    CHECK(client_reaches_server(bench, other, server, {Ack, 1001, 5001}));
  }
}

TEST_CASE("it is no error to forget a connection that never was", "[lab]") {
  LabWithEnds bench(builtin("nftables"));
  const auto client = bench.at_client(Family::Ipv6, 40000);
  const auto server = bench.at_server(Family::Ipv6, 443);
  CHECK_NOTHROW(bench.lab.forget({client.address, client.port}, {server.address, server.port}));
}

TEST_CASE("a change takes effect on what is sent next", "[lab]") {
  LabWithEnds bench(builtin("nftables"));
  const auto client = bench.at_client(Family::Ipv4, 40000);
  const auto server = bench.at_server(Family::Ipv4, 443);
  shake_hands(bench, client, server);
  CHECK(client_reaches_server(bench, client, server, {Rst, 1001, 0}));

  scenario::ApplySpec change;
  change.ruleset =
      "add table inet extra\n"
      "add chain inet extra forward { type filter hook forward priority -5; }\n"
      "add rule inet extra forward tcp flags & rst == rst drop\n";
  change.sysctl = {{"net.ipv4.ip_default_ttl", "33"}};
  change.commands = {{"sh", "-c", "test $(cat /proc/sys/net/ipv4/ip_default_ttl) = 33"}};
  bench.lab.apply(change);
  shake_hands(bench, bench.at_client(Family::Ipv4, 40001), server);
  CHECK_FALSE(client_reaches_server(bench, bench.at_client(Family::Ipv4, 40001), server, {Rst, 1001, 0}));
}

TEST_CASE("changes named by the bench are made before it is handed over", "[lab]") {
  auto spec = builtin("nftables");
  spec.apply["more-hops"].sysctl = {{"net.ipv4.ip_default_ttl", "33"}};
  spec.applied = {"more-hops"};
  bench::Lab lab(spec, helper_program());
  scenario::ApplySpec look;
  look.commands = {{"sh", "-c", "test $(cat /proc/sys/net/ipv4/ip_default_ttl) = 33"}};
  CHECK_NOTHROW(lab.apply(look));
}

TEST_CASE("a model gets the device's interfaces, and the kernel forwards nothing", "[lab]") {
  auto spec = builtin("nftables");
  spec.device = {};
  spec.device.kind = "model";
  LabWithEnds bench(spec);
  RawEnd toward_client(bench.lab.device_socket(Party::Client), bench.lab.device_mac(Party::Client), {}, {});
  RawEnd toward_server(bench.lab.device_socket(Party::Server), bench.lab.device_mac(Party::Server), {}, {});
  bench.client.send(bench.at_client(Family::Ipv4, 40000), bench.at_server(Family::Ipv4, 443), {Syn, 1000, 0});
  CHECK(toward_client.next());
  CHECK_FALSE(bench.server.next(std::chrono::milliseconds(20)));
  toward_server.send(bench.at_client(Family::Ipv4, 40000), bench.at_server(Family::Ipv4, 443), {Syn, 1000, 0});
  CHECK(bench.server.next());
}

TEST_CASE("an ordinary user has the same router", "[lab]") {
  const auto spec = builtin("nftables");
  const auto error = as_ordinary_user([&] {
    LabWithEnds bench(spec);
    for (const auto family : {Family::Ipv4, Family::Ipv6}) {
      const auto client = bench.at_client(family, 40000);
      const auto server = bench.at_server(family, 443);
      shake_hands(bench, client, server);
      bench.lab.forget({client.address, client.port}, {server.address, server.port});
      if (client_reaches_server(bench, client, server, {Ack, 1001, 5001})) throw std::runtime_error("not forgotten");
    }
    scenario::ApplySpec change;
    change.sysctl = {{"net.netfilter.nf_conntrack_tcp_be_liberal", "1"}};
    change.ruleset = "add table inet extra";
    bench.lab.apply(change);
  });
  CHECK(error == "");
}

}  // namespace
}  // namespace twinwire::test
