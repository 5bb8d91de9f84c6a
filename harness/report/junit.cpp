// SPDX-License-Identifier: Apache-2.0
// One suite per run. An inconclusive cell counts as skipped, because JUnit knows no third outcome and the device must
// not be blamed for it; the reason stands in its message.
#include "harness/report/junit.hpp"

#include <array>
#include <cstdint>
#include <cstdio>

#include "harness/report/terminal.hpp"

namespace twinwire::report {
namespace {

using judge::Verdict;

std::string seconds(time::Duration duration) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.6f", static_cast<double>(duration.count()) / 1e9);
  return text.data();
}

std::string attribute(std::string_view name, std::string_view value) {
  return " " + std::string(name) + "=\"" + escape_xml(value) + "\"";
}

std::string attribute(std::string_view name, std::size_t value) { return attribute(name, std::to_string(value)); }

/// What a build server shows beside the name of the test.
std::string headline(const CellResult& cell) {
  if (!cell.reason.empty()) return cell.reason;
  if (!cell.diagnosis.empty()) return cell.diagnosis;
  for (const Finding& finding : cell.findings) {
    if (finding.weight == cell.verdict) return finding.text;
  }
  return std::string(judge::name(cell.verdict));
}

std::string outcome(const CellResult& cell) {
  switch (cell.verdict) {
    case Verdict::Pass:
      return "";
    case Verdict::Skip:
      return "    <skipped" + attribute("message", headline(cell)) + "/>\n";
    case Verdict::Inconclusive:
      return "    <skipped" + attribute("message", "inconclusive: " + headline(cell)) + "/>\n";
    case Verdict::Fail:
    case Verdict::Error:
      break;
  }
  const std::string element = cell.verdict == Verdict::Fail ? "failure" : "error";
  std::string text;
  for (const TextLine& line : details(cell, Charset::Utf8)) text += line.text + "\n";
  return "    <" + element + attribute("message", headline(cell)) + ">" + escape_xml(text) + "</" + element + ">\n";
}

std::string test_case(const CellResult& cell) {
  std::string name = (cell.cell.empty() ? "" : cell.cell + " ") + std::string(wire::name(cell.family));
  if (cell.repetition > 0) name += " repetition " + std::to_string(cell.repetition);
  const std::string head = "  <testcase" + attribute("classname", cell.scenario) + attribute("name", name) +
                           attribute("time", seconds(cell.seconds));
  const std::string inside = outcome(cell);
  return inside.empty() ? head + "/>\n" : head + ">\n" + inside + "  </testcase>\n";
}

}  // namespace

std::string escape_xml(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&apos;";
        break;
      case '\n':
      case '\t':
        out += c;
        break;
      default:
        out += static_cast<std::uint8_t>(c) < 0x20 || c == 0x7F ? '?' : c;
    }
  }
  return out;
}

std::string junit_xml(const RunResult& run) {
  const Counts counts = count(run.results);
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite" + attribute("name", run.bench) +
                    attribute("tests", run.results.size()) + attribute("failures", counts.failed) +
                    attribute("errors", counts.errors) + attribute("skipped", counts.skipped + counts.inconclusive) +
                    attribute("time", seconds(run.seconds)) + attribute("timestamp", run.started) + ">\n";
  std::vector<CellResult> sorted = run.results;
  sort(sorted);
  for (const CellResult& cell : sorted) out += test_case(cell);
  return out + "</testsuite>\n";
}

}  // namespace twinwire::report
