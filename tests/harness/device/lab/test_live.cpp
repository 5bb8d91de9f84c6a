// SPDX-License-Identifier: Apache-2.0
// The accumulating firewall live: between two veths as the device, and inside the server's link behind another device.
#include "tests/harness/device/ends.hpp"
#include "tests/support/catch.hpp"

using namespace twinwire;
using namespace twinwire::test;
namespace flag = wire::tcp_flag;

namespace {

scenario::BenchSpec namespaces(const device::Settings& settings, bool behind) {
  scenario::BenchSpec spec;
  spec.name = "live";
  spec.world = scenario::World::Namespaces;
  spec.client.address = {*wire::parse_prefix("198.18.1.2/24")};
  spec.server.address = {*wire::parse_prefix("198.18.1.3/24")};
  spec.device.layer = 2;
  spec.device.kind = behind ? "wire" : "model";
  if (behind) {
    spec.behind = scenario::BehindSpec{"accumulating", settings};
  } else {
    spec.device.model = "accumulating";
    spec.device.settings = settings;
  }
  return spec;
}

}  // namespace

TEST_CASE("a live model gives up at the thirteenth packet, and both ends hear it", "[lab][worlds]") {
  const bool behind = GENERATE(false, true);
  Ends ends(namespaces({}, behind));
  ends.break_limit();
  REQUIRE(ends.hears(Party::Server, 2 + 12 + 1));
  REQUIRE(ends.hears(Party::Client, 1 + 1));
  CHECK(ends.server_heard.back().tcp().flags == flag::Rst);
  CHECK(ends.server_heard.back().tcp().seq == client_iss + 1 + 6432);
  CHECK(ends.client_heard.back().tcp().flags == flag::Rst);
  CHECK(ends.client_heard.back().tcp().seq == server_iss + 1);
  CHECK(ends.bench->counters().at("client_hello_too_many_packets") == 1);
  CHECK(ends.bench->take_log(ends.tuple) ==
        std::vector<std::string>{"Accumulating too many packets 13 max 12, 198.18.1.2:40001 > 198.18.2.2:443: reset"});
}

TEST_CASE("a live model keeps its deadlines", "[lab][worlds]") {
  const bool behind = GENERATE(false, true);
  Ends ends(namespaces({{"time", "30ms"}}, behind));
  ends.shake_hands();
  const time::Instant sent = ends.bench->timeline().now();
  ends.send(Party::Client, {flag::Ack, client_iss + 1, server_iss + 1, Octets{22, 3, 1}});
  REQUIRE(ends.hears(Party::Server, 2 + 1 + 1));
  REQUIRE(ends.hears(Party::Client, 1 + 1));
  CHECK(ends.client_heard.back().tcp().flags == flag::Rst);
  CHECK(ends.client_heard.back().at - sent >= std::chrono::milliseconds(30));
  CHECK(ends.bench->counters().at("client_hello_too_long") == 1);
}

TEST_CASE("a live model that is silent forwards twelve packets and no more", "[lab][worlds]") {
  const bool behind = GENERATE(false, true);
  Ends ends(namespaces({{"reset", "none"}}, behind));
  ends.break_limit();
  REQUIRE(ends.hears(Party::Server, 2 + 12));
  ends.bench->forget(ends.tuple);
  // What follows passes and proves that the thirteenth was dropped.
  ends.send(Party::Client, {flag::Ack, client_iss + 1 + 6433, server_iss + 1, Octets{1}});
  REQUIRE(ends.hears(Party::Server, 2 + 12 + 1));
  CHECK(ends.server_heard.back().tcp().seq == client_iss + 1 + 6433);
  CHECK(ends.client_heard.size() == 1);
}
