// SPDX-License-Identifier: Apache-2.0
// [sweep]: what is searched, across what, and the cells that its probes walk.
#include <chrono>

#include "tests/harness/scenario/support.hpp"
#include "tests/support/catch.hpp"

using namespace twinwire;
using namespace twinwire::scenario;
using namespace twinwire::scenario::test;
using namespace std::chrono_literals;

namespace {

using List = std::vector<std::string>;

std::string text_with(const std::string& sweep, const std::string& rest = "") {
  return "format = 1\ntitle = \"A title\"\n[client]\ntls = { resume = \"ticket\" }\n[sweep]\n" + sweep + "\n" + rest;
}

std::vector<Scenario> cells_with(const std::string& sweep, const std::string& rest = "",
                                 const Settings& settings = {}) {
  return parse_scenario(text_with(sweep, rest), "sweep.toml", settings);
}

constexpr const char* hello = "\"client.tls.hello_bytes\" = { from = 256, to = 60000, find = \"limit\" }\n";

}  // namespace

TEST_CASE("one path is searched, others stand across it", "[scenario][sweep]") {
  const auto cells = cells_with(std::string(hello) +
                                "\"client.segments\" = [1, [100, 536], { of = 536, every = \"1ms\" }]\n"
                                "server.tls.ticket_bytes = { values = [0, 8192] }\n"
                                "\"client.tls.server_name\" = [\"server.example\", \"536\", \"\"]\nrepeats = 5");
  REQUIRE(cells.size() == 2);
  REQUIRE(cells[1].sweep);
  const Sweep& sweep = *cells[1].sweep;
  CHECK(sweep.search.path == "client.tls.hello_bytes");
  CHECK(sweep.search.from == 256);
  CHECK(sweep.search.to == 60000);
  CHECK_FALSE(sweep.search.duration);
  CHECK(sweep.repeats == 5);
  REQUIRE(sweep.across.size() == 3);
  CHECK(sweep.across[0].path == "client.segments");
  CHECK(sweep.across[0].values == List{"1", "[100, 536]", "{ of = 536, every = \"1ms\" }"});
  CHECK(sweep.across[1].path == "server.tls.ticket_bytes");
  CHECK(sweep.across[1].values == List{"0", "8192"});
  CHECK(sweep.across[2].values == List{"server.example", "\"536\"", "\"\""});
}

TEST_CASE("a duration is searched in nanoseconds", "[scenario][sweep]") {
  const Sweep sweep =
      *cells_with("\"client.segments.every\" = { from = \"500us\", to = \"5s\", find = \"limit\" }").front().sweep;
  CHECK(sweep.search.duration);
  CHECK(sweep.search.from == 500'000);
  CHECK(sweep.search.to == 5'000'000'000);
  CHECK(sweep.repeats == 3);
  CHECK(sweep.probe({{"client.segments.every", "1500us"}}).client.cuts.every == 1500us);
}

TEST_CASE("a probe is the same cell with these settings and without a sweep", "[scenario][sweep]") {
  const auto cells = cells_with(hello, "[matrix]\n\"client.mtu\" = [590, 1500]\n", {{"server.mss", "omit"}});
  REQUIRE(cells.size() == 4);
  for (const Scenario& cell : cells) {
    REQUIRE(cell.sweep);
    const Scenario probe = cell.sweep->probe(
        {{"client.tls.hello_bytes", "6433"}, {"client.segments", "[1, 5]"}, {"client.tls.pad", "before-sni"}});
    CHECK(probe.id == cell.id);
    CHECK(probe.cell == cell.cell);
    CHECK(probe.family == cell.family);
    CHECK(probe.client.mtu == cell.client.mtu);
    CHECK(probe.server.omit_mss);
    CHECK(probe.tls->client.hello_bytes == 6433U);
    CHECK(probe.tls->client.padding == tls::Padding::BeforeServerName);
    CHECK(probe.client.cuts.sizes == std::vector<std::uint32_t>{1, 5});
    CHECK(probe.steps.size() == cell.steps.size());
    CHECK_FALSE(probe.sweep);
  }
  CHECK(cells[0].client.mtu == 590);
  CHECK(cells[3].client.mtu == 1500);
}

TEST_CASE("every value across can be put into a probe as it is listed", "[scenario][sweep]") {
  const Sweep sweep = *cells_with(std::string(hello) +
                                  "\"client.segments\" = [1, [100, 536], { of = 536, every = \"1ms\" }]\n"
                                  "\"client.tls.server_name\" = [\"536\", \"true\", \"a \\\"b\\\"\\\\\", \"\"]")
                           .front()
                           .sweep;
  const List names{"536", "true", "a \"b\"\\", ""};
  for (std::size_t at = 0; at < names.size(); ++at) {
    CHECK(sweep.probe({{"client.tls.server_name", sweep.across[1].values[at]}}).tls->client.server_name == names[at]);
  }
  CHECK(sweep.probe({{"client.segments", sweep.across[0].values[2]}}).client.cuts.every == 1ms);
}

TEST_CASE("what follows from a value follows again in a probe", "[scenario][sweep]") {
  const Sweep sweep =
      *cells_of("client connects\nclient sends size",
                "[script.values]\nsize = 5\n[sweep]\n\"script.values.size\" = { from = 1, to = 9000, find = "
                "\"limit\" }")
           .front()
           .sweep;
  const Scenario probe = sweep.probe({{"script.values.size", "77"}});
  CHECK(std::get<Sends>(std::get<Act>(probe.steps[1].what).what).octets == 77);
  CHECK_THROWS_AS(sweep.probe({{"script.values.size", "0"}}), LoadError);
  CHECK_THROWS_AS(sweep.probe({{"nowhere", "1"}}), LoadError);
}

TEST_CASE("a setting takes its path out of the sweep", "[scenario][sweep]") {
  const std::string across = std::string(hello) + "\"client.segments\" = [1, 536]\n";
  const auto pinned = cells_with(across, "", {{"client.tls.hello_bytes", "5000"}});
  CHECK_FALSE(pinned.front().sweep);
  CHECK(pinned.front().tls->client.hello_bytes == 5000U);
  const auto narrowed = cells_with(across, "", {{"client.segments", "100"}});
  REQUIRE(narrowed.front().sweep);
  CHECK(narrowed.front().sweep->across.empty());
  CHECK(narrowed.front().sweep->probe({}).client.cuts.sizes == std::vector<std::uint32_t>{100});
}

TEST_CASE("a sweep may be written as nested tables", "[scenario][sweep]") {
  const Sweep sweep =
      *parse_scenario(text_with("[sweep.client]\nmtu = [590, 1500]\n[sweep.client.tls.hello_bytes]\nfrom = "
                                "256\nto = 60000\nfind = \"limit\""),
                      "sweep.toml")
           .front()
           .sweep;
  CHECK(sweep.search.path == "client.tls.hello_bytes");
  REQUIRE(sweep.across.size() == 1);
  CHECK(sweep.across[0].path == "client.mtu");
}

TEST_CASE("a scenario without a sweep has none", "[scenario][sweep]") {
  CHECK_FALSE(cells_of("client connects").front().sweep);
}
