// SPDX-License-Identifier: Apache-2.0
// The window: closed, silly, scaled.
#include "tests/generator/tcp/bench.hpp"
#include "tests/support/catch.hpp"

using namespace twinwire;
using namespace twinwire::test;

// As a sender.

TEST_CASE("a closed window is probed with one octet, ever more rarely", "[tcp][rfc9293-3.8.6.1]") {
  Bench bench({.retries = 3});
  to_established(bench);
  bench.arrives({.window = 0});
  bench.send("abc");
  CHECK(bench.sent() == silence);
  CHECK(bench.until_deadline() == 200ms);
  bench.expire();
  CHECK(bench.sent() == Lines{"ACK 1001 ack 5001 'a'"});
  CHECK(bench.until_deadline() == 400ms);
  bench.expire();
  CHECK(bench.sent() == Lines{"ACK 1001 ack 5001 'a'"});
  CHECK(bench.until_deadline() == 800ms);
}

TEST_CASE("probes go on as long as the peer answers them", "[tcp][rfc9293-3.8.6.1]") {
  Bench bench({.retries = 3});
  to_established(bench);
  bench.arrives({.window = 0});
  bench.send("abc");
  for (int i = 0; i < 50; ++i) {
    bench.expire();
    bench.arrives({.window = 0});
  }
  CHECK(bench.end.state() == tcp::State::Established);
  CHECK(bench.sent().size() == 50);
  for (int i = 0; i < 4; ++i) bench.expire();
  CHECK(bench.end.ending() == tcp::Ending::TimedOut);
}

TEST_CASE("when the window opens, what the peer threw away is sent at once", "[tcp][rfc9293-3.8.6.1]") {
  Bench bench;
  to_established(bench);
  bench.arrives({.window = 0});
  bench.send("abc");
  bench.expire();
  bench.sent();
  bench.arrives({.window = 1000});
  CHECK(bench.sent() == Lines{"ACK 1001 ack 5001 'a'", "PSH,ACK 1002 ack 5001 'bc'"});
}

TEST_CASE("an ACK behind a closed window stands at its edge", "[tcp][rfc9293-3.10.7.4]") {
  Bench bench;
  to_established(bench);
  bench.arrives({.window = 0});
  bench.send("abc");
  bench.expire();
  bench.sent();
  bench.arrives({.window = 0, .text = "x"});
  CHECK(bench.sent() == Lines{"ACK 1001 ack 5002"});
}

TEST_CASE("a FIN probes a closed window too", "[tcp][rfc9293-3.8.6.1]") {
  Bench bench;
  to_established(bench);
  bench.arrives({.window = 0});
  bench.close();
  CHECK(bench.sent() == silence);
  bench.expire();
  CHECK(bench.sent() == Lines{"FIN,ACK 1001 ack 5001"});
}

TEST_CASE("a window too small for the segment is not filled before the timer says so", "[tcp][rfc9293-3.8.6.2.1]") {
  Bench bench;
  to_established(bench);
  bench.arrives({.window = 300});
  bench.send(800);
  CHECK(bench.sent() == silence);
  bench.expire();
  CHECK(bench.sent() == Lines{"ACK 1001 ack 5001 (300)"});
}

TEST_CASE("half of the largest window is worth a smaller segment", "[tcp][rfc9293-3.8.6.2.1]") {
  Bench bench;
  to_syn_sent(bench);
  bench.arrives({.flags = Syn | Ack, .seq = irs, .window = 600, .options = mss_option(1000)});
  bench.sent();
  bench.arrives({.window = 300});
  bench.send(800);
  CHECK(bench.sent() == Lines{"ACK 1001 ack 5001 (300)"});
}

TEST_CASE("the peer's window is scaled, in its SYN it is not", "[tcp][rfc7323-2.2]") {
  Bench bench({.receive_buffer = 100'000});
  to_syn_sent(bench);
  bench.arrives({.flags = Syn | Ack, .seq = irs, .window = 2000, .options = mss_option(1000) + scale_option(2)});
  bench.sent();
  bench.send(9000);
  CHECK(bench.sent().size() == 2);
  bench.arrives({.ack = iss + 2001, .window = 1000});
  CHECK(bench.sent().size() == 4);
}

TEST_CASE("without the peer's option no window is scaled", "[tcp][rfc7323-2.2]") {
  Bench bench({.receive_buffer = 1'000'000});
  to_established(bench);
  bench.arrives({.text = "abc"});
  CHECK(bench.window == 65532);  // what the SYN announced, less three octets
}

TEST_CASE("a shift of more than 14 is taken for 14", "[tcp][rfc7323-2.3]") {
  Bench bench;
  to_established(bench, mss_option(1000) + scale_option(15));
  bench.arrives({.window = 1});
  bench.send(17'000);
  std::size_t octets = 17'000 - bench.end.unsent();
  CHECK(octets == 10'000);  // the congestion window, not the peer's, holds it
  CHECK(bench.end.state() == tcp::State::Established);
}

// As a receiver.

TEST_CASE("the window shrinks by what was not read, and the right edge stays", "[tcp][rfc9293-3.8.6]") {
  Bench bench({.receive_buffer = 3000});
  to_established(bench);
  const std::string text(1000, 'x');
  bench.arrives({.text = text});
  CHECK(bench.window == 2000);
  bench.arrives({.seq = irs + 1001, .text = text});
  CHECK(bench.window == 1000);
}

TEST_CASE("reading a little does not open the window, reading enough does", "[tcp][rfc9293-3.8.6.2.2]") {
  Bench bench({.receive_buffer = 3000});
  to_established(bench);
  const std::string text(3000, 'x');
  bench.arrives({.text = text});
  CHECK(bench.window == 0);
  bench.sent();
  bench.receive(1000);
  CHECK(bench.sent() == silence);
  bench.receive(459);
  CHECK(bench.sent() == silence);
  bench.receive(1);  // a full segment, which is less than half of the buffer
  CHECK(bench.sent() == Lines{"ACK 1001 ack 8001"});
  CHECK(bench.window == 1460);
}

TEST_CASE("an end whose window is large does not say that it has read", "[tcp][rfc9293-3.8.6.2.2]") {
  Bench bench;
  to_established(bench);
  const std::string text(10'000, 'x');
  bench.arrives({.text = text});
  bench.sent();
  bench.receive();
  CHECK(bench.sent() == silence);
}

TEST_CASE("a buffer larger than an unscaled window does not make reading talkative", "[tcp][rfc9293-3.8.6.2.2]") {
  Bench bench({.window_scaling = false, .receive_buffer = 1'000'000});
  to_established(bench);
  const std::string text(5'000, 'x');
  bench.arrives({.text = text});
  bench.sent();
  bench.receive();
  CHECK(bench.sent() == silence);
}

TEST_CASE("with its window closed an end still takes ACK and RST", "[tcp][rfc9293-3.10.7.4]") {
  Bench bench({.receive_buffer = 4});
  to_established(bench);
  bench.send("abc");
  bench.arrives({.text = "1234"});
  bench.sent();
  bench.arrives({.seq = irs + 5, .ack = iss + 4, .text = "5"});  // a probe
  CHECK(bench.sent() == Lines{"ACK 1004 ack 5005"});
  CHECK(bench.end.all_acknowledged());
  bench.arrives({.flags = Rst, .seq = irs + 5});
  CHECK(bench.end.ending() == tcp::Ending::Reset);
}

TEST_CASE("the announced window is scaled down, what the edge allows is taken", "[tcp][rfc7323-2.4]") {
  Bench bench({.receive_buffer = 100'000});  // shift 1
  to_established(bench, mss_option(1000) + scale_option(0));
  const std::string text(999, 'x');
  bench.arrives({.text = text});
  CHECK(bench.window == (100'000 - 999) / 2);
}
