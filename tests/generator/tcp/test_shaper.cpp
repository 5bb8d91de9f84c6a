// SPDX-License-Identifier: Apache-2.0
#include "generator/tcp/shaper.hpp"
#include "tests/support/catch.hpp"

using namespace twinwire;
using namespace std::chrono_literals;

namespace {

using time::Instant;

constexpr Instant at(time::Duration since) { return Instant(since); }

/// Writes down what leaves: "1000:abc" for a segment that begins at 1000, "ack" for one without payload.
struct Log final : tcp::Output {
  std::vector<std::string> lines;
  void transmit(const tcp::Segment& segment) override {
    const std::string text(segment.payload.begin(), segment.payload.end());
    lines.push_back(text.empty() ? "ack" : std::to_string(segment.seq) + ":" + text);
  }
};

using Lines = std::vector<std::string>;

struct Bench {
  Log log;
  tcp::Shaper shaper;
  explicit Bench(tcp::Deviations deviations) : shaper(std::move(deviations), log) {}

  void send(std::uint32_t seq, std::string_view text) {
    tcp::Segment segment;
    segment.seq = seq;
    segment.payload = {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
    shaper.transmit(segment);
  }
};

}  // namespace

TEST_CASE("without deviations every segment passes at once", "[tcp][shaper]") {
  Bench bench({});
  bench.send(100, "abc");
  bench.send(0, "");
  bench.send(103, "d");
  CHECK(bench.log.lines == Lines{"100:abc", "ack", "103:d"});
  CHECK_FALSE(bench.shaper.deadline());
}

TEST_CASE("named segments leave in the order wanted once all are there", "[tcp][shaper]") {
  Bench bench({.order = {3, 1}});
  bench.send(100, "a");
  bench.send(101, "b");
  bench.send(0, "");
  CHECK(bench.log.lines == Lines{"ack"});
  bench.send(102, "c");
  CHECK(bench.log.lines == Lines{"ack", "102:c", "100:a", "101:b"});
  bench.send(103, "d");
  CHECK(bench.log.lines.back() == "103:d");
}

TEST_CASE("segments that are waited for in vain are let go when patience is over", "[tcp][shaper]") {
  Bench bench({.order = {2, 1}, .patience = 5ms});
  bench.shaper.at(at(10ms));
  bench.send(100, "a");
  CHECK(bench.log.lines.empty());
  CHECK(bench.shaper.deadline() == at(15ms));
  bench.shaper.expires(at(15ms));
  CHECK(bench.log.lines == Lines{"100:a"});
  CHECK_FALSE(bench.shaper.deadline());
  bench.send(101, "b");  // the order was for the first segments only
  CHECK(bench.log.lines == Lines{"100:a", "101:b"});
}

TEST_CASE("a gap keeps reordered segments apart, and what follows behind them", "[tcp][shaper]") {
  Bench bench({.order = {2, 1}, .gap = 3ms});
  bench.send(100, "a");
  bench.send(101, "b");
  bench.send(102, "c");
  CHECK(bench.log.lines == Lines{"101:b"});
  CHECK(bench.shaper.deadline() == at(3ms));
  bench.shaper.expires(at(2ms));
  CHECK(bench.log.lines == Lines{"101:b"});
  bench.shaper.expires(at(3ms));
  CHECK(bench.log.lines == Lines{"101:b", "100:a", "102:c"});
}

TEST_CASE("what is sent in one go leaves last first", "[tcp][shaper]") {
  Bench bench({.reversed = true});
  bench.shaper.at(at(7ms));
  bench.send(100, "a");
  bench.send(101, "b");
  bench.send(102, "c");
  CHECK(bench.log.lines.empty());
  CHECK(bench.shaper.deadline() == at(7ms));
  bench.shaper.expires(at(7ms));
  CHECK(bench.log.lines == Lines{"102:c", "101:b", "100:a"});
}

TEST_CASE("a segment named twice leaves two times in a row, its retransmission once", "[tcp][shaper]") {
  Bench bench({.twice = {2}});
  bench.send(100, "a");
  bench.send(101, "b");
  bench.send(101, "b");
  bench.send(102, "c");
  CHECK(bench.log.lines == Lines{"100:a", "101:b", "101:b", "101:b", "102:c"});
}

TEST_CASE("each segment repeats the end of the one before, retransmissions do not", "[tcp][shaper]") {
  Bench bench({.overlap = 2});
  bench.send(100, "abc");
  bench.send(103, "d");
  bench.send(104, "ef");
  bench.send(103, "d");
  CHECK(bench.log.lines == Lines{"100:abc", "101:bcd", "103:def", "103:d"});
}

TEST_CASE("numbers may wrap between two segments", "[tcp][shaper][rfc9293-3.4]") {
  Bench bench({.order = {2, 1}});
  bench.send(0xFFFFFFFFU, "ab");
  bench.send(1, "c");
  CHECK(bench.log.lines == Lines{"1:c", "4294967295:ab"});
}
