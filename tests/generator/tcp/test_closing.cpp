// SPDX-License-Identifier: Apache-2.0
// FIN-WAIT-1, FIN-WAIT-2, CLOSING, CLOSE-WAIT, LAST-ACK, TIME-WAIT.
#include "tests/generator/tcp/bench.hpp"
#include "tests/support/catch.hpp"

using namespace twinwire;
using namespace twinwire::test;
using tcp::Ending;
using tcp::State;

// Tests for the FIN-WAIT-1 state.

TEST_CASE("close() sends a FIN behind all text", "[tcp][rfc9293-3.10.4]") {
  Bench bench;
  to_established(bench);
  bench.send("abc");
  bench.close();
  CHECK(bench.sent() == Lines{"PSH,ACK 1001 ack 5001 'abc'", "FIN,ACK 1004 ack 5001"});
  CHECK(bench.end.state() == State::FinWait1);
  CHECK(bench.send("more") == 0);
}

TEST_CASE("the FIN waits with text that the window holds back", "[tcp][rfc9293-3.10.4]") {
  Bench bench;
  to_established(bench);
  bench.arrives({.window = 1000});
  bench.send(1500);
  bench.close();
  CHECK(bench.sent() == Lines{"ACK 1001 ack 5001 (1000)"});
  CHECK(bench.end.unsent() == 500);
  CHECK_FALSE(bench.end.all_acknowledged());
  bench.arrives({.ack = iss + 1001});
  CHECK(bench.sent() == Lines{"FIN,PSH,ACK 2001 ack 5001 (500)"});
}

TEST_CASE("the ACK of the FIN leads to FIN-WAIT-2", "[tcp][rfc9293-3.10.7.4]") {
  Bench bench;
  to_fin_wait_1(bench);
  bench.arrives({.ack = iss + 2});
  CHECK(bench.end.state() == State::FinWait2);
  CHECK(bench.end.all_acknowledged());
  CHECK(bench.sent() == silence);
}

TEST_CASE("the peer's FIN that acknowledges ours leads to TIME-WAIT", "[tcp][rfc9293-3.10.7.4]") {
  Bench bench;
  to_fin_wait_1(bench);
  bench.arrives({.flags = Fin | Ack, .ack = iss + 2});
  CHECK(bench.sent() == Lines{"ACK 1002 ack 5002"});
  CHECK(bench.end.state() == State::TimeWait);
}

TEST_CASE("two FINs that cross lead to CLOSING", "[tcp][rfc9293-3.6]") {
  Bench bench;
  to_fin_wait_1(bench);
  bench.arrives({.flags = Fin | Ack});
  CHECK(bench.sent() == Lines{"ACK 1002 ack 5002"});
  CHECK(bench.end.state() == State::Closing);
}

TEST_CASE("text is still received in FIN-WAIT-1", "[tcp][rfc9293-3.6]") {
  Bench bench;
  to_fin_wait_1(bench);
  bench.arrives({.text = "abc"});
  CHECK(bench.sent() == Lines{"ACK 1002 ack 5004"});
  CHECK(bench.receive() == "abc");
}

TEST_CASE("a FIN that gets lost is sent again", "[tcp][rfc6298-5.4]") {
  Bench bench;
  to_fin_wait_1(bench);
  bench.expire();
  CHECK(bench.sent() == Lines{"FIN,ACK 1001 ack 5001"});
}

// Tests for the FIN-WAIT-2 state.

TEST_CASE("half-closed, an end receives until the peer closes too", "[tcp][rfc9293-3.6]") {
  Bench bench;
  to_fin_wait_2(bench);
  bench.arrives({.ack = iss + 2, .text = "abc"});
  bench.after(1h).arrives({.seq = irs + 4, .ack = iss + 2, .text = "def"});
  CHECK(bench.sent() == Lines{"ACK 1002 ack 5004", "ACK 1002 ack 5007"});
  CHECK(bench.receive() == "abcdef");
  bench.arrives({.flags = Fin | Ack, .seq = irs + 7, .ack = iss + 2});
  CHECK(bench.sent() == Lines{"ACK 1002 ack 5008"});
  CHECK(bench.end.state() == State::TimeWait);
}

TEST_CASE("a RST in FIN-WAIT-2 resets", "[tcp][rfc9293-3.10.7.4]") {
  Bench bench;
  to_fin_wait_2(bench);
  bench.arrives({.flags = Rst});
  CHECK(bench.end.ending() == Ending::Reset);
}

// Tests for the CLOSING state.

TEST_CASE("CLOSING waits for the ACK of its FIN", "[tcp][rfc9293-3.10.7.4]") {
  Bench bench;
  to_closing(bench);
  bench.arrives({.seq = irs + 2});
  CHECK(bench.end.state() == State::Closing);
  bench.arrives({.seq = irs + 2, .ack = iss + 2});
  CHECK(bench.end.state() == State::TimeWait);
  CHECK(bench.sent() == silence);
}

TEST_CASE("a RST in CLOSING, LAST-ACK and TIME-WAIT ends what is over anyway", "[tcp][rfc9293-3.10.7.4]") {
  for (const auto prepare : {to_closing, to_last_ack, to_time_wait}) {
    Bench bench;
    prepare(bench);
    bench.arrives({.flags = Rst, .seq = irs + 2});
    CHECK(bench.end.state() == State::Closed);
    CHECK(bench.end.ending() == Ending::None);
    CHECK_FALSE(bench.end.deadline());
  }
}

// Tests for the CLOSE-WAIT state.

TEST_CASE("the peer's FIN leads to CLOSE-WAIT, and text can still be sent", "[tcp][rfc9293-3.10.7.4]") {
  Bench bench;
  to_established(bench);
  bench.arrives({.flags = Fin | Ack, .text = "bye"});
  CHECK(bench.sent() == Lines{"ACK 1001 ack 5005"});
  CHECK(bench.end.state() == State::CloseWait);
  CHECK(bench.end.peer_finished());
  CHECK(bench.receive() == "bye");
  bench.send("abc");
  CHECK(bench.sent() == Lines{"PSH,ACK 1001 ack 5005 'abc'"});
}

TEST_CASE("a FIN behind a gap counts when the gap is closed", "[tcp][rfc9293-3.10.7.4]") {
  Bench bench;
  to_established(bench);
  bench.arrives({.flags = Fin | Ack, .seq = irs + 4, .text = "def"});
  CHECK(bench.sent() == Lines{"ACK 1001 ack 5001"});
  CHECK(bench.end.state() == State::Established);
  CHECK_FALSE(bench.end.peer_finished());
  bench.arrives({.text = "abc"});
  CHECK(bench.sent() == Lines{"ACK 1001 ack 5008"});
  CHECK(bench.end.state() == State::CloseWait);
}

TEST_CASE("a FIN that is repeated is acknowledged again", "[tcp][rfc9293-3.10.7.4]") {
  Bench bench;
  to_close_wait(bench);
  bench.arrives({.flags = Fin | Ack});
  CHECK(bench.sent() == Lines{"ACK 1001 ack 5002"});
  CHECK(bench.end.state() == State::CloseWait);
}

TEST_CASE("a FIN needs no room in the window", "[tcp][rfc9293-3.10.7.4]") {
  Bench bench({.receive_buffer = 3});
  to_established(bench);
  bench.arrives({.flags = Fin | Ack, .text = "abc"});
  CHECK(bench.end.state() == State::CloseWait);
  CHECK(bench.sent() == Lines{"ACK 1001 ack 5005"});
  CHECK(bench.window == 0);
}

// Tests for the LAST-ACK state.

TEST_CASE("LAST-ACK ends with the ACK of its FIN", "[tcp][rfc9293-3.10.7.4]") {
  Bench bench;
  to_close_wait(bench);
  bench.close();
  CHECK(bench.sent() == Lines{"FIN,ACK 1001 ack 5002"});
  CHECK(bench.end.state() == State::LastAck);
  bench.arrives({.seq = irs + 2});
  CHECK(bench.end.state() == State::LastAck);
  bench.arrives({.seq = irs + 2, .ack = iss + 2});
  CHECK(bench.end.state() == State::Closed);
  CHECK(bench.end.ending() == Ending::None);
  CHECK(bench.sent() == silence);
  CHECK_FALSE(bench.end.deadline());
}

TEST_CASE("what came in order can be read after the end", "[tcp][rfc9293-3.10.3]") {
  Bench bench;
  to_established(bench);
  bench.arrives({.flags = Fin | Ack, .text = "abc"});
  bench.close();
  bench.arrives({.seq = irs + 5, .ack = iss + 2});
  CHECK(bench.end.state() == State::Closed);
  CHECK(bench.receive() == "abc");
}

// Tests for the TIME-WAIT state.

TEST_CASE("TIME-WAIT lasts two segment lifetimes, from the last FIN on", "[tcp][rfc9293-3.10.7.4]") {
  Bench bench({.msl = 30s});
  to_time_wait(bench);
  CHECK(bench.until_deadline() == 60s);
  bench.after(50s).arrives({.flags = Fin | Ack, .ack = iss + 2});
  CHECK(bench.sent() == Lines{"ACK 1002 ack 5002"});
  CHECK(bench.until_deadline() == 60s);
  bench.expire();
  CHECK(bench.end.state() == State::Closed);
  CHECK(bench.end.ending() == Ending::None);
  CHECK(bench.sent() == silence);
}

TEST_CASE("abort() in TIME-WAIT is silent, and no failure", "[tcp][rfc9293-3.10.5]") {
  Bench bench;
  to_time_wait(bench);
  bench.abort();
  CHECK(bench.sent() == silence);
  CHECK(bench.end.state() == State::Closed);
  CHECK(bench.end.ending() == Ending::None);
}

namespace {

/// TIME-WAIT of an end that had listened, the peer's timestamp at 900 if there are any.
void to_passive_time_wait(Bench& bench, const std::vector<std::uint8_t>& stamp = {}) {
  bench.end.listen();
  bench.arrives({.flags = Syn, .seq = irs, .options = stamp});
  bench.arrives({.options = stamp});
  bench.close();
  bench.arrives({.flags = Fin | Ack, .ack = iss + 2, .options = stamp});
  bench.sent();
}

}  // namespace

TEST_CASE("a SYN beyond the old numbers opens a connection anew from TIME-WAIT", "[tcp][rfc6191-2][rfc1122-4.2.2.13]") {
  Bench bench;
  to_passive_time_wait(bench);
  REQUIRE(bench.end.state() == State::TimeWait);
  bench.arrives({.flags = Syn, .seq = irs + 1000});
  CHECK(bench.sent() == Lines{"SYN,ACK 66540 ack 6001 <mss 1460>"});  // SND.NXT and a window of the old one further
  bench.arrives({.seq = irs + 1001, .ack = 66541});
  CHECK(bench.end.state() == State::Established);
}

TEST_CASE("an old SYN is challenged in TIME-WAIT", "[tcp][rfc9293-3.10.7.4][rfc6191-2]") {
  Bench bench;
  to_passive_time_wait(bench);
  bench.arrives({.flags = Syn, .seq = irs + 1});
  CHECK(bench.sent() == Lines{"ACK 1002 ack 5002"});
  CHECK(bench.end.state() == State::TimeWait);
}

TEST_CASE("with timestamps the newer one opens, whatever the sequence number", "[tcp][rfc6191-2]") {
  Bench bench({.timestamps = true});
  to_passive_time_wait(bench, timestamp_option(900, 1));
  bench.arrives({.flags = Syn, .seq = irs - 1000, .options = timestamp_option(899, 0)});
  CHECK(bench.end.state() == State::TimeWait);
  bench.arrives({.flags = Syn, .seq = irs - 1000, .options = timestamp_option(900, 0)});
  CHECK(bench.end.state() == State::TimeWait);
  bench.arrives({.flags = Syn, .seq = irs - 1000, .options = timestamp_option(901, 0)});
  CHECK(bench.end.state() == State::SynReceived);
}

TEST_CASE("an end that had called is not opened again by a SYN", "[tcp][rfc6191-2]") {
  Bench bench;
  to_time_wait(bench);
  bench.arrives({.flags = Syn, .seq = irs + 1000});
  CHECK(bench.end.state() == State::TimeWait);
  CHECK(bench.sent() == Lines{"ACK 1002 ack 5002"});
}
