// SPDX-License-Identifier: Apache-2.0
// Devices that cut the octet stream anew: frames merged, split, and both at once.
#include <algorithm>
#include <numeric>

#include "tests/harness/observe/frames.hpp"
#include "tests/support/catch.hpp"

using namespace twinwire;
using observe::Layer;
using observe::Transit;
using scenario::Party;
using test::Tape;
using Fate = observe::Transit::Fate;
namespace flag = wire::tcp_flag;

namespace {

enum class Network : std::uint8_t { Ipv4, Ipv6 };

/// A client whose octet number n is n modulo 251, and a device that gives them out as the test says.
class Cutter {
 public:
  Tape tape;
  std::uint32_t shift = 0;
  std::uint16_t flags = flag::Ack;

  explicit Cutter(Network network = Network::Ipv4) : network_(network) {}

  /// Octets from `from` up to `to`, both counted from 0.
  craft::Segment segment(std::uint32_t from, std::uint32_t to) const {
    craft::Segment made = Tape::client_segment(flags, 101 + from, 501);
    if (network_ == Network::Ipv6) {
      made.src = *wire::parse_address("2001:2::1");
      made.dst = *wire::parse_address("2001:2::2");
    }
    made.payload.resize(to - from);
    for (std::uint32_t i = from; i < to; ++i) made.payload[i - from] = static_cast<std::uint8_t>(i % 251);
    return made;
  }
  void sends(std::uint32_t from, std::uint32_t to, int step = 0) { tape.sent(step, Party::Client, segment(from, to)); }
  void gives(std::uint32_t from, std::uint32_t to) {
    craft::Segment made = segment(from, to);
    made.seq += shift;
    tape.received(Party::Server, made);
  }
  void gives(const craft::Segment& made) { tape.received(Party::Server, made); }
  std::vector<Transit> transits(const scenario::Allow& allow = {}) const {
    return observe::match(tape.transcript, allow);
  }

 private:
  Network network_;
};

void check_recut(const Transit& transit, const std::string& received) {
  CHECK(transit.fate == Fate::Crossed);
  CHECK(transit.received.size() == 1);
  REQUIRE(transit.changes.size() == 1);
  CHECK(transit.changes[0].field == "segmentation");
  CHECK(transit.changes[0].layer == Layer::Transparency);
  CHECK(transit.changes[0].received == received);
}

std::size_t made(const std::vector<Transit>& transits) {
  return static_cast<std::size_t>(std::ranges::count(transits, Fate::Made, &Transit::fate));
}

}  // namespace

// ---- Merged, split, both ----

TEST_CASE("frames that come out as one have crossed, merged", "[match][resegment]") {
  Cutter device(GENERATE(Network::Ipv4, Network::Ipv6));
  device.shift = GENERATE(0U, 5000U);
  if (device.shift != 0) {
    device.tape.sent(0, Party::Client, Tape::client_segment(flag::Syn, 100));
    device.tape.received(Party::Server, Tape::client_segment(flag::Syn, 5100));
  }
  const std::size_t first = device.tape.transcript.events.size() / 2;
  device.sends(0, 50);
  device.sends(50, 120);
  device.sends(120, 130);
  device.gives(0, 130);
  const auto transits = device.transits();
  REQUIRE(transits.size() == first + 3);
  for (std::size_t i = first; i < transits.size(); ++i) check_recut(transits[i], "part of 130 octets");
  CHECK(transits[first].changes[0].sent == "50 octets");
}

TEST_CASE("a frame that comes out in pieces has crossed when the last has come, split", "[match][resegment]") {
  Cutter device(GENERATE(Network::Ipv4, Network::Ipv6));
  device.sends(0, 100);
  SECTION("in order") {
    device.gives(0, 30);
    device.gives(30, 60);
    device.gives(60, 100);
  }
  SECTION("in any order") {
    device.gives(60, 100);
    device.gives(0, 30);
    device.gives(30, 60);
  }
  const auto transits = device.transits();
  REQUIRE(transits.size() == 1);
  check_recut(transits[0], "3 segments");
  CHECK(transits[0].received[0] == 3);
  CHECK(transits[0].delay == std::chrono::microseconds(3));
}

TEST_CASE("boundaries may move anywhere", "[match][resegment]") {
  Cutter device(GENERATE(Network::Ipv4, Network::Ipv6));
  for (std::uint32_t at = 0; at < 500; at += 100) device.sends(at, at + 100);
  device.gives(0, 70);
  device.gives(70, 250);
  device.gives(250, 399);
  device.gives(399, 500);
  const auto transits = device.transits();
  REQUIRE(transits.size() == 5);
  check_recut(transits[0], "2 segments");
  check_recut(transits[1], "part of 180 octets");
  check_recut(transits[2], "2 segments");
  check_recut(transits[3], "2 segments");
  check_recut(transits[4], "part of 101 octets");
}

TEST_CASE("a FIN goes with the octets before it or by itself, but not lost", "[match][resegment]") {
  Cutter device;
  device.sends(0, 50);
  device.flags = flag::Fin | flag::Ack;
  device.sends(50, 100);
  SECTION("merged with what was before") {
    device.gives(0, 100);
    const auto transits = device.transits();
    REQUIRE(transits.size() == 2);
    check_recut(transits[0], "part of 100 octets");
    check_recut(transits[1], "part of 100 octets");
  }
  SECTION("cut off") {
    device.flags = flag::Ack;
    device.gives(0, 100);
    device.flags = flag::Fin | flag::Ack;
    device.gives(100, 100);
    const auto transits = device.transits();
    REQUIRE(transits.size() == 2);
    check_recut(transits[1], "2 segments");
  }
  SECTION("swallowed") {
    device.flags = flag::Ack;
    device.gives(0, 100);
    const auto transits = device.transits();
    REQUIRE(transits.size() == 2);
    check_recut(transits[0], "part of 100 octets");
    CHECK(transits[1].fate != Fate::Crossed);
  }
}

TEST_CASE("the walk is told as soon as the octets are there", "[match][resegment]") {
  Cutter device;
  device.sends(0, 50, 3);
  device.sends(50, 100, 4);
  observe::Matcher matcher({});
  for (const auto& event : device.tape.transcript.events) matcher.add(event);
  CHECK_FALSE(matcher.arrived(4, 0));
  device.gives(0, 100);
  matcher.add(device.tape.transcript.events.back());
  CHECK(matcher.arrived(3, 0));
  CHECK(matcher.arrived(4, 0));
  CHECK(matcher.made() == 0);
  REQUIRE(matcher.of_received(2) != nullptr);
  CHECK(matcher.of_received(2)->step == 3);
}

TEST_CASE("a bench may declare that its device cuts anew", "[match][resegment]") {
  Cutter device;
  device.sends(0, 50);
  device.sends(50, 100);
  device.gives(0, 100);
  scenario::Allow allow;
  allow.fields = {"segmentation"};
  CHECK(device.transits(allow)[1].changes[0].allowed);
}

// ---- What is no new cut ----

TEST_CASE("a frame that was cut short is damaged as long as its rest is missing", "[match][resegment]") {
  Cutter device;
  device.sends(0, 100);
  device.gives(0, 60);
  const auto transits = device.transits();
  REQUIRE(transits.size() == 1);
  CHECK(transits[0].fate == Fate::Crossed);
  const auto length = std::ranges::find(transits[0].changes, "len", &observe::FieldChange::field);
  REQUIRE(length != transits[0].changes.end());
  CHECK(length->layer == Layer::Integrity);
}

TEST_CASE("octets that nobody sent make the frame that holds them the device's own", "[match][resegment]") {
  Cutter device(Network::Ipv6);
  device.sends(0, 50);
  device.sends(50, 100);
  auto forged = device.segment(0, 100);
  SECTION("other octets") { forged.payload[70] ^= 1; }
  SECTION("one more than was sent") { forged.payload.push_back(1); }
  SECTION("a RST with it") { forged.flags |= flag::Rst; }
  SECTION("a FIN where another octet was sent") {
    forged.payload.resize(70);
    forged.flags |= flag::Fin;
  }
  SECTION("a checksum that no end would take") { forged.checksum = craft::Checksum::Wrong; }
  device.gives(forged);
  const auto transits = device.transits();
  CHECK(made(transits) == 1);
  CHECK(transits[0].fate == Fate::Unsettled);
  CHECK(transits[1].fate == Fate::Unsettled);
}

TEST_CASE("pieces of a frame whose other pieces are lost are not made, and it has not crossed", "[match][resegment]") {
  Cutter device;
  device.sends(0, 100);
  device.gives(40, 100);
  device.tape.marker(Party::Client, 1);
  device.tape.marker(Party::Client, 2);
  const auto transits = device.transits();
  REQUIRE(transits.size() == 1);
  CHECK(transits[0].fate == Fate::Dropped);
}

TEST_CASE("what comes after a frame's absence was proved does not bring it back", "[match][resegment]") {
  Cutter device(Network::Ipv6);
  device.sends(0, 50);
  device.sends(50, 100);
  device.tape.marker(Party::Client, 1);
  device.tape.marker(Party::Client, 2);
  device.gives(0, 100);
  const auto transits = device.transits();
  CHECK(transits[0].fate == Fate::Dropped);
  CHECK(transits[1].fate == Fate::Dropped);
}

TEST_CASE("a lost frame whose octets crossed in a retransmission is still lost", "[match][resegment]") {
  Cutter device;
  device.sends(0, 50);
  device.sends(50, 100);
  device.sends(0, 100);  // the sender itself cuts anew
  device.gives(0, 100);
  device.tape.marker(Party::Client, 1);
  device.tape.marker(Party::Client, 2);
  const auto transits = device.transits();
  REQUIRE(transits.size() == 3);
  CHECK(transits[0].fate == Fate::Dropped);
  CHECK(transits[1].fate == Fate::Dropped);
  CHECK(transits[2].fate == Fate::Crossed);
  CHECK(transits[2].changes.empty());
}

TEST_CASE("a retransmission is whole only when its octets have come once more", "[match][resegment]") {
  Cutter device(Network::Ipv6);
  device.sends(0, 100);
  device.gives(0, 50);
  device.gives(50, 100);
  device.sends(0, 100);
  device.gives(0, 50);
  auto transits = device.transits();
  REQUIRE(transits.size() == 2);
  check_recut(transits[0], "2 segments");
  CHECK((transits[1].changes.empty() || transits[1].changes[0].field != "segmentation"));
  device.gives(50, 100);
  transits = device.transits();
  REQUIRE(transits.size() == 2);
  check_recut(transits[0], "2 segments");
  check_recut(transits[1], "2 segments");
}

TEST_CASE("octets are credited to the frame that was sent first", "[match][resegment]") {
  Cutter device(Network::Ipv6);
  SECTION("of two that are equal") {
    device.sends(0, 100);
    device.sends(0, 100);
    device.gives(0, 50);
    device.gives(0, 50);
    device.gives(50, 100);
    CHECK(device.transits()[0].fate == Fate::Crossed);
    CHECK(device.transits()[1].fate == Fate::Unsettled);
    device.gives(50, 100);
    check_recut(device.transits()[1], "2 segments");
  }
  SECTION("of two that overlap") {
    device.sends(0, 100);
    device.sends(50, 150);
    device.gives(50, 90);
    device.gives(10, 50);
    device.gives(90, 100);
    device.gives(0, 10);
    CHECK(device.transits()[1].fate == Fate::Unsettled);
  }
  check_recut(device.transits()[0], device.transits()[1].fate == Fate::Crossed ? "2 segments" : "4 segments");
}

TEST_CASE("a piece is not taken for a frame of its length that was sent elsewhere", "[match][resegment]") {
  Cutter device;
  device.tape.ip_id = 7;
  device.sends(0, 100);
  device.tape.ip_id = 7;
  device.sends(100, 150);
  device.gives(0, 50);
  device.gives(50, 100);
  device.gives(100, 150);
  const auto transits = device.transits();
  REQUIRE(transits.size() == 2);
  check_recut(transits[0], "2 segments");
  CHECK(transits[1].fate == Fate::Crossed);
  CHECK(transits[1].changes.empty());
}

TEST_CASE("a frame with the boundaries of one that was sent is no new cut, whatever else it says",
          "[match][resegment]") {
  Cutter device(Network::Ipv6);
  device.sends(0, 50);
  device.gives(0, 50);
  auto answer = device.segment(0, 50);
  answer.ack += 77;
  device.gives(answer);
  CHECK(made(device.transits()) == 1);
}

TEST_CASE("octets of another connection do not count", "[match][resegment]") {
  Cutter device(Network::Ipv6);
  device.sends(0, 50);
  device.sends(50, 100);
  auto other = device.segment(0, 100);
  other.src_port = 5001;
  device.gives(other);
  CHECK(made(device.transits()) == 1);
}

TEST_CASE("20,000 segments merged by threes and split in twos", "[match][resegment][many]") {
  Cutter device;
  constexpr std::uint32_t many = 20000, size = 24;
  SECTION("merged") {
    for (std::uint32_t i = 0; i < many; ++i) device.sends(i * size, (i + 1) * size);
    for (std::uint32_t i = 0; i < many; i += 3) device.gives(i * size, std::min(i + 3, many) * size);
  }
  SECTION("split") {
    for (std::uint32_t i = 0; i < many; ++i) device.sends(i * size, (i + 1) * size);
    for (std::uint32_t i = 0; i < many * 2; ++i) device.gives(i * size / 2, (i + 1) * size / 2);
  }
  const auto transits = device.transits();
  CHECK(transits.size() == many);
  CHECK(std::ranges::all_of(transits, [](const Transit& t) {
    return t.fate == Fate::Crossed && t.changes.size() == 1 && t.changes[0].field == "segmentation";
  }));
}
