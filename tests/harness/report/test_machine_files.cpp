// SPDX-License-Identifier: Apache-2.0
// result.json, events.jsonl and JUnit's XML.
#include <nlohmann/json.hpp>

#include "harness/judge/verdict.hpp"
#include "harness/report/junit.hpp"
#include "harness/report/results_json.hpp"
#include "tests/harness/report/incident.hpp"
#include "tests/support/catch.hpp"

namespace twinwire {
namespace {

using Json = nlohmann::json;

report::RunResult run_of(const std::vector<observe::Transcript>& transcripts) {
  report::RunResult run;
  run.id = "20250131-120000-1";
  run.bench = "lab firewall";
  run.device = "external";
  run.started = "2025-01-31T12:00:00.000Z";
  run.seconds = std::chrono::milliseconds(250);
  for (const auto& transcript : transcripts) {
    const auto judged = judge::judge(test::incident(), test::strict_bench(), transcript);
    run.results.push_back(report::describe(test::incident(), transcript, judged, report::Charset::Ascii));
  }
  return run;
}

TEST_CASE("result.json is pinned by stored text", "[report][json][approval]") {
  report::RunResult run = run_of({test::device_resets()});
  run.results.push_back(report::without_walk(test::incident(), judge::Verdict::Skip, "no reason but the test's"));
  run.results.back().scenario = "tcp/a";
  test::approve("result.json", report::result_json(run));
}

TEST_CASE("results are sorted in result.json, whatever order the cells ended in", "[report][json]") {
  report::RunResult run = run_of({test::all_crosses(), test::all_crosses(), test::all_crosses()});
  run.results[0].scenario = "z";
  run.results[1].scenario = "a";
  run.results[1].family = wire::Family::Ipv6;
  run.results[2].scenario = "a";
  const Json json = Json::parse(report::result_json(run));
  CHECK(json["results"][0]["scenario"] == "a");
  CHECK(json["results"][0]["family"] == "ipv4");
  CHECK(json["results"][1]["family"] == "ipv6");
  CHECK(json["results"][2]["scenario"] == "z");
}

TEST_CASE("a finding about a packet of the device names its author and its step", "[report][json]") {
  const Json json = Json::parse(report::result_json(run_of({test::device_resets()})));
  bool found = false;
  for (const Json& finding : json["results"][0]["findings"]) {
    if (!finding.contains("author")) continue;
    found = true;
    CHECK(finding["author"] == "device");
    CHECK(finding["step"] == 3);
    CHECK(finding["line"] == "client --> server : SYN iss=new <mss 1460>");
  }
  CHECK(found);
}

TEST_CASE("every event is one line of JSON", "[report][json]") {
  const report::RunResult run = run_of({test::rst_dies()});
  for (const std::string& line :
       {report::run_started_line(run, 1), report::cell_finished_line(run.results[0], run.started),
        report::run_finished_line(run, run.started)}) {
    CHECK(std::count(line.begin(), line.end(), '\n') == 1);
    CHECK(line.back() == '\n');
    CHECK(Json::parse(line).contains("event"));
  }
}

TEST_CASE("JUnit's XML is pinned by stored text", "[report][junit][approval]") {
  report::RunResult run = run_of({test::rst_dies(), test::all_crosses()});
  run.results[1].scenario = "tcp/a";
  run.results.push_back(report::without_walk(test::incident(), judge::Verdict::Skip, "<no> \"reason\" & none"));
  run.results.push_back(report::without_walk(test::incident(), judge::Verdict::Error, "the bench was lost"));
  run.results.push_back(report::without_walk(test::incident(), judge::Verdict::Inconclusive, "no buffer space"));
  test::approve("junit.xml", report::junit_xml(run));
}

TEST_CASE("what XML cannot hold is replaced", "[report][junit]") {
  CHECK(report::escape_xml("a<b>&\"'\n\t\x01\x1b[m") == "a&lt;b&gt;&amp;&quot;&apos;\n\t??[m");
}

}  // namespace
}  // namespace twinwire
