// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "tests/harness/device/stage.hpp"
#include "tests/support/catch.hpp"

using namespace twinwire;
using namespace twinwire::test;
namespace flag = wire::tcp_flag;

namespace {

Sent numbered(std::uint32_t seq) { return {flag::Ack, seq, 1, Octets(10, 'x')}; }

/// The sequence numbers that come out at the server when the client sends 1 to `count`, in order.
std::vector<std::uint32_t> trace(const device::Settings& settings, std::uint32_t count) {
  Stage stage("lossy", settings);
  std::vector<std::uint32_t> seen;
  for (std::uint32_t seq = 1; seq <= count; ++seq) {
    for (const Came& came : stage.client(numbered(seq))) seen.push_back(came.tcp().seq);
  }
  return seen;
}

std::vector<std::uint32_t> seqs(const std::vector<Came>& all) {
  std::vector<std::uint32_t> seen;
  for (const Came& came : all) seen.push_back(came.tcp().seq);
  return seen;
}

}  // namespace

TEST_CASE("without settings nothing is lost", "[lossy]") {
  CHECK(trace({}, 5) == std::vector<std::uint32_t>{1, 2, 3, 4, 5});
}

TEST_CASE("the same seed loses the same segments, another one others", "[lossy]") {
  const device::Settings settings{{"drop", "100"}, {"duplicate", "100"}, {"reorder", "100"}, {"seed", "7"}};
  device::Settings other = settings;
  other["seed"] = "8";
  CHECK(trace(settings, 500) == trace(settings, 500));
  CHECK(trace(settings, 500) != trace(other, 500));
}

TEST_CASE("as many are lost and doubled as was asked for", "[lossy]") {
  Stage stage("lossy", {{"drop", "100"}, {"duplicate", "50"}, {"reorder", "20"}});
  for (std::uint32_t seq = 1; seq <= 20000; ++seq) stage.client(numbered(seq));
  CHECK(stage.counter("segments_dropped") > 1850);
  CHECK(stage.counter("segments_dropped") < 2150);
  CHECK(stage.counter("segments_duplicated") > 800);
  CHECK(stage.counter("segments_duplicated") < 1000);
  CHECK(stage.counter("segments_reordered") > 300);
  CHECK(stage.counter("segments_reordered") < 420);
}

TEST_CASE("what is lost with one setting is lost with others beside it", "[lossy]") {
  const auto lost = trace({{"drop", "200"}, {"seed", "3"}}, 300);
  auto doubled = trace({{"drop", "200"}, {"duplicate", "500"}, {"seed", "3"}}, 300);
  doubled.erase(std::unique(doubled.begin(), doubled.end()), doubled.end());
  CHECK(lost.size() < 300);
  CHECK(doubled == lost);
}

TEST_CASE("a thousand per mille is every segment", "[lossy]") {
  CHECK(trace({{"drop", "1000"}}, 5).empty());
  CHECK(trace({{"duplicate", "1000"}}, 2) == std::vector<std::uint32_t>{1, 1, 2, 2});
  CHECK(trace({{"reorder", "1000"}}, 6) == std::vector<std::uint32_t>{2, 1, 4, 3, 6, 5});
}

TEST_CASE("a segment that nothing follows is held back for a millisecond", "[lossy]") {
  Stage stage("lossy", {{"reorder", "1000"}});
  stage.now = time::Instant(std::chrono::seconds(1));
  CHECK(stage.client(numbered(1)).empty());
  CHECK(stage.server(numbered(2)).empty());
  REQUIRE(stage.model().deadline() == stage.now + std::chrono::milliseconds(1));
  const auto came = stage.time_comes(*stage.model().deadline());
  CHECK(seqs(came) == std::vector<std::uint32_t>{1, 2});
  CHECK(came[0].toward == Party::Server);
  CHECK(came[1].toward == Party::Client);
  CHECK_FALSE(stage.model().deadline());
}

TEST_CASE("what is no TCP is not lost", "[lossy]") {
  craft::Builder builder;
  const auto arp =
      builder.arp_request(client_mac, *wire::parse_address("198.18.1.2"), *wire::parse_address("198.18.1.1"));
  const auto model = device::make_model("lossy", {{"drop", "1000"}});
  int came = 0;
  for (int sent = 0; sent < 10; ++sent) model->on_frame(Party::Client, {}, arp, [&](Party, wire::Bytes) { ++came; });
  CHECK(came == 10);
}

TEST_CASE("a wrong setting of the bad line is refused by name", "[lossy]") {
  CHECK_THROWS_WITH(device::make_model("lossy", {{"loss", "1"}}),
                    "the model 'lossy' has no setting 'loss'; it has drop, duplicate, reorder and seed");
  CHECK_THROWS_WITH(device::make_model("lossy", {{"drop", "1001"}}),
                    "setting 'drop' of the model 'lossy' is '1001', expected a whole number from 0 to 1000");
}
