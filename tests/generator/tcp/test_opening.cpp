// SPDX-License-Identifier: Apache-2.0
// CLOSED, LISTEN, SYN-SENT, SYN-RECEIVED.
#include "tests/generator/tcp/bench.hpp"
#include "tests/support/catch.hpp"

using namespace twinwire;
using namespace twinwire::test;
using tcp::Ending;
using tcp::State;

namespace {

tcp::Policy bare() { return {.send_mss = false, .window_scaling = false, .sack = false}; }

}  // namespace

// Tests for the CLOSED state.

TEST_CASE("CLOSED answers a segment with ACK by a RST at its SEG.ACK", "[tcp][rfc9293-3.10.7.1]") {
  Bench bench;
  bench.arrives({.flags = Ack, .seq = 7, .ack = 99});
  CHECK(bench.sent() == Lines{"RST 99"});
}

TEST_CASE("CLOSED answers a segment without ACK by a RST that acknowledges it", "[tcp][rfc9293-3.10.7.1]") {
  Bench bench;
  bench.arrives({.flags = Syn, .seq = 7, .text = "abc"});
  CHECK(bench.sent() == Lines{"RST,ACK 0 ack 11"});
}

TEST_CASE("CLOSED is silent to a RST", "[tcp][rfc9293-3.10.7.1]") {
  Bench bench;
  bench.arrives({.flags = Rst});
  CHECK(bench.sent() == silence);
}

TEST_CASE("nothing can be sent, received or closed in CLOSED", "[tcp][rfc9293-3.10.2]") {
  Bench bench;
  CHECK(bench.send("abc") == 0);
  CHECK(bench.receive() == "");
  bench.close();
  bench.abort();
  CHECK(bench.sent() == silence);
  CHECK(bench.end.state() == State::Closed);
}

TEST_CASE("the names of the states are the RFC's", "[tcp][rfc9293-3.3.2]") {
  CHECK(tcp::name(State::Closed) == "CLOSED");
  CHECK(tcp::name(State::SynReceived) == "SYN-RECEIVED");
  CHECK(tcp::name(State::TimeWait) == "TIME-WAIT");
}

// Tests for the LISTEN state.

TEST_CASE("LISTEN answers a SYN with a SYN,ACK", "[tcp][rfc9293-3.10.7.2]") {
  Bench bench;
  bench.end.listen();
  CHECK(bench.end.state() == State::Listen);
  CHECK(bench.sent() == silence);
  bench.arrives({.flags = Syn, .seq = irs, .options = mss_option(1000) + sack_permitted_option() + scale_option(3)});
  CHECK(bench.sent() == Lines{"SYN,ACK 1000 ack 5001 <mss 1460, sackOK, wscale 0>"});
  CHECK(bench.end.state() == State::SynReceived);
}

TEST_CASE("LISTEN ignores a RST and resets an ACK", "[tcp][rfc9293-3.10.7.2]") {
  Bench bench;
  bench.end.listen();
  bench.arrives({.flags = Rst});
  CHECK(bench.sent() == silence);
  bench.arrives({.flags = Ack, .ack = 44});
  CHECK(bench.sent() == Lines{"RST 44"});
  bench.arrives({.flags = Syn | Ack, .ack = 45});
  CHECK(bench.sent() == Lines{"RST 45"});
  CHECK(bench.end.state() == State::Listen);
}

TEST_CASE("LISTEN drops text and FIN without SYN", "[tcp][rfc9293-3.10.7.2]") {
  Bench bench;
  bench.end.listen();
  bench.arrives({.flags = 0, .text = "abc"});
  bench.arrives({.flags = Fin});
  CHECK(bench.sent() == silence);
}

TEST_CASE("a SYN,ACK has only the options that the SYN had", "[tcp][rfc7323-1.3][rfc2018-2]") {
  Bench bench({.timestamps = true});
  bench.end.listen();
  bench.arrives({.flags = Syn, .seq = irs});
  CHECK(bench.sent() == Lines{"SYN,ACK 1000 ack 5001 <mss 1460>"});
}

TEST_CASE("text that comes with a SYN is handed over once established", "[tcp][rfc9293-3.4][rfc9293-3.10.7.2]") {
  Bench bench(bare());
  bench.end.listen();
  bench.arrives({.flags = Syn | Fin, .seq = irs, .text = "early"});
  CHECK(bench.sent() == Lines{"SYN,ACK 1000 ack 5001"});
  CHECK(bench.end.readable() == 0);
  CHECK(bench.receive() == "");
  bench.arrives({.seq = irs + 6});
  CHECK(bench.sent() == Lines{"ACK 1001 ack 5007"});
  CHECK(bench.receive() == "early");
  CHECK(bench.end.state() == State::CloseWait);
}

TEST_CASE("close() in LISTEN and SYN-SENT deletes the connection without a word", "[tcp][rfc9293-3.10.4]") {
  Bench listening;
  listening.end.listen();
  listening.close();
  CHECK(listening.end.state() == State::Closed);
  CHECK(listening.sent() == silence);
  Bench calling;
  to_syn_sent(calling);
  calling.close();
  CHECK(calling.end.state() == State::Closed);
  CHECK(calling.sent() == silence);
  CHECK_FALSE(calling.end.deadline());
}

// Tests for the SYN-SENT state.

TEST_CASE("connect() sends a SYN with the options of the policy", "[tcp][rfc9293-3.10.1]") {
  Bench full({.timestamps = true, .receive_buffer = 1'000'000});
  full.connect();
  CHECK(full.sent() == Lines{"SYN 1000 <mss 1460, sackOK, TS 1:0, wscale 4>"});
  CHECK(full.window == 65535);  // never scaled in a SYN
  Bench none(bare());
  none.connect();
  CHECK(none.sent() == Lines{"SYN 1000"});
}

TEST_CASE("SYN-SENT becomes ESTABLISHED by a SYN,ACK", "[tcp][rfc9293-3.10.7.3]") {
  Bench bench;
  to_syn_sent(bench);
  bench.arrives({.flags = Syn | Ack, .seq = irs});
  CHECK(bench.sent() == Lines{"ACK 1001 ack 5001"});
  CHECK(bench.end.state() == State::Established);
  CHECK_FALSE(bench.end.deadline());
}

TEST_CASE("SYN-SENT resets an ACK of what was not sent, but not by a RST to a RST", "[tcp][rfc9293-3.10.7.3]") {
  Bench bench;
  to_syn_sent(bench);
  bench.arrives({.flags = Ack, .ack = iss});
  CHECK(bench.sent() == Lines{"RST 1000"});
  bench.arrives({.flags = Syn | Ack, .seq = irs, .ack = iss + 2});
  CHECK(bench.sent() == Lines{"RST 1002"});
  bench.arrives({.flags = Rst | Ack, .ack = iss + 2});
  CHECK(bench.sent() == silence);
  CHECK(bench.end.state() == State::SynSent);
}

TEST_CASE("SYN-SENT is refused by a RST that acknowledges the SYN only", "[tcp][rfc9293-3.10.7.3]") {
  Bench bench;
  to_syn_sent(bench);
  bench.arrives({.flags = Rst, .ack = iss + 1});
  CHECK(bench.end.state() == State::SynSent);
  bench.arrives({.flags = Rst | Ack, .ack = iss + 1});
  CHECK(bench.end.state() == State::Closed);
  CHECK(bench.end.ending() == Ending::Refused);
  CHECK(bench.sent() == silence);
}

TEST_CASE("SYN-SENT drops what has neither SYN nor RST", "[tcp][rfc9293-3.10.7.3]") {
  Bench bench;
  to_syn_sent(bench);
  bench.arrives({.flags = Ack, .ack = iss + 1, .text = "abc"});
  CHECK(bench.sent() == silence);
  CHECK(bench.end.state() == State::SynSent);
}

TEST_CASE("text and FIN that come with a SYN,ACK are taken", "[tcp][rfc9293-3.10.7.3]") {
  Bench bench;
  to_syn_sent(bench);
  bench.arrives({.flags = Syn | Ack | Fin, .seq = irs, .text = "hello"});
  CHECK(bench.sent() == Lines{"ACK 1001 ack 5007"});
  CHECK(bench.receive() == "hello");
  CHECK(bench.end.state() == State::CloseWait);
}

TEST_CASE("two SYNs that cross open one connection", "[tcp][rfc9293-3.5]") {
  Bench bench;
  to_syn_sent(bench);
  bench.arrives({.flags = Syn, .seq = irs});
  CHECK(bench.sent() == Lines{"SYN,ACK 1000 ack 5001 <mss 1460>"});
  CHECK(bench.end.state() == State::SynReceived);
  bench.arrives({.flags = Syn | Ack, .seq = irs});
  CHECK(bench.end.state() == State::Established);
  CHECK(bench.sent() == silence);
}

TEST_CASE("a SYN is repeated with doubled timeouts, then given up", "[tcp][rfc6298-5][rfc9293-3.8.3]") {
  Bench bench({.window_scaling = false, .sack = false, .retries = 3});
  bench.connect();
  CHECK(bench.sent() == Lines{"SYN 1000 <mss 1460>"});
  for (const auto wait : {1s, 2s, 4s}) {
    CHECK(bench.until_deadline() == wait);
    bench.expire();
    CHECK(bench.sent() == Lines{"SYN 1000 <mss 1460>"});
  }
  CHECK(bench.until_deadline() == 8s);
  bench.expire();
  CHECK(bench.sent() == silence);
  CHECK(bench.end.state() == State::Closed);
  CHECK(bench.end.ending() == Ending::TimedOut);
  CHECK_FALSE(bench.end.deadline());
}

TEST_CASE("text sent before the connection is there goes out when it is", "[tcp][rfc9293-3.10.2]") {
  Bench bench;
  to_syn_sent(bench);
  CHECK(bench.send("abc") == 3);
  CHECK(bench.sent() == silence);
  CHECK(bench.end.unsent() == 3);
  bench.arrives({.flags = Syn | Ack, .seq = irs});
  CHECK(bench.sent() == Lines{"PSH,ACK 1001 ack 5001 'abc'"});
  CHECK(bench.end.unsent() == 0);
}

TEST_CASE("abort() in SYN-SENT is silent", "[tcp][rfc9293-3.10.5]") {
  Bench bench;
  to_syn_sent(bench);
  bench.abort();
  CHECK(bench.sent() == silence);
  CHECK(bench.end.ending() == Ending::Aborted);
}

// Tests for the SYN-RECEIVED state.

TEST_CASE("SYN-RECEIVED becomes ESTABLISHED by the ACK of the SYN,ACK", "[tcp][rfc9293-3.10.7.4]") {
  Bench bench;
  to_syn_received(bench);
  bench.arrives({});
  CHECK(bench.sent() == silence);
  CHECK(bench.end.state() == State::Established);
  CHECK_FALSE(bench.end.deadline());
}

TEST_CASE("SYN-RECEIVED resets an ACK of what was not sent", "[tcp][rfc9293-3.10.7.4]") {
  Bench bench;
  to_syn_received(bench);
  bench.arrives({.ack = iss + 2});
  CHECK(bench.sent() == Lines{"RST 1002"});
  bench.arrives({.ack = iss});
  CHECK(bench.sent() == Lines{"RST 1000"});
  CHECK(bench.end.state() == State::SynReceived);
}

TEST_CASE("SYN-RECEIVED goes back to LISTEN by a RST if it came from there", "[tcp][rfc9293-3.10.7.4]") {
  Bench bench;
  to_syn_received(bench);
  bench.arrives({.flags = Rst});
  CHECK(bench.end.state() == State::Listen);
  CHECK(bench.sent() == silence);
  CHECK_FALSE(bench.end.deadline());
  bench.arrives({.flags = Syn, .seq = 77});
  CHECK(bench.sent() == Lines{"SYN,ACK 1000 ack 78 <mss 1460>"});
}

TEST_CASE("SYN-RECEIVED after connect() is refused by a RST", "[tcp][rfc9293-3.10.7.4]") {
  Bench bench;
  to_syn_sent(bench);
  bench.arrives({.flags = Syn, .seq = irs});
  bench.sent();
  bench.arrives({.flags = Rst});
  CHECK(bench.end.ending() == Ending::Refused);
  CHECK(bench.sent() == silence);
}

TEST_CASE("a RST beside RCV.NXT is challenged in SYN-RECEIVED too", "[tcp][rfc5961-3.2]") {
  Bench bench;
  to_syn_received(bench);
  bench.arrives({.flags = Rst, .seq = irs + 10});
  CHECK(bench.sent() == Lines{"ACK 1001 ack 5001"});
  CHECK(bench.end.state() == State::SynReceived);
}

TEST_CASE("a repeated SYN gets the SYN,ACK once more", "[tcp][rfc9293-3.8.3]") {
  Bench bench;
  to_syn_received(bench);
  bench.arrives({.flags = Syn, .seq = irs, .options = mss_option(1000)});
  CHECK(bench.sent() == Lines{"SYN,ACK 1000 ack 5001 <mss 1460>"});
}

TEST_CASE("another SYN in the window sends a passive SYN-RECEIVED back to LISTEN", "[tcp][rfc9293-3.10.7.4]") {
  Bench bench;
  to_syn_received(bench);
  bench.arrives({.flags = Syn, .seq = irs + 100});
  CHECK(bench.sent() == silence);
  CHECK(bench.end.state() == State::Listen);
}

TEST_CASE("a lost SYN,ACK is repeated", "[tcp][rfc6298-5]") {
  Bench bench;
  to_syn_received(bench);
  CHECK(bench.until_deadline() == 1s);
  bench.expire();
  CHECK(bench.sent() == Lines{"SYN,ACK 1000 ack 5001 <mss 1460>"});
  CHECK(bench.until_deadline() == 2s);
}

TEST_CASE("close() in SYN-RECEIVED waits for ESTABLISHED", "[tcp][rfc9293-3.10.4]") {
  Bench bench;
  to_syn_received(bench);
  bench.close();
  CHECK(bench.sent() == silence);
  bench.arrives({});
  CHECK(bench.sent() == Lines{"FIN,ACK 1001 ack 5001"});
  CHECK(bench.end.state() == State::FinWait1);
}

TEST_CASE("abort() in SYN-RECEIVED resets", "[tcp][rfc9293-3.10.5]") {
  Bench bench;
  to_syn_received(bench);
  bench.abort();
  CHECK(bench.sent() == Lines{"RST 1001"});
  CHECK(bench.end.state() == State::Closed);
}

TEST_CASE("after a lost SYN nothing is trusted below three seconds", "[tcp][rfc6298-5.7]") {
  Bench bench;
  bench.connect();
  bench.expire();
  bench.arrives({.flags = Syn | Ack, .seq = irs});
  bench.send("abc");
  CHECK(bench.until_deadline() == 3s);
}
