// SPDX-License-Identifier: Apache-2.0
#include "harness/limits/limits.hpp"
#include "tests/harness/limits/simulated.hpp"
#include "tests/support/catch.hpp"

namespace twinwire {
namespace {

using limits::Kind;
using test::SimulatedDevice;

struct Case {
  const char* description;
  Kind kind;
  std::uint64_t limit;
  std::uint64_t payload;
  const char* statement;
};

TEST_CASE("the statement says the limit and both sides of the edge as measured", "[limits][statement]") {
  const Case cases[] = {
      {"the incident", Kind::Packets, 12, 536, "limit: 12 packets (6432 octets at 536 octets per segment; 6433 fails)"},
      {"with timestamps", Kind::Packets, 12, 524,
       "limit: 12 packets (6288 octets at 524 octets per segment; 6289 fails)"},
      {"one packet", Kind::Packets, 1, 536, "limit: 1 packet (536 octets at 536 octets per segment; 537 fails)"},
      {"a buffer", Kind::Octets, 16'384, 536, "limit: 16384 octets (16385 fails)"},
      {"one record", Kind::Records, 1, 536, "limit: 1 record (16389 octets; 16390 fails)"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.description);
    SimulatedDevice device;
    device.kind = one.kind;
    device.limit = one.limit;
    scenario::Sweep sweep = test::hello_sweep();
    sweep.across = {test::across(test::segments_of, {std::to_string(one.payload), "1000"}),
                    test::across(test::records_of, {"2000"})};
    CHECK(test::search(sweep, device).statement == one.statement);
  }
}

TEST_CASE("the octets stated are those on the wire, not those that were asked for", "[limits][statement]") {
  SimulatedDevice device;
  device.kind = Kind::Octets;
  device.limit = 16'384;
  device.more_octets = 5;
  const limits::Finding found = test::search(test::hello_sweep(), device);
  CHECK(found.lines.at(0).boundary.passes->value == 16'379);
  CHECK(found.statement == "limit: 16384 octets (16385 fails)");
}

TEST_CASE("a time limit is stated as the roundest time between both sides", "[limits][statement][time]") {
  scenario::Sweep sweep = test::hello_sweep();
  sweep.across = {test::across(test::segments_every, {"100ms", "200ms"})};
  SimulatedDevice device;
  device.kind = Kind::Time;
  device.limit = 1'000'000'000;
  CHECK(test::search(sweep, device).statement == "limit: 1 s (16060 octets in 11 packets over 1 s; 16061 fails)");
  device.answer = SimulatedDevice::Answer::Silent;
  device.limit = 1'250'000'000;
  CHECK(test::search(sweep, device).statement ==
        "limit: between 1200 ms and 1300 ms (18980 octets in 13 packets over 1200 ms; 18981 fails)");
}

TEST_CASE("a sweep without a ClientHello is stated in its own values", "[limits][statement]") {
  scenario::Sweep sweep;
  sweep.search.path = "client.window";
  sweep.search.from = 65'535;
  sweep.search.to = 0;
  limits::Finder finder(sweep);
  while (const auto settings = finder.next()) {
    limits::Observation seen;
    seen.passed = std::stoi(settings->at("client.window")) >= 1'024;
    seen.client_saw = seen.passed ? "handshake complete" : "nothing";
    finder.add(seen);
  }
  const limits::Finding found = finder.result();
  CHECK(found.kind == Kind::Unclear);
  CHECK(found.statement ==
        "limit of an unclear kind: client.window = 1024 passes 3 of 3, client.window = 1023 fails 3 of 3");
  CHECK(found.client_saw == "nothing");
}

TEST_CASE("both ends' view is that of the first failing value", "[limits][statement]") {
  SimulatedDevice device;
  device.kind = Kind::Octets;
  device.limit = 16'384;
  limits::Finding found = test::search(test::hello_sweep(), device);
  CHECK(found.client_saw == "RST");
  CHECK(found.server_saw == "nothing");
  device.answer = SimulatedDevice::Answer::Silent;
  found = test::search(test::hello_sweep(), device);
  CHECK(found.client_saw == "nothing");
}

}  // namespace
}  // namespace twinwire
