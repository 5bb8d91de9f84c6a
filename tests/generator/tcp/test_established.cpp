// SPDX-License-Identifier: Apache-2.0
// ESTABLISHED: sequence numbers, RST, SYN and ACK as RFC 5961 wants them checked, timestamps, text.
#include "tests/generator/tcp/bench.hpp"
#include "tests/support/catch.hpp"

using namespace twinwire;
using namespace twinwire::test;
using tcp::Ending;
using tcp::State;

// First step: sequence number.

TEST_CASE("segments outside the window are answered with an ACK", "[tcp][rfc9293-3.10.7.4]") {
  Bench bench;
  to_established(bench);
  bench.arrives({.seq = irs, .text = "a"});
  CHECK(bench.sent() == Lines{"ACK 1001 ack 5001"});
  bench.arrives({.seq = irs + 1 + 65535, .text = "a"});
  CHECK(bench.sent() == Lines{"ACK 1001 ack 5001"});
  bench.arrives({.seq = irs + 65535, .text = "z"});  // the last octet of the window
  CHECK(bench.sent() == Lines{"ACK 1001 ack 5001"});
  CHECK(bench.end.readable() == 0);
}

TEST_CASE("a keep-alive probe is answered", "[tcp][rfc9293-3.8.4]") {
  Bench bench;
  to_established(bench);
  bench.arrives({.seq = irs});
  CHECK(bench.sent() == Lines{"ACK 1001 ack 5001"});
}

// Second step: RST.

TEST_CASE("a RST at RCV.NXT resets", "[tcp][rfc5961-3.2]") {
  Bench bench;
  to_established(bench);
  bench.send("abc");
  bench.sent();
  bench.arrives({.flags = Rst});
  CHECK(bench.end.state() == State::Closed);
  CHECK(bench.end.ending() == Ending::Reset);
  CHECK(bench.sent() == silence);
  CHECK_FALSE(bench.end.deadline());
}

TEST_CASE("a RST elsewhere in the window is challenged", "[tcp][rfc5961-3.2]") {
  Bench bench;
  to_established(bench);
  bench.arrives({.flags = Rst, .seq = irs + 2});
  CHECK(bench.sent() == Lines{"ACK 1001 ack 5001"});
  CHECK(bench.end.state() == State::Established);
}

TEST_CASE("a RST outside the window is dropped in silence", "[tcp][rfc5961-3.2]") {
  Bench bench;
  to_established(bench);
  bench.arrives({.flags = Rst, .seq = irs});
  bench.arrives({.flags = Rst, .seq = irs + 1 + 65535});
  CHECK(bench.sent() == silence);
  CHECK(bench.end.state() == State::Established);
}

// Fourth step: SYN.

TEST_CASE("a SYN is challenged wherever it stands", "[tcp][rfc5961-4.2]") {
  Bench bench;
  to_established(bench);
  for (const std::uint32_t seq : {irs + 1, irs + 500, irs - 1'000'000}) {
    bench.arrives({.flags = Syn, .seq = seq});
    CHECK(bench.sent() == Lines{"ACK 1001 ack 5001"});
  }
  CHECK(bench.end.state() == State::Established);
}

TEST_CASE("an end that never answers challenges still acknowledges its own SYN,ACK again",
          "[tcp][rfc5961-4.2][rfc9293-3.10.7.4]") {
  Bench bench({.challenge_acks = tcp::ChallengeAcks::Never});
  to_established(bench);
  bench.arrives({.flags = Syn, .seq = irs + 1});
  bench.arrives({.flags = Rst, .seq = irs + 2});
  bench.arrives({.ack = iss + 999});
  CHECK(bench.sent() == silence);
  bench.arrives({.flags = Syn | Ack, .seq = irs});  // our ACK of it got lost
  CHECK(bench.sent() == Lines{"ACK 1001 ack 5001"});
}

TEST_CASE("challenge ACKs are throttled as the policy says", "[tcp][rfc5961-7]") {
  Bench bench({.challenge_ack_interval = 500ms});
  to_established(bench);
  bench.arrives({.flags = Syn});
  CHECK(bench.sent().size() == 1);
  bench.after(499ms).arrives({.flags = Syn});
  CHECK(bench.sent() == silence);
  bench.after(1ms).arrives({.flags = Rst, .seq = irs + 9});
  CHECK(bench.sent() == Lines{"ACK 1001 ack 5001"});
}

// Fifth step: ACK.

TEST_CASE("a segment without ACK is dropped", "[tcp][rfc9293-3.10.7.4]") {
  Bench bench;
  to_established(bench);
  bench.arrives({.flags = 0, .text = "abc"});
  CHECK(bench.sent() == silence);
  CHECK(bench.end.readable() == 0);
}

TEST_CASE("an ACK of what was not sent is challenged, and its text dropped", "[tcp][rfc5961-5.2]") {
  Bench bench;
  to_established(bench);
  bench.arrives({.ack = iss + 2, .text = "abc"});
  CHECK(bench.sent() == Lines{"ACK 1001 ack 5001"});
  CHECK(bench.end.readable() == 0);
}

TEST_CASE("an ACK older than the largest window is challenged", "[tcp][rfc5961-5.2]") {
  Bench bench;
  to_established(bench);  // the peer's window has been 60000
  bench.arrives({.ack = iss + 1 - 60000, .text = "a"});
  CHECK(bench.sent() == Lines{"ACK 1001 ack 5002"});
  bench.arrives({.seq = irs + 2, .ack = iss - 60000, .text = "b"});
  CHECK(bench.sent() == Lines{"ACK 1001 ack 5002"});
  CHECK(bench.receive() == "a");
}

TEST_CASE("an ACK takes away what it acknowledges", "[tcp][rfc9293-3.10.7.4]") {
  Bench bench;
  to_established(bench);
  bench.send("abcdef");
  CHECK(bench.sent() == Lines{"PSH,ACK 1001 ack 5001 'abcdef'"});
  CHECK_FALSE(bench.end.all_acknowledged());
  bench.arrives({.ack = iss + 4});
  CHECK(bench.end.snd_una() == iss + 4);
  CHECK(bench.end.deadline());
  bench.arrives({.ack = iss + 7});
  CHECK(bench.end.all_acknowledged());
  CHECK_FALSE(bench.end.deadline());
  CHECK(bench.sent() == silence);
}

TEST_CASE("an old segment does not bring back an old window", "[tcp][rfc9293-3.10.7.4]") {
  Bench bench;
  to_established(bench);
  bench.arrives({.seq = irs + 1, .window = 500, .text = "ab"});
  bench.arrives({.seq = irs + 3, .window = 2});
  bench.arrives({.seq = irs + 2, .window = 60000, .text = "bc"});  // in the window, but SND.WL1 is beyond
  bench.sent();
  bench.send(10);
  CHECK(bench.sent() == silence);
}

// PAWS.

TEST_CASE("a segment with an older timestamp is answered and dropped", "[tcp][rfc7323-5.3]") {
  Bench bench({.timestamps = true});
  to_established(bench, mss_option(1000) + timestamp_option(900, 1));
  bench.arrives({.text = "abc", .options = timestamp_option(899, 1)});
  CHECK(bench.sent() == Lines{"ACK 1001 ack 5001 <TS 1:900>"});
  CHECK(bench.end.readable() == 0);
  bench.arrives({.text = "abc", .options = timestamp_option(901, 1)});
  CHECK(bench.sent() == Lines{"ACK 1001 ack 5004 <TS 1:901>"});
}

TEST_CASE("the timestamp of a segment behind a gap is not echoed", "[tcp][rfc7323-4.3]") {
  Bench bench({.timestamps = true, .sack = false});
  to_established(bench, mss_option(1000) + timestamp_option(900, 1));
  bench.after(5ms).arrives({.seq = irs + 11, .text = "late", .options = timestamp_option(950, 1)});
  CHECK(bench.sent() == Lines{"ACK 1001 ack 5001 <TS 6:900>"});
}

TEST_CASE("a RST needs no timestamp, other segments do", "[tcp][rfc7323-3.2]") {
  Bench bench({.timestamps = true});
  to_established(bench, mss_option(1000) + timestamp_option(900, 1));
  bench.arrives({.text = "abc"});
  CHECK(bench.sent() == silence);
  CHECK(bench.end.readable() == 0);
  bench.arrives({.flags = Rst});
  CHECK(bench.end.ending() == Ending::Reset);
}

TEST_CASE("a timestamp of more than 24 days ago is not compared", "[tcp][rfc7323-5.5]") {
  Bench bench({.timestamps = true});
  to_established(bench, mss_option(1000) + timestamp_option(900, 1));
  bench.arrives({.options = timestamp_option(901, 1)});
  bench.after(std::chrono::hours(24 * 25)).arrives({.text = "abc", .options = timestamp_option(5, 1)});
  CHECK(bench.receive() == "abc");
}

TEST_CASE("the timestamp of the SYN is as young as the SYN", "[tcp][rfc7323-5.5]") {
  Bench bench({.timestamps = true});
  bench.after(std::chrono::hours(24 * 40));
  to_established(bench, mss_option(1000) + timestamp_option(900, 1));
  bench.arrives({.text = "abc", .options = timestamp_option(899, 1)});
  CHECK(bench.end.readable() == 0);
}

// Seventh step: text.

TEST_CASE("text in order is acknowledged and handed over", "[tcp][rfc9293-3.10.7.4]") {
  Bench bench;
  to_established(bench);
  bench.arrives({.text = "abc"});
  CHECK(bench.sent() == Lines{"ACK 1001 ack 5004"});
  CHECK(bench.end.readable() == 3);
  CHECK(bench.receive(2) == "ab");
  CHECK(bench.receive() == "c");
  CHECK(bench.sent() == silence);
}

TEST_CASE("text behind a gap waits for it", "[tcp][rfc9293-3.10.7.4][rfc2018-4]") {
  Bench bench;
  to_established(bench, mss_option(1000) + sack_permitted_option());
  bench.arrives({.seq = irs + 4, .text = "def"});
  CHECK(bench.sent() == Lines{"ACK 1001 ack 5001 <sack 5004-5007>"});
  bench.arrives({.seq = irs + 10, .text = "jk"});
  CHECK(bench.sent() == Lines{"ACK 1001 ack 5001 <sack 5010-5012, sack 5004-5007>"});
  bench.arrives({.seq = irs + 5, .text = "ef"});  // again: its block is first now
  CHECK(bench.sent() == Lines{"ACK 1001 ack 5001 <sack 5004-5007, sack 5010-5012>"});
  CHECK(bench.end.readable() == 0);
  bench.arrives({.text = "abc"});
  CHECK(bench.sent() == Lines{"ACK 1001 ack 5007 <sack 5010-5012>"});
  bench.arrives({.seq = irs + 7, .text = "ghi"});
  CHECK(bench.sent() == Lines{"ACK 1001 ack 5012"});
  CHECK(bench.receive() == "abcdefghijk");
}

TEST_CASE("three SACK blocks fit beside timestamps", "[tcp][rfc2018-3]") {
  Bench bench({.timestamps = true});
  to_established(bench, mss_option(1000) + sack_permitted_option() + timestamp_option(9, 1));
  for (std::uint32_t i = 1; i <= 5; ++i) {
    bench.arrives({.seq = irs + 1 + 10 * i, .text = "x", .options = timestamp_option(9, 1)});
  }
  CHECK(bench.sent().back() == "ACK 1001 ack 5001 <TS 1:9, sack 5051-5052, sack 5041-5042, sack 5031-5032>");
}

TEST_CASE("overlapping text is taken once", "[tcp][rfc9293-3.10.7.4]") {
  Bench bench;
  to_established(bench);
  bench.arrives({.text = "abcd"});
  bench.arrives({.seq = irs + 3, .text = "cdef"});
  CHECK(bench.receive() == "abcdef");
}

TEST_CASE("what is beyond the window is cut off", "[tcp][rfc9293-3.10.7.4]") {
  Bench bench({.receive_buffer = 4});
  to_established(bench);
  bench.arrives({.text = "abcdef"});
  CHECK(bench.sent() == Lines{"ACK 1001 ack 5005"});
  CHECK(bench.receive() == "abcd");
}

TEST_CASE("every second full segment is acknowledged at once, others may wait", "[tcp][rfc9293-3.8.6.3]") {
  Bench bench({.mss = 10, .ack_delay = 40ms});
  to_established(bench);
  bench.arrives({.text = "0123456789"});
  CHECK(bench.sent() == silence);
  CHECK(bench.until_deadline() == 40ms);
  bench.arrives({.seq = irs + 11, .text = "0123456789"});
  CHECK(bench.sent() == Lines{"ACK 1001 ack 5021"});
  CHECK_FALSE(bench.end.deadline());
  bench.arrives({.seq = irs + 21, .text = "a"});
  bench.expire();
  CHECK(bench.sent() == Lines{"ACK 1001 ack 5022"});
  bench.arrives({.seq = irs + 22, .text = "b"});
  bench.send("answer");
  CHECK(bench.sent() == Lines{"PSH,ACK 1001 ack 5023 'answer'"});
}

TEST_CASE("a delayed acknowledgment waits for half a second at most", "[tcp][rfc9293-3.8.6.3]") {
  Bench bench({.ack_delay = 2s});
  to_established(bench);
  bench.arrives({.text = "a"});
  CHECK(bench.until_deadline() == 500ms);
}

// The user calls.

TEST_CASE("send() takes what the buffer has room for", "[tcp][rfc9293-3.10.2]") {
  Bench bench({.send_buffer = 5});
  to_established(bench);
  CHECK(bench.send("abcdefgh") == 5);
  CHECK(bench.send("fgh") == 0);
  bench.arrives({.ack = iss + 6});
  CHECK(bench.send("fgh") == 3);
}

TEST_CASE("abort() in ESTABLISHED resets", "[tcp][rfc9293-3.10.5]") {
  Bench bench;
  to_established(bench);
  bench.send("abc");
  bench.sent();
  bench.abort();
  CHECK(bench.sent() == Lines{"RST 1004"});
  CHECK(bench.end.ending() == Ending::Aborted);
}

TEST_CASE("a keep-alive probe goes out when nothing has come for a while", "[tcp][rfc9293-3.8.4]") {
  Bench bench({.keep_alive = 60s, .retries = 2});
  to_established(bench);
  CHECK(bench.until_deadline() == 60s);
  bench.expire();
  CHECK(bench.sent() == Lines{"ACK 1000 ack 5001"});
  bench.arrives({});
  CHECK(bench.until_deadline() == 60s);
  bench.expire();
  bench.expire();
  CHECK(bench.sent() == Lines{"ACK 1000 ack 5001", "ACK 1000 ack 5001"});
  bench.expire();
  CHECK(bench.end.ending() == Ending::TimedOut);
}

TEST_CASE("an end takes up a connection that others opened", "[tcp]") {
  Bench bench;
  bench.end.adopt(
      {.iss = 10, .irs = 20, .snd_una = 50, .snd_nxt = 50, .snd_wnd = 1000, .rcv_nxt = 70, .peer_mss = 1200});
  CHECK(bench.end.state() == State::Established);
  CHECK(bench.end.send_mss() == 1200);
  bench.send("abc");
  CHECK(bench.sent() == Lines{"PSH,ACK 50 ack 70 'abc'"});
  bench.arrives({.seq = 70, .ack = 53, .text = "xyz"});
  CHECK(bench.sent() == Lines{"ACK 53 ack 73"});
  CHECK(bench.receive() == "xyz");
}

TEST_CASE("a socket that moves keeps its connection", "[tcp]") {
  Bench bench;
  to_established(bench);
  tcp::Endpoint moved = std::move(bench.end);
  CHECK(moved.state() == State::Established);
  bench.end = std::move(moved);
  bench.arrives({.text = "abc"});
  CHECK(bench.receive() == "abc");
}
