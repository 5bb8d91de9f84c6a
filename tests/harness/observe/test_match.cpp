// SPDX-License-Identifier: Apache-2.0
#include "tests/harness/observe/frames.hpp"
#include "tests/support/catch.hpp"

using namespace twinwire;
using observe::Transit;
using scenario::Party;
using test::Tape;
namespace flag = wire::tcp_flag;

namespace {

std::vector<Transit> match(const Tape& tape, const scenario::Allow& allow = {}) {
  return observe::match(tape.transcript, allow);
}

const observe::FieldChange* change(const Transit& transit, const std::string& field) {
  for (const auto& found : transit.changes) {
    if (found.field == field) return &found;
  }
  return nullptr;
}

}  // namespace

TEST_CASE("a frame that comes out as it went in has crossed", "[match]") {
  Tape tape;
  tape.sent(0, Party::Client, Tape::client_segment(flag::Syn, 100));
  tape.received(Party::Server, Tape::client_segment(flag::Syn, 100));
  const auto transits = match(tape);
  REQUIRE(transits.size() == 1);
  CHECK(transits[0].fate == Transit::Fate::Crossed);
  CHECK(transits[0].changes.empty());
  CHECK(transits[0].delay == std::chrono::microseconds(1));
}

TEST_CASE("a marker that was sent later and arrived proves that a packet was dropped", "[match]") {
  Tape tape;
  tape.sent(0, Party::Client, Tape::client_segment(flag::Rst, 100));
  SECTION("with two markers of the same direction, one after the other") {
    tape.marker(Party::Client, 7);
    CHECK(match(tape)[0].fate == Transit::Fate::Unsettled);  // one may have overtaken it
    tape.marker(Party::Client, 8);
    CHECK(match(tape)[0].fate == Transit::Fate::Dropped);
    CHECK(match(tape)[0].proof == Transit::Proof::Marker);
  }
  SECTION("a marker of the other direction proves nothing") {
    tape.marker(Party::Server, 7);
    tape.marker(Party::Server, 8);
    CHECK(match(tape)[0].fate == Transit::Fate::Unsettled);
  }
  SECTION("time proves it too, and says so") {
    tape.time_up(0);
    CHECK(match(tape)[0].proof == Transit::Proof::Timer);
  }
  SECTION("nothing at all leaves it open") { CHECK(match(tape)[0].fate == Transit::Fate::Unsettled); }
}

TEST_CASE("a packet that comes after its absence was proved is the device's own", "[match]") {
  Tape tape;
  tape.sent(0, Party::Client, Tape::client_segment(flag::Syn, 100));
  tape.marker(Party::Client, 7);
  tape.marker(Party::Client, 8);
  tape.received(Party::Server, Tape::client_segment(flag::Syn, 100));
  const auto transits = match(tape);
  REQUIRE(transits.size() == 2);
  CHECK(transits[0].fate == Transit::Fate::Dropped);
  CHECK(transits[1].fate == Transit::Fate::Made);
}

TEST_CASE("when a marker is lost as well a missing packet proves nothing", "[match]") {
  Tape tape;
  tape.sent(0, Party::Client, Tape::client_segment(flag::Syn, 100));
  tape.lost_marker(Party::Client, 7);
  tape.marker(Party::Client, 8);
  tape.marker(Party::Client, 9);
  const auto transits = match(tape);
  CHECK(transits[0].fate == Transit::Fate::Unsettled);
  CHECK(transits[0].marker_lost);
}

TEST_CASE("a marker sent before a packet says nothing about it", "[match]") {
  Tape tape;
  tape.marker(Party::Client, 7);
  tape.sent(0, Party::Client, Tape::client_segment(flag::Rst, 100));
  CHECK(match(tape)[0].fate == Transit::Fate::Unsettled);
}

TEST_CASE("a frame that nobody sent was made by the device", "[match]") {
  Tape tape;
  tape.sent(0, Party::Client, Tape::client_segment(flag::Syn, 100));
  tape.received(Party::Client, Tape::server_segment(flag::Rst | flag::Ack, 0, 101));
  const auto transits = match(tape);
  REQUIRE(transits.size() == 2);
  CHECK(transits[1].fate == Transit::Fate::Made);
  CHECK(transits[1].to == Party::Client);
}

TEST_CASE("a frame that comes out twice was multiplied", "[match]") {
  Tape tape;
  tape.sent(0, Party::Client, Tape::client_segment(flag::Syn, 100));
  tape.received(Party::Server, Tape::client_segment(flag::Syn, 100));
  tape.received(Party::Server, Tape::client_segment(flag::Syn, 100));
  const auto transits = match(tape);
  REQUIRE(transits.size() == 1);
  CHECK(transits[0].received.size() == 2);
}

TEST_CASE("retransmissions of the same octets are told apart by their IP ID", "[match]") {
  Tape tape;
  const auto data = Tape::client_segment(flag::Psh | flag::Ack, 101, 501, 100);
  tape.sent(0, Party::Client, data);  // IP ID 1
  tape.sent(1, Party::Client, data);  // IP ID 2
  auto second = data;
  second.ip_id = 2;
  tape.received(Party::Server, second);
  tape.marker(Party::Client, 1);
  tape.marker(Party::Client, 2);
  const auto transits = match(tape);
  CHECK(transits[0].fate == Transit::Fate::Dropped);
  CHECK(transits[1].fate == Transit::Fate::Crossed);
}

TEST_CASE("where nothing tells equal frames of two lines apart the result is no guess", "[match]") {
  Tape tape;
  const auto data = Tape::client_segment(flag::Psh | flag::Ack, 101, 501, 100);
  tape.sent(0, Party::Client, data);
  tape.sent(1, Party::Client, data);
  auto rewritten = data;
  rewritten.ip_id = 999;
  tape.received(Party::Server, rewritten);
  tape.marker(Party::Client, 1);
  const auto transits = match(tape);
  CHECK(transits[0].fate == Transit::Fate::Ambiguous);
}

TEST_CASE("an equal frame that was proved to be dropped before is no candidate", "[match]") {
  Tape tape;
  const auto data = Tape::client_segment(flag::Psh | flag::Ack, 101, 501, 100);
  tape.sent(0, Party::Client, data);
  tape.marker(Party::Client, 1);
  tape.marker(Party::Client, 2);
  tape.sent(1, Party::Client, data);
  auto rewritten = data;
  rewritten.ip_id = 999;
  tape.received(Party::Server, rewritten);
  const auto transits = match(tape);
  CHECK(transits[0].fate == Transit::Fate::Dropped);
  CHECK(transits[1].fate == Transit::Fate::Crossed);
}

TEST_CASE("a shifted initial sequence number is recognised and must stay constant", "[match][rfc6528]") {
  Tape tape;
  tape.sent(0, Party::Client, Tape::client_segment(flag::Syn, 100));
  tape.received(Party::Server, Tape::client_segment(flag::Syn, 5100));
  tape.sent(1, Party::Client, Tape::client_segment(flag::Psh | flag::Ack, 101, 501, 50));
  SECTION("by the same offset: a matter of transparency") {
    auto shifted = Tape::client_segment(flag::Psh | flag::Ack, 101, 501, 50);
    shifted.seq = 5101;
    tape.received(Party::Server, shifted);
    const auto transits = match(tape);
    REQUIRE(transits.size() == 2);
    REQUIRE(change(transits[1], "seq") != nullptr);
    CHECK(change(transits[1], "seq")->layer == observe::Layer::Transparency);
  }
  SECTION("by another offset: damage") {
    auto shifted = Tape::client_segment(flag::Psh | flag::Ack, 101, 501, 50);
    shifted.seq = 7101;
    tape.received(Party::Server, shifted);
    const auto transits = match(tape);
    REQUIRE(transits.size() == 2);
    REQUIRE(change(transits[1], "seq") != nullptr);
    CHECK(change(transits[1], "seq")->layer == observe::Layer::Integrity);
  }
}

TEST_CASE("acknowledgments follow the shift of the other direction", "[match][rfc6528]") {
  Tape tape;
  tape.sent(0, Party::Client, Tape::client_segment(flag::Syn, 100));
  tape.received(Party::Server, Tape::client_segment(flag::Syn, 5100));
  tape.sent(1, Party::Server, Tape::server_segment(flag::Syn | flag::Ack, 500, 5101));
  tape.received(Party::Client, Tape::server_segment(flag::Syn | flag::Ack, 500, 101));
  const auto transits = match(tape);
  REQUIRE(transits.size() == 2);
  CHECK(transits[1].fate == Transit::Fate::Crossed);
  REQUIRE(change(transits[1], "ack") != nullptr);
  CHECK(change(transits[1], "ack")->layer == observe::Layer::Transparency);
}

TEST_CASE("each change has its field and its layer", "[match]") {
  Tape tape;
  auto sent = Tape::client_segment(flag::Psh | flag::Ack, 101, 501, 50);
  sent.options = {2, 4, 5, 0xb4};
  tape.sent(0, Party::Client, sent);
  auto arrived = sent;
  struct Row {
    const char* field;
    observe::Layer layer;
  };
  Row row{};
  SECTION("window") {
    arrived.window = 77;
    row = {"win", observe::Layer::Transparency};
  }
  SECTION("ttl") {
    arrived.ttl = 12;
    row = {"ttl", observe::Layer::Transparency};
  }
  SECTION("type of service") {
    arrived.tos = 3;
    row = {"tos", observe::Layer::Transparency};
  }
  SECTION("a lowered MSS") {
    arrived.options = {2, 4, 2, 0x18};
    row = {"mss", observe::Layer::Transparency};
  }
  SECTION("an option taken away") {
    arrived.options = {};
    row = {"mss", observe::Layer::Transparency};
  }
  SECTION("payload") {
    arrived.payload[3] ^= 1;
    row = {"data", observe::Layer::Integrity};
  }
  SECTION("checksum") {
    arrived.checksum = craft::Checksum::Wrong;
    row = {"checksum", observe::Layer::Integrity};
  }
  tape.received(Party::Server, arrived);
  const auto transits = match(tape);
  REQUIRE(transits.size() == 1);
  REQUIRE(transits[0].changes.size() == 1);
  CHECK(transits[0].changes[0].field == row.field);
  CHECK(transits[0].changes[0].layer == row.layer);
  CHECK_FALSE(transits[0].changes[0].allowed);
}

TEST_CASE("what the bench allows is listed as allowed", "[match]") {
  Tape tape;
  tape.sent(0, Party::Client, Tape::client_segment(flag::Syn, 100));
  auto arrived = Tape::client_segment(flag::Syn, 100);
  arrived.ttl = 63;
  tape.received(Party::Server, arrived);
  scenario::Allow allow;
  allow.ttl = scenario::Allow::Ttl::Decrement;
  CHECK(match(tape, allow)[0].changes[0].allowed);
}

TEST_CASE("a client behind a NAT is recognised by what it sent", "[match][rfc4787]") {
  Tape tape;
  tape.sent(0, Party::Client, Tape::client_segment(flag::Syn, 100));
  auto arrived = Tape::client_segment(flag::Syn, 100);
  arrived.src = *wire::parse_address("198.18.0.254");
  arrived.src_port = 40001;
  tape.received(Party::Server, arrived);
  scenario::Allow allow;
  allow.translate_source = true;
  const auto transits = match(tape, allow);
  REQUIRE(transits.size() == 1);
  CHECK(transits[0].fate == Transit::Fate::Crossed);
  for (const auto& found : transits[0].changes) CHECK(found.allowed);
}

TEST_CASE("a frame overtaken by one sent after it is reordered", "[match]") {
  Tape tape;
  const auto first = Tape::client_segment(flag::Ack, 101, 501, 50);
  const auto second = Tape::client_segment(flag::Ack, 151, 501, 50);
  tape.sent(0, Party::Client, first);
  tape.sent(0, Party::Client, second);
  tape.received(Party::Server, second);
  auto late = first;
  late.ip_id = 1;
  tape.received(Party::Server, late);
  const auto transits = match(tape);
  CHECK(transits[0].reordered);
  CHECK_FALSE(transits[1].reordered);
}
