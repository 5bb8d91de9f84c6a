// SPDX-License-Identifier: Apache-2.0
// The transcript's file: what is written is read back, and nothing else is read at all.
#include <array>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

#include "harness/observe/transcript.hpp"
#include "tests/support/catch.hpp"

namespace twinwire {
namespace {

using observe::Event;
using observe::Transcript;
using Kind = Event::Kind;
using scenario::Party;

Event event(Kind kind, int step) {
  Event out;
  out.kind = kind;
  out.at = time::Instant(std::chrono::nanoseconds(1234567));
  out.step = step;
  return out;
}

/// Every kind of event, every field filled somewhere.
Transcript complete() {
  Transcript out;
  out.scenario = "tcp/rst/exact";
  out.cell = "590-caf\u00e9 \"quoted\"";
  out.family = wire::Family::Ipv6;
  out.seed = ~std::uint64_t{0};
  out.connections.push_back(
      {"a", *wire::parse_address("2001:2:0:1::2"), *wire::parse_address("2001:2:0:2::2"), 20017, 443});
  out.connections.push_back({"", *wire::parse_address("198.18.1.2"), *wire::parse_address("198.18.2.2"), 0, 65535});
  for (const Kind kind : {Kind::Begins, Kind::Passed, Kind::TimeUp, Kind::Done, Kind::NotReached})
    out.events.push_back(event(kind, 3));
  for (const Kind kind : {Kind::Sent, Kind::Refused, Kind::Received, Kind::Carried}) {
    Event frame = event(kind, kind == Kind::Received ? -1 : 0);
    frame.wire = Party::Server;
    frame.packet = 45;
    frame.frame = {0x00, 0x7f, 0x80, 0xff};
    out.events.push_back(frame);
  }
  out.events[5].marker = true;
  Event failed = event(Kind::Failed, 2);
  failed.text = "two\nlines and a \x01";
  out.events.push_back(failed);
  out.events.push_back(event(Kind::Closes, -1));
  return out;
}

Transcript read(const std::string& text) { return observe::from_json_lines(text, "t.jsonl"); }

constexpr const char* header = R"({"format":1,"scenario":"s","cell":"","family":"ipv4","seed":1,"connections":[]})";

/// A header whose one connection has these members.
std::string with_connection(const std::string& members) {
  const std::string text = header;
  return text.substr(0, text.size() - 2) + R"({"name":"",)" + members + "}]}\n";
}

TEST_CASE("every field of a transcript comes back from its file", "[observe][transcript]") {
  const Transcript before = complete();
  const std::string text = observe::to_json_lines(before);
  const Transcript after = read(text);
  CHECK(after.scenario == before.scenario);
  CHECK(after.cell == before.cell);
  CHECK(after.family == before.family);
  CHECK(after.seed == before.seed);
  REQUIRE(after.connections.size() == 2);
  CHECK(after.connections[0].name == "a");
  CHECK(after.connections[0].server == before.connections[0].server);
  CHECK(after.connections[1].server_port == 65535);
  REQUIRE(after.events.size() == before.events.size());
  for (std::size_t i = 0; i < before.events.size(); ++i) {
    INFO("event " << i);
    CHECK(after.events[i].kind == before.events[i].kind);
    CHECK(after.events[i].at == before.events[i].at);
    CHECK(after.events[i].step == before.events[i].step);
    CHECK(after.events[i].packet == before.events[i].packet);
    CHECK(after.events[i].marker == before.events[i].marker);
    CHECK(after.events[i].text == before.events[i].text);
    CHECK(after.events[i].frame == before.events[i].frame);
  }
  CHECK(observe::to_json_lines(after) == text);
}

TEST_CASE("the format of a transcript's file is pinned", "[observe][transcript]") {
  Transcript small;
  small.scenario = "tcp/a";
  small.seed = 7;
  small.connections.push_back({"", *wire::parse_address("198.18.1.2"), *wire::parse_address("198.18.2.2"), 20017, 443});
  small.events.push_back(event(Kind::Begins, 0));
  Event sent = event(Kind::Sent, 0);
  sent.frame = {0x02, 0xab};
  small.events.push_back(sent);
  CHECK(observe::to_json_lines(small) ==
        R"({"format":1,"scenario":"tcp/a","cell":"","family":"ipv4","seed":7,"connections":[)"
        R"({"name":"","client":"198.18.1.2","client_port":20017,"server":"198.18.2.2","server_port":443}]})"
        "\n"
        R"({"at":1234567,"kind":"begins","step":1})"
        "\n"
        R"({"at":1234567,"kind":"sent","wire":"client","step":1,"frame":"02ab"})"
        "\n");
}

TEST_CASE("what is no transcript is refused with file, line and reason", "[observe][transcript]") {
  struct Bad {
    const char* what;
    std::string text;
    const char* message;
  };
  const std::string head = std::string(header) + "\n";
  const std::array bads{
      Bad{"nothing", "", "t.jsonl:1: expected the header"},
      Bad{"no line end", header, "t.jsonl:1: the last line is cut off"},
      Bad{"cut off", head + R"({"at":0,"kind":"done","step":1})", "t.jsonl:2: the last line is cut off"},
      Bad{"an empty line", head + "\n", "t.jsonl:2: expected one JSON object"},
      Bad{"an array", "[]\n", "t.jsonl:1: expected one JSON object"},
      Bad{"another format",
          R"({"format":2})"
          "\n",
          "t.jsonl:1: format 2 is not known"},
      Bad{"no seed",
          R"({"format":1,"scenario":"s","cell":"","family":"ipv4","connections":[]})"
          "\n",
          "\"seed\" is missing"},
      Bad{"another family",
          R"({"format":1,"scenario":"s","cell":"","family":"ipx"})"
          "\n",
          "must be one of \"ipv4\", \"ipv6\""},
      Bad{"an unknown key",
          head + R"({"at":0,"kind":"done","colour":1})"
                 "\n",
          "t.jsonl:2: unknown key \"colour\""},
      Bad{"an unknown kind",
          head + R"({"at":0,"kind":"flown"})"
                 "\n",
          "\"flown\" is no kind of event"},
      Bad{"a time before the bench",
          head + R"({"at":-1,"kind":"done"})"
                 "\n",
          "\"at\" must be a whole number"},
      Bad{"a time with a fraction",
          head + R"({"at":0.5,"kind":"done"})"
                 "\n",
          "\"at\" must be a whole number"},
      Bad{"a time beyond all bounds",
          head + R"({"at":18446744073709551615,"kind":"done"})"
                 "\n",
          "\"at\" must be a whole number"},
      Bad{"step 0",
          head + R"({"at":0,"kind":"done","step":0})"
                 "\n",
          "\"step\" must be a whole number from 1"},
      Bad{"a frame without a wire",
          head + R"({"at":0,"kind":"sent","frame":""})"
                 "\n",
          "\"wire\" is missing"},
      Bad{"a wire of the device",
          head + R"({"at":0,"kind":"sent","wire":"device","frame":""})"
                 "\n",
          "must be one of"},
      Bad{"an odd frame",
          head + R"({"at":0,"kind":"sent","wire":"client","frame":"0"})"
                 "\n",
          "pairs of hexadecimal digits"},
      Bad{"a frame of other letters",
          head + R"({"at":0,"kind":"sent","wire":"client","frame":"0G"})"
                 "\n",
          "hexadecimal digits"},
      Bad{"a frame where none belongs",
          head + R"({"at":0,"kind":"done","frame":""})"
                 "\n",
          "unknown key \"frame\""},
      Bad{"a marker that is none",
          head + R"({"at":0,"kind":"sent","wire":"client","marker":false,"frame":""})"
                 "\n",
          "can only be true"},
      Bad{"octets that are no UTF-8", head + "{\"at\":0,\"kind\":\"\xff\"}\n", "expected one JSON object"},
      Bad{"a port too high", with_connection(R"("client":"198.18.1.2","client_port":65536)"),
          "\"client_port\" must be a whole number from 0 to 65535"},
      Bad{"an address that is none", with_connection(R"("client":"198.18.1")"),
          "\"client\" must be an IPv4 or IPv6 address"}};
  for (const Bad& bad : bads) {
    INFO(bad.what);
    CHECK_THROWS_WITH(read(bad.text), ContainsSubstring(bad.message));
    CHECK_THROWS_AS(read(bad.text), observe::TranscriptError);
  }
}

TEST_CASE("deep nesting is refused and does no harm", "[observe][transcript]") {
  CHECK_THROWS_AS(read(std::string(200'000, '[') + "\n"), observe::TranscriptError);
  CHECK_THROWS_AS(read(std::string(50'000, '[') + std::string(50'000, ']') + "\n"), observe::TranscriptError);
}

TEST_CASE("a transcript cut at any octet is refused or is a shorter transcript, never a crash",
          "[observe][transcript]") {
  const std::string text = observe::to_json_lines(complete());
  for (std::size_t length = 0; length < text.size(); ++length) {
    std::optional<Transcript> shorter;
    try {
      shorter = read(text.substr(0, length));
    } catch (const observe::TranscriptError&) {
    }
    INFO(length);
    const bool at_line_end = length > 0 && text[length - 1] == '\n';
    CHECK(shorter.has_value() == at_line_end);
    if (shorter) CHECK(shorter->events.size() < complete().events.size());
  }
}

TEST_CASE("the corpus of the fuzz target is read without harm", "[observe][transcript][corpus]") {
  const std::filesystem::path corpus = std::filesystem::path(TWINWIRE_SOURCE_DIR) / "tests/fuzz/corpus/transcript";
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(corpus)) {
    INFO(entry.path().string());
    std::ifstream in(entry.path(), std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    ++files;
    try {
      const std::string written = observe::to_json_lines(read(text.str()));
      CHECK(observe::to_json_lines(read(written)) == written);
    } catch (const observe::TranscriptError& error) {
      CHECK(std::string(error.what()).starts_with("t.jsonl:"));
    }
  }
  CHECK(files >= 10);
}

}  // namespace
}  // namespace twinwire
