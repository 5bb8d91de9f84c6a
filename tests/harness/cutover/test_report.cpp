// SPDX-License-Identifier: Apache-2.0
// A cut-over as it is printed and as it is written for programs.
#include <algorithm>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "harness/report/columns.hpp"
#include "harness/report/cutover.hpp"
#include "harness/report/results_json.hpp"
#include "harness/report/terminal.hpp"
#include "tests/harness/cutover/support.hpp"
#include "tests/support/catch.hpp"

using namespace twinwire;
using namespace twinwire::cutover;
using namespace twinwire::cutover::test;
using namespace std::chrono_literals;
using nlohmann::json;
using report::Charset;

namespace {

Population crowd() {
  Population population = population_of(500, ClientKind::Fresh);
  population.shares = {1, 1, 2, 0, 1};
  population.returns = {scenario::Returns::Distribution::Exponential, 10min, {}, {}};
  population.policies = {kept(30min), lowered(30min, 60s, 30min), forgetting(lowered(30min, 60s, 61s))};
  population.policies[1].name = "lowered half an hour before";
  return population;
}

/// The second policy was walked as well, with one more breakage in the first minute.
Finding walked_too() {
  const Population population = crowd();
  Curve walked = conclude(population, 1, inspecting()).computed[1];
  ++walked.minutes[0].by_outcome[static_cast<std::size_t>(Outcome::Hangs)];
  --walked.minutes[0].by_outcome[static_cast<std::size_t>(Outcome::Full)];
  walked.holders.reset();
  walked.last_of_before.reset();
  ++walked.broken;
  return conclude(population, 1, inspecting(), {walked});
}

Finding nothing_held() {
  Population population = crowd();
  population.shares = {0, 0, 0, 0, 1};
  population.after = 3min;
  Measurement measurement;
  measurement.add(ClientKind::Fresh, Situation::Full, full, 20);
  return conclude(population, 1, measurement);
}

Finding alerts_on_a_scale() {
  Population population = crowd();
  population.scale = 30;
  population.before = 4min;
  population.after = 20s;
  population.minute = 2s;
  population.walked = true;
  population.keeps_broken = false;
  population.returns = {scenario::Returns::Distribution::Uniform, {}, 10s, 30s};
  population.policies = {kept(120s)};
  Measurement measurement = inspecting(10, {Outcome::Alert, 51, Author::Device});
  measurement.add(ClientKind::Psk, Situation::Old, resumed, 10);
  measurement.add(ClientKind::Psk, Situation::Declined, {Outcome::Closed, {}, Author::End}, 2);
  return conclude(population, 7, measurement);
}

std::string text(const std::vector<report::TextLine>& lines) { return report::print(lines, {}); }

std::string stored(const std::string& name) {
  std::ifstream file(std::string(TWINWIRE_SOURCE_DIR) + "/tests/harness/cutover/stored/" + name);
  return {std::istreambuf_iterator<char>(file), {}};
}

bool is_ascii(const std::string& line) {
  return std::ranges::all_of(line, [](char octet) { return static_cast<unsigned char>(octet) < 0x80; });
}

}  // namespace

TEST_CASE("a cut-over is told with what was measured, the policies, a plot and advice", "[cutover][report][approval]") {
  CHECK(text(report::cutover_lines(walked_too(), Charset::Ascii)) == stored("walked_too.txt"));
  CHECK(text(report::cutover_plot(walked_too(), Charset::Utf8)) == stored("walked_too_plot_utf8.txt"));
  CHECK(text(report::cutover_lines(nothing_held(), Charset::Ascii)) == stored("nothing_held.txt"));
  CHECK(text(report::cutover_lines(alerts_on_a_scale(), Charset::Ascii)) == stored("alerts_on_a_scale.txt"));
}

// tests/e2e holds the stored objects against the schema.
TEST_CASE("the JSON of a cut-over is the stored one", "[cutover][report][json][approval]") {
  const std::string objects = report::to_json(walked_too()) + "\n" + report::to_json(nothing_held()) + "\n" +
                              report::to_json(alerts_on_a_scale()) + "\n";
  CHECK(objects == stored("cutover.jsonl"));
}

TEST_CASE("no line of a cut-over is wider than 100 columns, and ASCII is ASCII", "[cutover][report]") {
  Finding finding = walked_too();
  for (auto* curves : {&finding.computed, &finding.walked})
    for (Curve& curve : *curves) curve.policy = "gesenkt für länger, viel länger, " + curve.policy;
  for (const Charset charset : {Charset::Ascii, Charset::Utf8}) {
    const auto lines = report::cutover_lines(finding, charset);
    for (const report::TextLine& line : lines) {
      INFO(line.text);
      CHECK(report::columns_of(line.text) <= 100);
      if (charset == Charset::Ascii) CHECK(is_ascii(line.text));
    }
    CHECK_THAT(text(lines), ContainsSubstring(charset == Charset::Utf8 ? "gesenkt für" : "gesenkt f?r"));
    CHECK_THAT(text(lines), ContainsSubstring("... (walked)"));
  }
}

TEST_CASE("a single breakage is seen in the plot, and none is not drawn", "[cutover][report][plot]") {
  Finding finding;
  finding.population = crowd();
  Curve curve;
  curve.policy = "rare";
  curve.minutes.resize(120);
  for (Minute& minute : curve.minutes) {
    minute.connections = 1'000;
    minute.by_outcome[static_cast<std::size_t>(Outcome::Resumed)] = 1'000;
  }
  finding.computed = {curve};
  CHECK(report::cutover_plot(finding, Charset::Ascii).empty());
  finding.computed[0].minutes[0].by_outcome = {0, 0, 0, 0, 1'000, 0, 0};
  finding.computed[0].minutes[119].by_outcome = {999, 0, 0, 0, 1, 0, 0};
  const auto plot = report::cutover_plot(finding, Charset::Ascii);
  REQUIRE(plot.size() == 4);
  // Two minutes each: half of the first column's connections broke, which is the top.
  CHECK(plot[0].text == "  rare  #" + std::string(58, ' ') + ".");
  CHECK(plot[1].text == "        +" + std::string(29, '-') + "+" + std::string(28, '-') + "+");
  CHECK(plot[3].text == "  # 50.0 % of the connections broke, . an eighth of that or less; time since the change");
  CHECK(report::cutover_plot(Finding(), Charset::Ascii).empty());
}

TEST_CASE("text is folded at blanks and cut at characters", "[report][columns]") {
  CHECK(report::folded("one two three", 9, 2, 4) == std::vector<std::string>{"  one two", "    three"});
  CHECK(report::folded("", 9, 2, 4) == std::vector<std::string>{"  "});
  CHECK(report::folded("incomprehensibilities so", 9, 0, 1) ==
        std::vector<std::string>{"incomprehensibilities", " so"});
  CHECK(report::cut_to("für immer", 9) == "für immer");
  CHECK(report::cut_to("für immer", 6) == "für...");
  CHECK(report::cut_to("äöüßäöü", 6) == "äöü...");
  CHECK(report::filled("für", 5) == "für  ");
}

TEST_CASE("a cell with a cut-over shows it, whatever its verdict", "[cutover][report]") {
  report::CellResult cell;
  cell.scenario = "tls/cut-over/population";
  CHECK(report::details(cell, Charset::Ascii).empty());
  cell.cutover = nothing_held();
  CHECK_THAT(text(report::details(cell, Charset::Ascii)), ContainsSubstring("lab sees nothing"));
  report::RunResult run;
  run.results = {cell};
  const json written = json::parse(report::result_json(run));
  CHECK(written["results"][0]["cutover"]["kind"] == "nothing-held");
  CHECK_FALSE(written["results"][0].contains("limits"));
}

TEST_CASE("the JSON has the counts of every minute and the plan", "[cutover][report][json]") {
  const json found = json::parse(report::to_json(walked_too()));
  CHECK(found["kind"] == "old-sessions");
  CHECK(found["seed"] == 1);
  CHECK(found["population"]["kinds"]["psk"] == 2);
  CHECK(found["population"]["policy"][2]["forgets"] == true);
  CHECK(found["population"]["policy"][2]["lowered_before"] == 61.0);
  REQUIRE(found["curves"].size() == 4);
  CHECK(found["curves"][3]["made"] == "walked");
  CHECK(found["curves"][3]["minutes"]["hangs"][0] == 1);
  CHECK_FALSE(found["curves"][3].contains("holders"));
  const json& curve = found["curves"][0];
  CHECK(curve["minutes"]["broken"].size() == 60);
  CHECK(curve["minutes"]["broken"] == curve["minutes"]["reset"]);
  CHECK_FALSE(curve["minutes"].contains("alert"));
  std::uint32_t broken = 0;
  for (const json& minute : curve["minutes"]["broken"]) broken += minute.get<std::uint32_t>();
  CHECK(curve["broken"] == broken);
  CHECK(found["plan"]["without"]["broken"] == broken);
  CHECK(found["plan"]["deadline"] == 61.0);
  CHECK(found["difference"]["minute"] == 0);
  const json alerts = json::parse(report::to_json(alerts_on_a_scale()));
  const json wanted = {{"situation", "old"}, {"kind", "ticket"},   {"outcome", "alert"},
                       {"alert", 51},        {"author", "device"}, {"count", 10}};
  CHECK(std::ranges::count(alerts["measurement"], wanted) == 1);
}
