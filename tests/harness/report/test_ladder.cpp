// SPDX-License-Identifier: Apache-2.0
// The ladder as it happened, pinned by stored text, and its rules one by one.
#include <algorithm>

#include "harness/judge/verdict.hpp"
#include "harness/report/ladder.hpp"
#include "harness/report/terminal.hpp"
#include "tests/harness/report/incident.hpp"
#include "tests/support/catch.hpp"

namespace twinwire {
namespace {

using report::Row;
using scenario::Party;

report::CellResult judged(const observe::Transcript& transcript, report::Charset charset = report::Charset::Ascii) {
  const auto result = judge::judge(test::incident(), test::strict_bench(), transcript);
  return report::describe(test::incident(), transcript, result, charset);
}

std::string printed(const report::CellResult& cell, report::Charset charset = report::Charset::Ascii) {
  std::vector<report::TextLine> lines{report::headline(cell, 0)};
  const auto details = report::details(cell, charset);
  lines.insert(lines.end(), details.begin(), details.end());
  return report::print(lines, {});
}

Row row(Row::Kind kind, Party toward, std::string client, std::string server, int step = 1) {
  Row out;
  out.kind = kind;
  out.toward = toward;
  out.step = step;
  out.client = std::move(client);
  out.server = std::move(server);
  return out;
}

std::size_t longest_number(const std::string& text) {
  std::size_t longest = 0, digits = 0;
  for (const char c : text) {
    digits = c >= '0' && c <= '9' ? digits + 1 : 0;
    longest = std::max(longest, digits);
  }
  return longest;
}

std::string only_line(const Row& row) {
  const auto lines = report::ladder({row}, {}, report::Charset::Ascii);
  REQUIRE(lines.size() == 2);
  return lines[1].text;
}

TEST_CASE("a RST that dies in the device is drawn with both ends' view", "[report][approval]") {
  test::approve("rst_dies.txt", printed(judged(test::rst_dies())));
}

TEST_CASE("the same ladder in UTF-8", "[report][approval]") {
  test::approve("rst_dies_utf8.txt", printed(judged(test::rst_dies(), report::Charset::Utf8), report::Charset::Utf8));
}

TEST_CASE("a RST that the device made begins in the middle and carries its TTL", "[report][approval]") {
  test::approve("device_resets.txt", printed(judged(test::device_resets())));
}

TEST_CASE("a cell that passed is one line without a ladder", "[report]") {
  const auto cell = judged(test::all_crosses());
  CHECK(cell.verdict == judge::Verdict::Pass);
  CHECK(cell.ladder.empty());
  CHECK(printed(cell) == "pass   tcp/challenge-ack/established  ipv4  28 us\n");
}

TEST_CASE("no sequence number of ten digits reaches a report", "[report]") {
  for (const auto& transcript : {test::rst_dies(), test::device_resets()}) {
    const std::string text = printed(judged(transcript));
    INFO(text);
    CHECK(longest_number(text) < 10);
  }
}

TEST_CASE("in ASCII a ladder has no other character", "[report]") {
  const std::string text = printed(judged(test::rst_dies()));
  CHECK(std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; }));
}

TEST_CASE("each fate has an arrow of its own", "[report]") {
  struct Fate {
    Row::Kind kind;
    Party toward;
    const char* arrow;
  };
  const Fate fates[] = {{Row::Kind::Crossed, Party::Server, "a                         ------------------->  b"},
                        {Row::Kind::Crossed, Party::Client, "b                         <-------------------  a"},
                        {Row::Kind::Dead, Party::Server, "a                         ---------x"},
                        {Row::Kind::Dead, Party::Client, "                                    x---------  a"},
                        {Row::Kind::Open, Party::Server, "a                         ---------?"},
                        {Row::Kind::Made, Party::Client, "b                         <--------*"},
                        {Row::Kind::Made, Party::Server, "                                    *-------->  b"},
                        {Row::Kind::Around, Party::Server, "a                         ~~~~~ around ~~~~~~>  b"},
                        {Row::Kind::Unsent, Party::Server, "a                         x"}};
  for (const Fate& fate : fates) {
    const bool leaves = fate.kind == Row::Kind::Dead || fate.kind == Row::Kind::Open || fate.kind == Row::Kind::Unsent;
    const bool made = fate.kind == Row::Kind::Made;
    const std::string sender = made ? "" : "a", receiver = leaves ? "" : "b";
    const bool to_server = fate.toward == Party::Server;
    const Row one = row(fate.kind, fate.toward, to_server ? sender : receiver, to_server ? receiver : sender);
    CHECK(only_line(one) == std::string("     1 ") + fate.arrow);
  }
}

TEST_CASE("many equal packets of one line are shortened, with their number", "[report]") {
  std::vector<Row> rows(46, row(Row::Kind::Dead, Party::Server, "ACK", ""));
  const auto lines = report::ladder(rows, {}, report::Charset::Ascii);
  REQUIRE(lines.size() == 6);
  CHECK(lines[4].text == "       ... 42 more like this ...");
}

TEST_CASE("a line that was not reached is faint and says so", "[report]") {
  Row unreached = row(Row::Kind::Unreached, Party::Server, "server forgets", "", 6);
  unreached.remark = "not reached";
  const auto lines = report::ladder({unreached}, {}, report::Charset::Ascii);
  CHECK(lines[1].text == "     6 server forgets   (not reached)");
  CHECK(lines[1].emphasis == report::Emphasis::Faint);
}

TEST_CASE("a row that a finding is about has a mark besides its colour", "[report]") {
  Row blamed = row(Row::Kind::Crossed, Party::Server, "a", "b");
  blamed.blamed = true;
  const auto lines = report::ladder({blamed}, {}, report::Charset::Ascii);
  CHECK(lines[1].text.starts_with("!    1 "));
  CHECK(lines[1].emphasis == report::Emphasis::Bad);
}

}  // namespace
}  // namespace twinwire
