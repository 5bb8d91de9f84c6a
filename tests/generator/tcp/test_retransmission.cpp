// SPDX-License-Identifier: Apache-2.0
// The timer of RFC 6298, the windows of RFC 5681, recovery with and without SACK, path MTU.
#include "tests/generator/tcp/bench.hpp"
#include "tests/support/catch.hpp"

using namespace twinwire;
using namespace twinwire::test;
using tcp::Ending;

namespace {

const auto with_sack = mss_option(1000) + sack_permitted_option();

/// As if sent: the lines of `count` full segments of 1000 octets.
Lines full_segments(std::uint32_t seq, int count) {
  Lines lines;
  for (int i = 0; i < count; ++i) {
    lines.push_back("ACK " + std::to_string(seq + 1000 * static_cast<std::uint32_t>(i)) + " ack 5001 (1000)");
  }
  return lines;
}

}  // namespace

// The timer.

TEST_CASE("the timer starts with text, starts anew with its ACK and stops with the last", "[tcp][rfc6298-5]") {
  Bench bench({.rto_min = 1s});
  to_established(bench);
  bench.send("ab");
  CHECK(bench.until_deadline() == 1s);
  bench.after(100ms).send("cd");
  CHECK(bench.until_deadline() == 900ms);
  bench.after(100ms).arrives({.ack = iss + 3});
  CHECK(bench.until_deadline() == 1s);
  bench.arrives({.ack = iss + 5});
  CHECK_FALSE(bench.end.deadline());
}

TEST_CASE("the timeout follows the round trips", "[tcp][rfc6298-2]") {
  Bench bench({.rto_min = 1ms});
  bench.connect();
  bench.after(100ms).arrives({.flags = Syn | Ack, .seq = irs});
  bench.send("a");
  CHECK(bench.until_deadline() == 300ms);  // SRTT 100, RTTVAR 50
  bench.after(180ms).arrives({.ack = iss + 2});
  bench.send("b");
  CHECK(bench.until_deadline() == 340ms);  // SRTT 110 (100 - 12.5 + 22.5), RTTVAR 57.5 (37.5 + 20)
}

TEST_CASE("the timeout is never below the policy's least", "[tcp][rfc6298-2.4]") {
  Bench bench({.rto_min = 200ms});
  to_established(bench);
  bench.send("a");
  CHECK(bench.until_deadline() == 200ms);
}

TEST_CASE("text that was sent twice is not timed", "[tcp][rfc6298-3]") {
  Bench bench({.rto_min = 1ms});
  bench.connect();
  bench.after(100ms).arrives({.flags = Syn | Ack, .seq = irs});
  bench.send("a");
  bench.expire();
  bench.after(5s).arrives({.ack = iss + 2});
  bench.send("b");
  CHECK(bench.until_deadline() == 300ms);
}

TEST_CASE("with timestamps text that was sent twice is timed by its echo", "[tcp][rfc7323-4]") {
  Bench bench({.timestamps = true, .rto_min = 1ms});
  bench.connect();
  bench.after(100ms).arrives({.flags = Syn | Ack, .seq = irs, .options = timestamp_option(9, 1)});
  bench.send("a");
  bench.expire();  // at 400 ms
  bench.after(100ms).arrives({.ack = iss + 2, .options = timestamp_option(9, 401)});
  bench.send("b");
  CHECK(bench.until_deadline() == 250ms);  // SRTT 100, RTTVAR 50 - 12.5
}

TEST_CASE("each timeout doubles the next, up to the retries", "[tcp][rfc6298-5.5][rfc9293-3.8.3]") {
  Bench bench({.rto_min = 200ms, .retries = 3});
  to_established(bench);
  bench.send("abc");
  bench.sent();
  for (const auto wait : {200ms, 400ms, 800ms}) {
    CHECK(bench.until_deadline() == wait);
    bench.expire();
    CHECK(bench.sent() == Lines{"PSH,ACK 1001 ack 5001 'abc'"});
  }
  CHECK(bench.until_deadline() == 1600ms);
  bench.expire();
  CHECK(bench.sent() == silence);
  CHECK(bench.end.ending() == Ending::TimedOut);
}

TEST_CASE("a timeout is a minute at most", "[tcp][rfc6298-2.5]") {
  Bench bench({.retries = 100});
  to_established(bench);
  bench.send("abc");
  for (int i = 0; i < 30; ++i) bench.expire();
  CHECK(bench.until_deadline() == 60s);
}

TEST_CASE("after a timeout everything is sent again, one segment first", "[tcp][rfc5681-3.1][rfc6298-5.4]") {
  Bench bench;
  to_established(bench);
  bench.send(4000);
  CHECK(bench.sent().size() == 4);
  bench.expire();
  CHECK(bench.sent() == full_segments(1001, 1));
  bench.arrives({.ack = 2001});  // slow start: two for one
  CHECK(bench.sent() == full_segments(2001, 2));
  bench.arrives({.ack = 5001});  // the others had arrived the first time
  CHECK(bench.sent() == silence);
  CHECK(bench.end.all_acknowledged());
}

// Congestion.

TEST_CASE("the initial window is ten segments, or 14600 octets", "[tcp][rfc6928-2]") {
  Bench bench;
  to_established(bench);
  bench.send(20'000);
  CHECK(bench.sent().size() == 10);
  Bench large;
  to_established(large, mss_option(1460));
  large.send(20'000);
  CHECK(large.sent().size() == 10);
}

TEST_CASE("slow start grows by a segment for each ACK", "[tcp][rfc5681-3.1]") {
  Bench bench;
  to_established(bench);
  bench.send(50'000);
  bench.sent();
  bench.arrives({.ack = iss + 1001});
  CHECK(bench.sent().size() == 2);
  bench.arrives({.ack = iss + 3001});
  CHECK(bench.sent().size() == 3);
}

TEST_CASE("the third duplicate ACK sends the missing segment, the first two send new ones",
          "[tcp][rfc5681-3.2][rfc3042]") {
  Bench bench({.sack = false});
  to_established(bench);
  bench.send(30'000);
  CHECK(bench.sent().size() == 10);
  bench.arrives({});
  CHECK(bench.sent() == full_segments(11001, 1));
  bench.arrives({});
  CHECK(bench.sent() == full_segments(12001, 1));
  bench.arrives({});
  CHECK(bench.sent() == full_segments(1001, 1));
  bench.arrives({});
  CHECK(bench.sent() == silence);  // cwnd is 6 + 4 segments now, 12 are under way
}

TEST_CASE("segments that differ in window or carry text are no duplicate ACKs", "[tcp][rfc5681-2]") {
  Bench bench({.sack = false});
  to_established(bench);
  bench.send(10'000);
  bench.sent();
  for (std::uint16_t i = 0; i < 5; ++i) bench.arrives({.window = static_cast<std::uint16_t>(50'000 + i)});
  CHECK(bench.sent() == silence);
  for (std::uint32_t i = 0; i < 5; ++i) bench.arrives({.seq = irs + 1 + i, .window = 50'004, .text = "a"});
  for (const auto& line : bench.sent()) CHECK_THAT(line, !ContainsSubstring("(1000)"));
}

TEST_CASE("a partial ACK shows the next hole", "[tcp][rfc6582-3.2]") {
  Bench bench({.sack = false});
  to_established(bench);
  bench.send(10'000);
  bench.sent();
  for (int i = 0; i < 3; ++i) bench.arrives({});
  CHECK(bench.sent() == full_segments(1001, 1));
  bench.arrives({.ack = 3001});
  CHECK(bench.sent() == full_segments(3001, 1));
  bench.arrives({.ack = 11001});
  CHECK(bench.end.all_acknowledged());
}

TEST_CASE("with SACK only what is missing is sent again", "[tcp][rfc6675-5]") {
  Bench bench;
  to_established(bench, with_sack);
  bench.send(10'000);
  bench.sent();
  bench.arrives({.options = sack_option({{2001, 3001}})});
  bench.arrives({.options = sack_option({{2001, 3001}, {4001, 5001}})});
  CHECK(bench.sent() == silence);
  bench.arrives({.options = sack_option({{2001, 3001}, {4001, 6001}})});
  CHECK(bench.sent() == full_segments(1001, 1));
  bench.arrives({.options = sack_option({{2001, 3001}, {4001, 11001}})});
  CHECK(bench.sent() == full_segments(3001, 1));
  bench.arrives({.ack = 11001});
  CHECK(bench.end.all_acknowledged());
  CHECK(bench.sent() == silence);
}

TEST_CASE("SACK blocks of what was not sent, or is acknowledged, say nothing", "[tcp][rfc2018-5]") {
  Bench bench;
  to_established(bench, with_sack);
  bench.send(3'000);
  bench.sent();
  bench.arrives({.options = sack_option({{3001, 9001}})});
  bench.arrives({.options = sack_option({{1, 1001}})});
  bench.arrives({.options = sack_option({{3001, 2001}})});
  for (int i = 0; i < 5; ++i) bench.arrives({});
  CHECK(bench.sent() == silence);
}

TEST_CASE("after a timeout SACK blocks from before are not believed", "[tcp][rfc2018-8]") {
  Bench bench;
  to_established(bench, with_sack);
  bench.send(3'000);
  bench.sent();
  bench.arrives({.options = sack_option({{2001, 3001}})});
  bench.expire();
  CHECK(bench.sent() == full_segments(1001, 1));
  bench.arrives({.ack = 2001});
  CHECK(bench.sent() == Lines{"ACK 2001 ack 5001 (1000)", "PSH,ACK 3001 ack 5001 (1000)"});
}

// Path MTU.

TEST_CASE("what is too large is sent again at once in smaller segments", "[tcp][rfc1191-6.4][rfc9293-3.7.2]") {
  Bench bench;
  to_established(bench);
  bench.send(2'000);
  CHECK(bench.sent() == Lines{"ACK 1001 ack 5001 (1000)", "PSH,ACK 2001 ack 5001 (1000)"});
  bench.too_big(590);
  CHECK(bench.end.send_mss() == 550);
  CHECK(bench.sent() == Lines{"ACK 1001 ack 5001 (550)", "ACK 1551 ack 5001 (550)", "ACK 2101 ack 5001 (550)",
                              "PSH,ACK 2651 ack 5001 (350)"});
  bench.too_big(1400);  // only ever smaller
  CHECK(bench.end.send_mss() == 550);
}

TEST_CASE("a router that does not say how much passes costs one plateau", "[tcp][rfc1191-7.1]") {
  Bench bench;
  to_established(bench, mss_option(1460));
  bench.too_big(0);
  CHECK(bench.end.send_mss() == 1492 - 40);
  bench.too_big(0);
  CHECK(bench.end.send_mss() == 1006 - 40);
}

TEST_CASE("no error makes packets smaller than every path must carry", "[tcp][rfc1191-3][rfc8201-4]") {
  Bench ipv4;
  to_established(ipv4);
  ipv4.too_big(20);
  CHECK(ipv4.end.send_mss() == 28);
  Bench ipv6({.ipv6 = true});
  to_established(ipv6, mss_option(1440));
  ipv6.too_big(600);
  CHECK(ipv6.end.send_mss() == 1220);
}
