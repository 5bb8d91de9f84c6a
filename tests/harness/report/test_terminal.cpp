// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "harness/report/terminal.hpp"
#include "tests/harness/report/incident.hpp"
#include "tests/support/catch.hpp"

namespace twinwire {
namespace {

using judge::Verdict;
using report::CellResult;

CellResult cell(const std::string& scenario, Verdict verdict, const std::string& reason = "") {
  CellResult out;
  out.scenario = scenario;
  out.verdict = verdict;
  out.reason = reason;
  out.seconds = std::chrono::microseconds(840);
  return out;
}

report::RunResult mixed_run() {
  report::RunResult run;
  run.seconds = std::chrono::milliseconds(613);
  run.results = {cell("tcp/rst/exact", Verdict::Pass),
                 cell("tcp/rst/far", Verdict::Fail),
                 cell("tcp/rst/stale", Verdict::Inconclusive),
                 cell("tcp/hsk/split", Verdict::Error),
                 cell("tcp/idl/one", Verdict::Skip, "this bench cannot clear one connection's state in the device"),
                 cell("tcp/idl/two", Verdict::Skip, "this bench cannot clear one connection's state in the device")};
  run.results[0].cell = "590";
  run.results[1].diagnosis = "the client's RST died in the device";
  for (std::size_t i = 0; i < 4; ++i) run.results[i].alterations = {{"ttl", "64", "63"}};
  run.results[0].alterations.push_back({"mss", "1460", "1380"});
  run.results[1].alterations.push_back({"mss", "1220", "1200"});
  run.results[1].alterations.push_back({"ipid", "", ""});
  return run;
}

TEST_CASE("the summary counts every verdict and leaves out what there is none of", "[report][terminal]") {
  report::RunResult run = mixed_run();
  CHECK(report::summary(run) == "6 cells: 1 passed, 1 failed, 1 error, 1 inconclusive, 2 skipped in 0.61 s");
  run.results.resize(1);
  run.interrupted = true;
  CHECK(report::summary(run) == "1 cell: 1 passed, 0 failed, 0 skipped in 0.61 s, interrupted");
}

TEST_CASE("the device's counters that have counted something stand in the closing lines", "[report]") {
  report::RunResult run;
  run.counters = {{"decrypt_error", 3}, {"handshakes_followed", 0}, {"sessions_learnt", 12}};
  const auto lines = report::closing(run, report::Charset::Ascii);
  const auto is_it = [](const report::TextLine& line) {
    return line.text == "the device's counters: decrypt_error 3, sessions_learnt 12";
  };
  CHECK(std::ranges::count_if(lines, is_it) == 1);
}

TEST_CASE("what holds of the whole run is said once at its end", "[report][terminal][approval]") {
  test::approve("closing.txt", report::print(report::closing(mixed_run(), report::Charset::Ascii), {}));
}

TEST_CASE("a cell's line says verdict, name, family and time", "[report][terminal]") {
  CellResult fail = cell("tcp/rst/far", Verdict::Fail);
  fail.cell = "590";
  fail.family = wire::Family::Ipv6;
  CHECK(report::headline(fail, 20).text == "FAIL   tcp/rst/far[590]      ipv6  840 us");
  fail.repetition = 3;
  CHECK(report::headline(fail, 0).text == "FAIL   tcp/rst/far[590]  ipv6  repetition 3  840 us");
}

TEST_CASE("with colour every line still says the same", "[report][terminal]") {
  const auto lines = report::closing(mixed_run(), report::Charset::Ascii);
  const std::string plain = report::print(lines, {});
  std::string stripped = report::print(lines, {report::Charset::Ascii, report::Colour::Always});
  CHECK(stripped != plain);
  for (std::size_t at = stripped.find('\033'); at != std::string::npos; at = stripped.find('\033')) {
    stripped.erase(at, stripped.find('m', at) - at + 1);
  }
  CHECK(stripped == plain);
}

}  // namespace
}  // namespace twinwire
