// SPDX-License-Identifier: Apache-2.0
#include "harness/observe/end.hpp"
#include "tests/support/catch.hpp"

using namespace twinwire;
namespace flag = wire::tcp_flag;

namespace {

struct Spec {
  std::uint32_t seq = 0, ack = 0;
  std::uint16_t flags = 0;
  std::uint16_t window = 1000;
  std::size_t length = 0;
};

const std::array<std::uint8_t, 9000> octets{};
const std::array<std::uint8_t, 4> wscale_7{3, 3, 7, 1};

wire::Tcp segment(const Spec& spec) {
  wire::Tcp tcp;
  tcp.seq = spec.seq;
  tcp.ack = spec.ack;
  tcp.flags = spec.flags;
  tcp.window = spec.window;
  tcp.payload = wire::Bytes(octets).first(spec.length);
  tcp.checksum_ok = true;
  return tcp;
}

/// ISS 100, IRS 500, nothing sent or received since.
observe::End established() {
  observe::End end;
  end.sent(segment({.seq = 100, .flags = flag::Syn}));
  end.received(segment({.seq = 500, .ack = 101, .flags = flag::Syn | flag::Ack}));
  end.sent(segment({.seq = 101, .ack = 501, .flags = flag::Ack}));
  return end;
}

}  // namespace

TEST_CASE("a handshake synchronises both numbers", "[observe][rfc9293]") {
  const observe::End end = established();
  CHECK(end.now().iss == 100U);
  CHECK(end.now().irs == 500U);
  CHECK(end.now().snd_nxt == 101);
  CHECK(end.now().snd_una == 101);
  CHECK(end.now().rcv_nxt == 501);
  CHECK(end.now().snd_wnd == 1000);
}

TEST_CASE("SND.NXT moves only over octets sent without a hole", "[observe][rfc9293]") {
  observe::End end = established();
  end.sent(segment({.seq = 101 + 1072, .flags = flag::Ack, .length = 536}));
  CHECK(end.now().snd_nxt == 101);
  end.sent(segment({.seq = 101 + 536, .flags = flag::Ack, .length = 536}));
  CHECK(end.now().snd_nxt == 101);
  end.sent(segment({.seq = 101, .flags = flag::Ack, .length = 536}));
  CHECK(end.now().snd_nxt == 101 + 1608);
}

TEST_CASE("a wild segment does not move SND.NXT, and a RST never does", "[observe]") {
  observe::End end = established();
  end.sent(segment({.seq = 3000000, .flags = flag::Ack, .length = 10}));
  end.sent(segment({.seq = 101, .flags = flag::Rst}));
  CHECK(end.now().snd_nxt == 101);
}

TEST_CASE("FIN counts one", "[observe][rfc9293]") {
  observe::End end = established();
  end.sent(segment({.seq = 101, .flags = flag::Fin | flag::Ack}));
  CHECK(end.now().snd_nxt == 102);
  end.received(segment({.seq = 501, .ack = 102, .flags = flag::Fin | flag::Ack}));
  CHECK(end.now().rcv_nxt == 502);
  CHECK(end.now().snd_una == 102);
}

TEST_CASE("RCV.NXT waits at a hole and jumps when it is filled", "[observe][rfc9293]") {
  observe::End end = established();
  end.received(segment({.seq = 601, .ack = 101, .flags = flag::Ack, .length = 100}));
  CHECK(end.now().rcv_nxt == 501);
  end.received(segment({.seq = 501, .ack = 101, .flags = flag::Ack, .length = 100}));
  CHECK(end.now().rcv_nxt == 701);
}

TEST_CASE("an octet outside the announced window is not taken", "[observe][rfc9293]") {
  observe::End end = established();
  end.sent(segment({.seq = 101, .ack = 501, .flags = flag::Ack, .window = 0}));
  end.received(segment({.seq = 501, .ack = 101, .flags = flag::Ack, .length = 1}));
  CHECK(end.now().rcv_nxt == 501);
  end.sent(segment({.seq = 101, .ack = 501, .flags = flag::Ack, .window = 10}));
  end.received(segment({.seq = 501, .ack = 101, .flags = flag::Ack, .length = 25}));
  CHECK(end.now().rcv_nxt == 511);
}

TEST_CASE("data with a wild acknowledgment are not taken", "[observe][rfc5961]") {
  const std::uint32_t ack = GENERATE(101U + 1000U, 101U - 200000U);
  observe::End end = established();
  end.received(segment({.seq = 501, .ack = ack, .flags = flag::Ack, .length = 100}));
  CHECK(end.now().rcv_nxt == 501);
  CHECK(end.now().snd_una == 101);
  CHECK(end.now().seg_ack == ack);
}

TEST_CASE("sequence numbers wrap", "[observe][rfc9293]") {
  observe::End end;
  end.sent(segment({.seq = 0xFFFFFFF0, .flags = flag::Syn}));
  end.received(segment({.seq = 0xFFFFFFFF, .ack = 0xFFFFFFF1, .flags = flag::Syn | flag::Ack}));
  CHECK(end.now().rcv_nxt == 0);
  end.sent(segment({.seq = 0xFFFFFFF1, .flags = flag::Ack, .length = 100}));
  CHECK(end.now().snd_nxt == 0xFFFFFFF1 + 100U);
}

TEST_CASE("a SYN into a synchronised connection changes no number", "[observe][rfc5961]") {
  observe::End end = established();
  end.received(segment({.seq = 99999, .flags = flag::Syn}));
  CHECK(end.now().irs == 500U);
  CHECK(end.now().rcv_nxt == 501);
  CHECK(end.now().seg_seq == 99999);
}

TEST_CASE("until it has spoken itself a listening end believes the newest SYN", "[observe][rfc9293]") {
  observe::End end;
  end.received(segment({.seq = 1, .flags = flag::Syn}));
  end.received(segment({.seq = 7000, .flags = flag::Syn}));
  CHECK(end.now().irs == 7000U);
  CHECK(end.now().rcv_nxt == 7001);
}

TEST_CASE("what an end forgets stays readable as old", "[observe]") {
  observe::End end = established();
  end.forget();
  CHECK_FALSE(end.now().iss);
  REQUIRE(end.old());
  CHECK(end.old()->snd_nxt == 101);
}

TEST_CASE("windows are scaled only when both ends have offered it", "[observe][rfc7323]") {
  wire::Tcp syn = segment({.seq = 100, .flags = flag::Syn});
  syn.options = wscale_7;
  wire::Tcp answer = segment({.seq = 500, .ack = 101, .flags = flag::Syn | flag::Ack});
  observe::End alone;
  alone.sent(syn);
  alone.received(answer);
  CHECK(alone.announced_shift() == 0);
  answer.options = wscale_7;
  observe::End both;
  both.sent(syn);
  both.received(answer);
  CHECK(both.announced_shift() == 7);
  CHECK(both.now().snd_wnd == 1000);  // not in the SYN,ACK itself
  both.received(segment({.seq = 501, .ack = 101, .flags = flag::Ack, .window = 10}));
  CHECK(both.now().snd_wnd == 1280);
}
