// SPDX-License-Identifier: Apache-2.0
// What live ends put into one cell: thousands of segments, sent in bursts and sent again. Work is counted, not timed.
#include <algorithm>
#include <random>

#include "tests/harness/observe/frames.hpp"
#include "tests/support/catch.hpp"

using namespace twinwire;
using observe::Transit;
using scenario::Party;
using test::Tape;
namespace flag = wire::tcp_flag;

namespace {

struct Outcome {
  std::vector<Transit> transits;
  std::size_t comparisons = 0;
};

Outcome match(const Tape& tape) {
  observe::Matcher matcher({});
  for (const auto& event : tape.transcript.events) matcher.add(event);
  Outcome outcome;
  outcome.transits = matcher.finish();
  outcome.comparisons = matcher.comparisons();
  return outcome;
}

void to_ipv6(craft::Segment& segment) {
  const bool client = segment.src_port == 5000;
  segment.src = *wire::parse_address(client ? "2001:2::1" : "2001:2::2");
  segment.dst = *wire::parse_address(client ? "2001:2::2" : "2001:2::1");
}

std::size_t crossed(const Outcome& outcome) {
  return static_cast<std::size_t>(std::ranges::count(outcome.transits, Transit::Fate::Crossed, &Transit::fate));
}

constexpr std::size_t many = 20000;

std::vector<craft::Segment> hello_in_pieces() {
  std::vector<craft::Segment> burst;
  for (std::uint32_t i = 0; i < many; ++i) {
    burst.push_back(Tape::client_segment(flag::Ack, 101 + 25 * i, 501, 25));
    burst.back().ip_id = static_cast<std::uint16_t>(i + 1);
  }
  return burst;
}

/// All are sent, then they arrive as `rearrange` leaves them.
template <typename Rearrange>
Outcome through(std::vector<craft::Segment> burst, Rearrange rearrange) {
  Tape tape;
  for (const auto& segment : burst) {
    tape.ip_id = segment.ip_id;
    tape.sent(0, Party::Client, segment);
  }
  rearrange(burst);
  for (const auto& segment : burst) tape.received(Party::Server, segment);
  return match(tape);
}

}  // namespace

// ---- Bursts ----

TEST_CASE("a burst of 20,000 segments costs a few comparisons for each", "[match][many]") {
  auto burst = hello_in_pieces();
  SECTION("in order") {
    const auto outcome = through(burst, [](auto&) {});
    CHECK(crossed(outcome) == many);
    CHECK(std::ranges::none_of(outcome.transits, &Transit::reordered));
    CHECK(outcome.comparisons <= 2 * many);
  }
  SECTION("without IP ID, in any order") {
    for (auto& segment : burst) to_ipv6(segment);
    const auto outcome = through(burst, [](auto& b) { std::ranges::shuffle(b, std::mt19937(1)); });
    CHECK(outcome.transits.size() == many);
    CHECK(crossed(outcome) == many);
    CHECK(outcome.comparisons <= 2 * many);
  }
  SECTION("shifted by the device") {
    const auto shift = [](auto& b) {
      for (auto& segment : b) segment.seq += 77777;
    };
    const auto outcome = through(burst, shift);
    CHECK(crossed(outcome) == many);
    CHECK(outcome.comparisons <= 3 * many);
  }
  SECTION("with other numbers, so that only the payload is left") {
    for (std::size_t i = 0; i < many; ++i) {
      to_ipv6(burst[i]);
      burst[i].payload[0] = static_cast<std::uint8_t>(i >> 8U);
      burst[i].payload[1] = static_cast<std::uint8_t>(i);
    }
    const auto scramble = [](auto& b) {
      for (auto& segment : b) segment.seq = segment.seq * 3 + (1U << 30U);
    };
    const auto outcome = through(burst, scramble);
    CHECK(outcome.transits.size() == many);
    CHECK(crossed(outcome) == many);
    CHECK(outcome.comparisons <= 3 * many);
  }
  SECTION("with another payload, so that only the numbers are left") {
    for (auto& segment : burst) to_ipv6(segment);
    const auto damage = [](auto& b) {
      for (auto& segment : b) segment.payload[3] ^= 1;
    };
    const auto outcome = through(burst, damage);
    CHECK(outcome.transits.size() == many);
    CHECK(crossed(outcome) == many);
    CHECK(outcome.comparisons <= 3 * many);
  }
}

TEST_CASE("20,000 acknowledgments that differ in nothing but their ACK cost no more", "[match][many]") {
  std::vector<craft::Segment> burst;
  for (std::uint32_t i = 0; i < many; ++i) burst.push_back(Tape::client_segment(flag::Ack, 101, 501 + 25 * i));
  for (auto& segment : burst) to_ipv6(segment);
  const auto outcome = through(burst, [](auto&) {});
  CHECK(crossed(outcome) == many);
  CHECK(outcome.comparisons <= 3 * many);
}

TEST_CASE("20,000 equal frames are mapped one to one", "[match][many]") {
  std::vector<craft::Segment> burst(many, Tape::client_segment(flag::Syn, 100));
  for (auto& segment : burst) to_ipv6(segment);
  const auto outcome = through(burst, [](auto&) {});
  CHECK(outcome.transits.size() == many);
  CHECK(crossed(outcome) == many);
  CHECK(std::ranges::all_of(outcome.transits, [](const Transit& t) { return t.received.size() == 1; }));
  CHECK(outcome.comparisons <= 4 * many);
}

TEST_CASE("20,000 frames of the device's own making are compared with nothing that is not like them", "[match][many]") {
  const auto strange = [](auto& b) {
    for (auto& segment : b) {
      segment.seq += 1U << 30U;
      segment.ack += 1U << 30U;
      segment.payload.assign(30, static_cast<std::uint8_t>(segment.seq / 25));
      segment.ip_id = static_cast<std::uint16_t>(segment.ip_id ^ 0xFFFFU);
    }
  };
  const auto outcome = through(hello_in_pieces(), strange);
  CHECK(crossed(outcome) == 0);
  CHECK(outcome.transits.size() == 2 * many);
  CHECK(outcome.comparisons <= 2 * many);
}

// ---- Retransmissions ----

namespace {

/// Octets sent, further octets sent, the first octets sent again; the device loses some of it.
struct Again {
  Tape tape;
  craft::Segment first = Tape::client_segment(flag::Ack, 101, 501, 50);
  craft::Segment second = Tape::client_segment(flag::Ack, 151, 501, 50);

  void goes(const craft::Segment& segment) { tape.sent(0, Party::Client, segment); }
  void comes(craft::Segment segment, std::uint16_t ip_id) {
    segment.ip_id = ip_id;
    tape.received(Party::Server, segment);
  }
};

}  // namespace

TEST_CASE("a retransmission whose first copy was lost is no late one", "[match][retransmission]") {
  Again again;
  again.goes(again.first);   // IP ID 1
  again.goes(again.second);  // IP ID 2
  again.comes(again.second, 2);
  again.goes(again.first);  // IP ID 3
  std::vector<Transit> transits;
  SECTION("its IP ID tells") {
    again.comes(again.first, 3);
    again.tape.marker(Party::Client, 1);
    again.tape.marker(Party::Client, 2);
    transits = match(again.tape).transits;
    CHECK(transits[0].fate == Transit::Fate::Dropped);
    CHECK(transits[2].fate == Transit::Fate::Crossed);
  }
  SECTION("the device rewrote the IP ID, so that nobody knows which of them came") {
    again.comes(again.first, 999);
    transits = match(again.tape).transits;
    CHECK(crossed({transits, 0}) == 2);
  }
  CHECK(transits.size() == 3);
  CHECK(std::ranges::none_of(transits, &Transit::reordered));
}

TEST_CASE("when a segment and its retransmission both come late the first was overtaken", "[match][retransmission]") {
  Again again;
  again.goes(again.first);
  again.goes(again.second);
  again.comes(again.second, 999);
  again.goes(again.first);
  again.comes(again.first, 998);
  again.comes(again.first, 997);
  const auto transits = match(again.tape).transits;
  REQUIRE(transits.size() == 3);
  CHECK(crossed({transits, 0}) == 3);
  CHECK(transits[0].reordered);
  CHECK_FALSE(transits[1].reordered);
  CHECK_FALSE(transits[2].reordered);
}

TEST_CASE("a retransmission that overtakes nothing but is overtaken itself is told", "[match][retransmission]") {
  Again again;
  again.goes(again.first);
  again.goes(again.first);
  again.goes(again.second);
  again.comes(again.second, 999);
  again.comes(again.first, 998);  // whichever it is, a later one was there before it
  const auto transits = match(again.tape).transits;
  CHECK(transits[0].reordered);
}

TEST_CASE("equal frames with equal IP IDs are mapped one to one", "[match][retransmission]") {
  Again again;
  for (int copy = 0; copy < 3; ++copy) {
    again.tape.ip_id = 7;
    again.goes(again.first);
  }
  for (int copy = 0; copy < 3; ++copy) again.comes(again.first, 7);
  const auto transits = match(again.tape).transits;
  REQUIRE(transits.size() == 3);
  for (const auto& transit : transits) CHECK(transit.received.size() == 1);
}

TEST_CASE("a segment that comes twice is multiplied even when its retransmission is under way",
          "[match][retransmission]") {
  Again again;
  again.goes(again.first);  // IP ID 1
  again.goes(again.first);  // IP ID 2
  again.comes(again.first, 1);
  again.comes(again.first, 1);
  const auto transits = match(again.tape).transits;
  REQUIRE(transits.size() == 2);
  CHECK(transits[0].received.size() == 2);
  CHECK(transits[1].fate == Transit::Fate::Unsettled);
}

TEST_CASE("what a marker has overtaken is not brought back by a frame that is like it", "[match][retransmission]") {
  Again again;
  again.goes(again.first);
  again.tape.marker(Party::Client, 1);
  again.tape.marker(Party::Client, 2);
  again.first.ack += 4000;  // as a device that shifts the server's numbers would send it
  again.comes(again.first, 1);
  const auto transits = match(again.tape).transits;
  REQUIRE(transits.size() == 2);
  CHECK(transits[0].fate == Transit::Fate::Dropped);
  CHECK(transits[1].fate == Transit::Fate::Made);
}
