// SPDX-License-Identifier: Apache-2.0
// The built-in benches with a device of their own kind do what their name says; those of the faulty rulesets load.
#include <array>
#include <chrono>
#include <filesystem>
#include <future>
#include <optional>
#include <stdexcept>
#include <string>

#include "harness/scenario/load.hpp"
#include "tests/harness/lab/lab_bench.hpp"
#include "tests/support/catch.hpp"

namespace twinwire::test {
namespace {

using namespace wire::tcp_flag;
using wire::Family;

constexpr std::array families{Family::Ipv4, Family::Ipv6};

// ---- NAT

TEST_CASE("masquerading shows the server the router's address and brings the answer back", "[lab]") {
  LabWithEnds bench(builtin("nat"));
  for (const auto family : families) {
    INFO(wire::name(family));
    const auto client = bench.at_client(family, 40000);
    const auto server = bench.at_server(family, 443);
    bench.client.send(client, server, {Syn, 1000, 0});
    const auto syn = bench.server.next();
    REQUIRE(syn);
    CHECK(to_string(syn->from.address) == (family == Family::Ipv4 ? "198.18.2.1" : "2001:2:0:2::1"));
    bench.server.send(server, syn->from, {Syn | Ack, 5000, 1001});
    const auto syn_ack = bench.client.next();
    REQUIRE(syn_ack);
    CHECK(syn_ack->to.address == client.address);
    CHECK(syn_ack->to.port == client.port);
  }
}

TEST_CASE("a translated connection is forgotten by the client's own address", "[lab]") {
  LabWithEnds bench(builtin("nat"));
  const auto client = bench.at_client(Family::Ipv4, 40000);
  const auto server = bench.at_server(Family::Ipv4, 443);
  shake_hands(bench, client, server);
  CHECK(client_reaches_server(bench, client, server, {Ack, 1001, 5001}));
  bench.lab.forget({client.address, client.port}, {server.address, server.port});
  CHECK_FALSE(client_reaches_server(bench, client, server, {Ack, 1001, 5001}));
}

// ---- SYNPROXY

/// The whole way of one connection through a SYN proxy.
void cross_syn_proxy(LabWithEnds& bench, Family family) {
  const auto client = bench.at_client(family, 40000);
  const auto server = bench.at_server(family, 443);
  bench.client.send(client, server, {Syn, 1000, 0});
  const auto cookie = bench.client.next();
  REQUIRE(cookie);
  CHECK(cookie->flags == (Syn | Ack));
  CHECK(cookie->from.address == server.address);
  CHECK_FALSE(bench.server.next(std::chrono::milliseconds(20)));

  bench.client.send(client, server, {Ack, 1001, cookie->seq + 1});
  const auto syn = bench.server.next();
  REQUIRE(syn);
  CHECK(syn->flags == Syn);
  CHECK(syn->seq == 1000);
  bench.server.send(server, client, {Syn | Ack, 5000, 1001});
  const auto ack = bench.server.next();
  REQUIRE(ack);
  CHECK(ack->flags == Ack);
  CHECK(ack->ack == 5001);
  const auto window_update = bench.client.next();
  REQUIRE(window_update);
  CHECK(window_update->flags == Ack);

  bench.client.send(client, server, {Fin | Ack, 1001, cookie->seq + 1});
  const auto fin = bench.server.next();
  REQUIRE(fin);
  CHECK(fin->flags == (Fin | Ack));
  CHECK(fin->ack == 5001);
}

TEST_CASE("the SYN proxy answers in the server's name and connects when its cookie comes back", "[lab]") {
  const auto spec = builtin("synproxy");
  const auto reason = bench::lacking(spec, helper_program());
  INFO(reason.value_or(""));
  REQUIRE_FALSE(reason);
  LabWithEnds bench(spec);
  for (const auto family : families) {
    INFO(wire::name(family));
    cross_syn_proxy(bench, family);
  }
}

TEST_CASE("an ordinary user has the same SYN proxy", "[lab]") {
  const auto spec = builtin("synproxy");
  const auto error = as_ordinary_user([&] {
    LabWithEnds bench(spec);
    for (const auto family : families) {
      bench.client.send(bench.at_client(family, 40000), bench.at_server(family, 443), {Syn, 1000, 0});
      const auto cookie = bench.client.next();
      if (!cookie || cookie->flags != (Syn | Ack)) throw std::runtime_error("no cookie");
    }
  });
  CHECK(error == "");
}

// ---- Open vSwitch

TEST_CASE("a connection from the client crosses Open vSwitch in both directions", "[lab]") {
  LabWithEnds bench(builtin("openvswitch"));
  for (const auto family : families) {
    INFO(wire::name(family));
    const auto client = bench.at_client(family, 40000);
    const auto server = bench.at_server(family, 443);
    CHECK_NOTHROW(shake_hands(bench, client, server));
    bench.server.send(server, client, {Fin | Ack, 5001, 1001});
    const auto fin = bench.client.next();
    REQUIRE(fin);
    CHECK(fin->ttl == 64);
    CHECK(fin->checksum_ok);
  }
}

TEST_CASE("Open vSwitch lets no connection in from the server's side", "[lab]") {
  LabWithEnds bench(builtin("openvswitch"));
  for (const auto family : families) {
    shake_hands(bench, bench.at_client(family, 40000), bench.at_server(family, 443));
    bench.server.send(bench.at_server(family, 443), bench.at_client(family, 40001), {Syn, 1, 0});
    bench.server.send(bench.at_server(family, 443), bench.at_client(family, 40000), {Ack, 5001, 1001});
    const auto first = bench.client.next();
    REQUIRE(first);
    CHECK(first->to.port == 40000);
  }
}

TEST_CASE("Open vSwitch passes ARP", "[lab]") {
  LabWithEnds bench(builtin("openvswitch"));
  const auto wanted = bench.server.address(Family::Ipv4);
  // The server answers while it waits for a segment that never comes.
  std::optional<wire::Mac> answer;
  auto asked = std::async(std::launch::async, [&] { answer = bench.client.ask_arp(wanted); });
  CHECK_FALSE(bench.server.next(std::chrono::milliseconds(200)));
  asked.get();
  CHECK(answer);
}

TEST_CASE("Open vSwitch drops what is outside the window until it is told not to look", "[lab]") {
  const auto spec = builtin("openvswitch");
  LabWithEnds bench(spec);
  for (const auto family : families) {
    INFO(wire::name(family));
    const auto client = bench.at_client(family, 40000);
    const auto server = bench.at_server(family, 443);
    shake_hands(bench, client, server);
    // Not an empty ACK, whose sequence number Open vSwitch does not look at.
    const Segment far_away{Rst, 1001 + 500'000'000, 0};
    CHECK(client_reaches_server(bench, client, server, {Ack, 1001, 5001}));
    CHECK_FALSE(client_reaches_server(bench, client, server, far_away));
    bench.lab.apply(spec.apply.at("no-seq-check"));
    CHECK(client_reaches_server(bench, client, server, far_away));
    bench.lab.apply(spec.apply.at("seq-check"));
  }
}

TEST_CASE("Open vSwitch forgets one connection and no other", "[lab]") {
  LabWithEnds bench(builtin("openvswitch"));
  for (const auto family : families) {
    INFO(wire::name(family));
    const auto client = bench.at_client(family, 40000);
    const auto other = bench.at_client(family, 40001);
    const auto server = bench.at_server(family, 443);
    shake_hands(bench, client, server);
    shake_hands(bench, other, server);
    bench.lab.forget({client.address, client.port}, {server.address, server.port});
    // The server's side may not begin, so what is forgotten no longer passes.
    bench.server.send(server, client, {Ack, 5001, 1001});
    bench.server.send(server, other, {Ack, 5001, 1001});
    const auto first = bench.client.next();
    REQUIRE(first);
    CHECK(first->to.port == other.port);
    CHECK_NOTHROW(bench.lab.forget({client.address, client.port}, {server.address, server.port}));
  }
}

TEST_CASE("an ordinary user has the same Open vSwitch", "[lab]") {
  const auto spec = builtin("openvswitch");
  const auto error = as_ordinary_user([&] {
    LabWithEnds bench(spec);
    for (const auto family : families) shake_hands(bench, bench.at_client(family, 40000), bench.at_server(family, 443));
    bench.lab.apply(spec.apply.at("no-seq-check"));
  });
  CHECK(error == "");
}

// ---- Suricata

TEST_CASE("a connection from the client crosses Suricata in both directions", "[lab]") {
  for (const std::string name : {"suricata", "suricata-accept-invalid"}) {
    const auto spec = builtin(name);
    if (const auto reason = bench::lacking(spec, helper_program())) {
      WARN("not tested: " << *reason);
      continue;
    }
    LabWithEnds bench(spec);
    for (const auto family : families) shake_hands(bench, bench.at_client(family, 40000), bench.at_server(family, 443));
  }
}

TEST_CASE("the other Suricata differs by its one setting", "[lab]") {
  const auto usual = builtin("suricata");
  const auto other = builtin("suricata-accept-invalid");
  REQUIRE(usual.device.processes.size() == 1);
  REQUIRE(other.device.processes.size() == 1);
  auto command = usual.device.processes.front().command;
  command.insert(command.end(), {"--set", "stream.drop-invalid=no"});
  CHECK(other.device.processes.front().command == command);
  CHECK(other.device.processes.front().ready_text == usual.device.processes.front().ready_text);
  CHECK(other.device.files == usual.device.files);
  CHECK(other.device.needs == usual.device.needs);
}

// ---- a limit of 12 packets

/// A connection whose client has sent 14 packets: SYN, ACK and 12 more. The server acknowledges each, since a rule that
/// counts replies and not their octets would be blinded by that.
void send_all_that_is_allowed(LabWithEnds& bench, const Endpoint& client, const Endpoint& server) {
  shake_hands(bench, client, server);
  for (int packet = 0; packet < 12; ++packet) {
    INFO(packet);
    bench.client.send(client, server, {Ack | Psh, 1001, 5001});
    REQUIRE(bench.server.next());
    bench.server.send(server, client, {Ack, 5001, 1001});
    REQUIRE(bench.client.next());
  }
}

TEST_CASE("the accumulating ruleset resets the client at its 15th packet and tells the server nothing", "[lab]") {
  LabWithEnds bench(builtin("nftables-accumulating"));
  for (const auto family : families) {
    INFO(wire::name(family));
    const auto client = bench.at_client(family, 40000);
    const auto server = bench.at_server(family, 443);
    send_all_that_is_allowed(bench, client, server);
    bench.client.send(client, server, {Ack | Psh, 1001, 5001});
    const auto reset = bench.client.next();
    REQUIRE(reset);
    CHECK((reset->flags & Rst) != 0);
    CHECK(reset->seq == 5001);
    CHECK(reset->from.address == server.address);
    CHECK(reset->from.port == server.port);
    CHECK_FALSE(bench.server.next(std::chrono::milliseconds(20)));
  }
}

TEST_CASE("its silent form drops the 15th packet and says nothing to anybody", "[lab]") {
  LabWithEnds bench(builtin("nftables-accumulating-silent"));
  for (const auto family : families) {
    INFO(wire::name(family));
    const auto client = bench.at_client(family, 40000);
    const auto server = bench.at_server(family, 443);
    send_all_that_is_allowed(bench, client, server);
    CHECK_FALSE(client_reaches_server(bench, client, server, {Ack | Psh, 1001, 5001}));
    CHECK_FALSE(bench.client.next(std::chrono::milliseconds(20)));
  }
}

TEST_CASE("a server that has answered is listened to, however much the client sends", "[lab]") {
  LabWithEnds bench(builtin("nftables-accumulating"));
  const auto client = bench.at_client(Family::Ipv4, 40000);
  const auto server = bench.at_server(Family::Ipv4, 443);
  shake_hands(bench, client, server);
  // 1500 octets of packets with nothing but headers.
  for (int reply = 0; reply < 40; ++reply) {
    bench.server.send(server, client, {Ack, 5001, 1001});
    REQUIRE(bench.client.next());
  }
  for (int packet = 0; packet < 20; ++packet) {
    bench.client.send(client, server, {Ack, 1001, 5001});
    REQUIRE(bench.server.next());
  }
}

// ---- faulty rulesets

TEST_CASE("every faulty ruleset loads and still lets a connection begin", "[lab]") {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(mutants_folder())) {
    // M..: of rulesets; the others are of models.
    if (entry.path().extension() != ".toml" || !entry.path().filename().string().starts_with("M")) continue;
    INFO(entry.path());
    LabWithEnds bench(scenario::load_bench(entry.path()));
    CHECK_NOTHROW(shake_hands(bench, bench.at_client(Family::Ipv4, 40000), bench.at_server(Family::Ipv4, 443)));
    ++count;
  }
  CHECK(count >= 6);
}

TEST_CASE("the rulesets M04 and M04b drop the RSTs that they should", "[lab]") {
  for (const std::string name : {"M04", "M04b"}) {
    LabWithEnds bench(scenario::load_bench(mutants_folder() / (name + ".toml")));
    const auto client = bench.at_client(Family::Ipv4, 40000);
    const auto server = bench.at_server(Family::Ipv4, 443);
    shake_hands(bench, client, server);
    bench.server.send(server, client, {Rst, 5001, 0});
    bench.server.send(server, client, {Ack, 5001, 1001});
    const auto first = bench.client.next();
    REQUIRE(first);
    CHECK(first->flags == Ack);
    CHECK(client_reaches_server(bench, client, server, {Rst, 1001, 0}) == (name == "M04b"));
  }
}

}  // namespace
}  // namespace twinwire::test
