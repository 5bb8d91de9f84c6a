// SPDX-License-Identifier: Apache-2.0
#include "harness/report/numbers.hpp"
#include "tests/support/catch.hpp"

namespace twinwire {
namespace {

using report::Numbers;
using scenario::Party;
namespace flag = wire::tcp_flag;

constexpr std::uint16_t port = 5000;
const Numbers::Seen from_client{Party::Client, true, port}, from_server{Party::Client, false, port};

wire::Tcp segment(std::uint16_t flags, std::uint32_t seq, std::uint32_t ack = 0) {
  wire::Tcp out;
  out.flags = flags;
  out.seq = seq;
  out.ack = ack;
  return out;
}

/// A handshake with initial numbers 4000000000 (which wraps soon) and 700000000.
Numbers established() {
  Numbers numbers;
  numbers.see(from_client, segment(flag::Syn, 4'000'000'000));
  numbers.see(from_server, segment(flag::Syn | flag::Ack, 700'000'000, 4'000'000'001));
  return numbers;
}

TEST_CASE("numbers count from the initial number of their direction", "[report][numbers]") {
  const Numbers numbers = established();
  CHECK(numbers.seq(from_client, 4'000'000'000) == "0");
  CHECK(numbers.seq(from_client, 4'000'000'101) == "101");
  CHECK(numbers.ack(from_client, 700'000'001) == "1");
  CHECK(numbers.seq(from_server, 700'000'001) == "1");
  CHECK(numbers.ack(from_server, 4'000'000'001) == "1");
}

TEST_CASE("numbers count on over the wrap and backwards", "[report][numbers]") {
  const Numbers numbers = established();
  CHECK(numbers.seq(from_client, 4'000'000'000U + 400'000'000U) == "400000000");
  CHECK(numbers.seq(from_client, 3'999'999'990) == "-10");
}

TEST_CASE("what the client has forgotten reads as old, until a SYN begins anew", "[report][numbers]") {
  Numbers numbers = established();
  numbers.forget(port);
  CHECK(numbers.seq(from_server, 700'000'001) == "old+1");
  numbers.see(from_client, segment(flag::Syn, 2'000'000'000));
  CHECK(numbers.seq(from_client, 2'000'000'000) == "0");
  CHECK(numbers.seq(from_client, 4'000'000'001) == "old+1");
  CHECK(numbers.seq(from_client, 3'999'999'999) == "old-1");
  CHECK(numbers.ack(from_client, 700'000'001) == "old+1");
}

TEST_CASE("a connection before the last one is older", "[report][numbers]") {
  Numbers numbers = established();
  numbers.forget(port);
  numbers.see(from_client, segment(flag::Syn, 2'000'000'000));
  numbers.forget(port);
  numbers.see(from_client, segment(flag::Syn, 1'000));
  CHECK(numbers.seq(from_client, 2'000'000'001) == "old+1");
  CHECK(numbers.seq(from_client, 4'000'000'001) == "older+1");
}

TEST_CASE("a SYN sent again changes nothing", "[report][numbers]") {
  Numbers numbers = established();
  numbers.see(from_client, segment(flag::Syn, 4'000'000'000));
  CHECK(numbers.seq(from_client, 4'000'000'001) == "1");
}

TEST_CASE("a number of no connection reads as hexadecimal", "[report][numbers]") {
  const Numbers numbers = established();
  CHECK(numbers.seq(from_client, 4'000'000'000U - 1'500'000'000U) == "0x9502f900");
  CHECK(Numbers().seq(from_client, 7) == "0x00000007");
}

TEST_CASE("without a SYN the first octet counts as 1", "[report][numbers]") {
  Numbers numbers;
  numbers.see(from_client, segment(flag::Ack, 1'000'000'007, 77));
  CHECK(numbers.seq(from_client, 1'000'000'007) == "1");
  CHECK(numbers.ack(from_client, 77) == "1");
}

TEST_CASE("each wire and each port counts for itself", "[report][numbers]") {
  Numbers numbers = established();
  const Numbers::Seen server_wire{Party::Server, true, port}, other_port{Party::Client, true, 6000};
  numbers.see(server_wire, segment(flag::Syn, 123));
  CHECK(numbers.seq(server_wire, 124) == "1");
  CHECK(numbers.seq(from_client, 4'000'000'001) == "1");
  CHECK(numbers.seq(other_port, 4'000'000'001) == "0xee6b2801");
}

}  // namespace
}  // namespace twinwire
