// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "harness/report/limits.hpp"
#include "harness/report/results_json.hpp"
#include "harness/report/terminal.hpp"
#include "tests/harness/limits/simulated.hpp"
#include "tests/support/catch.hpp"

namespace twinwire {
namespace {

using limits::Finding;
using limits::Kind;
using nlohmann::json;
using report::Charset;
using test::SimulatedDevice;

Finding twelve_packets() {
  scenario::Sweep sweep = test::hello_sweep();
  sweep.across = {test::across(test::segments_of, {"536", "100", "1460"})};
  SimulatedDevice device;
  device.kind = Kind::Packets;
  device.limit = 12;
  std::mt19937 random(1);
  return test::search(sweep, device, random, 1'000, 7'000);
}

Finding three_seconds() {
  scenario::Sweep sweep;
  sweep.search.path = test::segments_every;
  sweep.search.from = 1'000'000;
  sweep.search.to = 20'000'000'000;
  sweep.search.duration = true;
  SimulatedDevice device;
  device.kind = Kind::Time;
  device.limit = 3'000'000'000;
  device.usual.octets = 2'000;
  return test::search(sweep, device);
}

Finding race() {
  SimulatedDevice device;
  device.kind = Kind::Packets;
  device.limit = 12;
  device.fails_percent = 60;
  return test::search(test::hello_sweep(), device);
}

Finding nothing_conclusive() {
  SimulatedDevice device;
  device.inconclusive_percent = 100;
  return test::search(test::hello_sweep(), device);
}

std::string text(const std::vector<report::TextLine>& lines) { return report::print(lines, {}); }

/// Columns, whatever octets a character takes.
std::size_t columns(const std::string& line) {
  std::size_t count = 0;
  for (const char octet : line) count += (static_cast<unsigned char>(octet) & 0xC0U) != 0x80U ? 1U : 0U;
  return count;
}

std::string stored(const std::string& name) {
  std::ifstream file(std::string(TWINWIRE_SOURCE_DIR) + "/tests/harness/limits/stored/" + name);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST_CASE("a limit is told with both views, the advice, the lines and a plot", "[limits][report][approval]") {
  CHECK(text(report::limit_lines(twelve_packets(), Charset::Ascii)) == stored("twelve_packets.txt"));
  CHECK(text(report::limit_plot(twelve_packets(), Charset::Utf8)) == stored("twelve_packets_plot_utf8.txt"));
}

// tests/e2e holds the stored object against the schema.
TEST_CASE("the JSON of limits is the stored one", "[limits][report][json][approval]") {
  const std::string objects = report::to_json(twelve_packets()) + "\n" + report::to_json(three_seconds()) + "\n" +
                              report::to_json(race()) + "\n" + report::to_json(nothing_conclusive()) + "\n";
  CHECK(objects == stored("limits.jsonl"));
}

TEST_CASE("the plot is at most 100 columns wide and pure ASCII where it must be", "[limits][report][plot]") {
  Finding found = twelve_packets();
  found.lines[0].settings = {{"client.a.path.that.has.a.very.long.name.indeed", "and a value as well"}};
  for (const Charset charset : {Charset::Ascii, Charset::Utf8}) {
    const auto plot = report::limit_plot(found, charset);
    CHECK(plot.size() == 3 + 3 + 1);
    for (const report::TextLine& line : plot) {
      CHECK(columns(line.text) <= 100);
      const bool ascii =
          std::all_of(line.text.begin(), line.text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
      if (charset == Charset::Ascii) CHECK(ascii);
    }
  }
}

TEST_CASE("a plot needs a probe, and any axis can be drawn", "[limits][report][plot]") {
  CHECK(report::limit_plot(limits::Finder(test::hello_sweep()).result(), Charset::Ascii).empty());
  scenario::Sweep down;
  down.search.path = test::segments_of;
  down.search.from = 1460;
  down.search.to = 0;
  SimulatedDevice device;
  device.kind = Kind::Packets;
  device.limit = 12;
  device.usual.octets = 6432;
  limits::Finder finder(down);
  std::mt19937 random(1);
  for (int i = 0; i < 5; ++i) {
    limits::Settings settings = *finder.next();
    if (settings[test::segments_of] == "0") settings[test::segments_of] = "1";
    finder.add(test::walk(device, settings, random));
  }
  const std::string plot = text(report::limit_plot(finder.result(), Charset::Ascii));
  CHECK_THAT(plot, ContainsSubstring("1460"));
  CHECK_THAT(plot, ContainsSubstring("x"));
}

TEST_CASE("the JSON has the statement, the edge of each line and every point", "[limits][report][json]") {
  const json found = json::parse(report::to_json(twelve_packets()));
  CHECK(found["kind"] == "packets");
  CHECK(found["limit"] == 12);
  CHECK(found["fails_at"] == 13);
  CHECK(found["unit"] == "packets");
  CHECK(found["fitting"] == json::array({"packets"}));
  CHECK(found["complete"] == true);
  CHECK(found["advice"].size() == 4);
  REQUIRE(found["lines"].size() == 3);
  const json& line = found["lines"][0];
  CHECK(line["settings"] == json{{"client.segments.of", "536"}});
  CHECK(line["passes"] == 6432);
  CHECK(line["fails"] == 6433);
  CHECK(line["outcome"] == "found");
  CHECK_FALSE(line.contains("race"));
  CHECK(line["points"].front()["value"] == 256);
  CHECK(line["points"].front()["client_saw"] == "handshake complete");
  CHECK(line["points"].back()["value"] == 65600);
  CHECK(line["points"].back()["failed"] == 1);
  CHECK(line["points"].back()["packets"] == 13);
}

TEST_CASE("in JSON every time is in seconds", "[limits][report][json]") {
  const json found = json::parse(report::to_json(three_seconds()));
  CHECK(found["from"] == 0.001);
  CHECK(found["to"] == 20.0);
  CHECK(found["unit"] == "seconds");
  CHECK(found["limit"].get<double>() <= 3.0);
  CHECK(found["limit"].get<double>() > 2.9);
  CHECK(found["lines"][0]["passes"] == found["limit"]);
}

TEST_CASE("a cell with a limit has it in its result and on the terminal, also when it passed", "[limits][report]") {
  report::CellResult cell;
  cell.scenario = "tls/hello/limit";
  CHECK(report::details(cell, Charset::Ascii).empty());
  cell.limits = twelve_packets();
  CHECK_THAT(text(report::details(cell, Charset::Ascii)), ContainsSubstring("limit: 12 packets (6432 octets at"));
  const json line = json::parse(report::cell_finished_line(cell, "2024-01-01T00:00:00Z"));
  CHECK(line["result"]["limits"]["limit"] == 12);
}

}  // namespace
}  // namespace twinwire
