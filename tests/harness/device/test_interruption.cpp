// SPDX-License-Identifier: Apache-2.0
// How an inspecting firewall breaks a connection, segment by segment, and what it keeps of connections and sessions.
#include <algorithm>
#include <array>

#include "harness/device/crossing.hpp"
#include "harness/device/interrupted.hpp"
#include "harness/device/known_sessions.hpp"
#include "harness/device/record_reader.hpp"
#include "tests/generator/tls/exchange.hpp"
#include "tests/harness/device/stage.hpp"
#include "tests/support/catch.hpp"

using namespace twinwire;
using namespace twinwire::test;
namespace flag = wire::tcp_flag;

namespace {

/// What the ends say first where a session is resumed.
struct Flights {
  Octets client, server;
};

Flights resumption() {
  tls::Client client{tls::ClientSettings{}};
  tls::Server server{tls::ServerSettings{}};
  const tls::Session session = session_of(client, server);
  const auto peer = client.connect(&session);
  const auto other_peer = server.accept();
  Flights flights;
  for (const auto& write : peer->take()) flights.client.insert(flights.client.end(), write.begin(), write.end());
  other_peer->receive(flights.client);
  for (const auto& write : other_peer->take()) flights.server.insert(flights.server.end(), write.begin(), write.end());
  return flights;
}

std::uint32_t size_of(const Octets& octets) { return static_cast<std::uint32_t>(octets.size()); }

/// A stage on which the ends have said their first; what came out for the server's flight is in `came`.
struct Broken {
  explicit Broken(const std::string& reaction)
      : stage("inspecting", {{"inspection", "on"}, {"unknown-session", reaction}}) {
    stage.shake_hands();
    client_next = client_iss + 1 + size_of(flights.client);
    REQUIRE(passed(stage.client({flag::Psh | flag::Ack, client_iss + 1, server_iss + 1, flights.client})));
    came = stage.server({flag::Psh | flag::Ack, server_iss + 1, client_next, flights.server});
  }

  Flights flights = resumption();
  Stage stage;
  std::uint32_t client_next = 0;
  std::vector<Came> came;
};

}  // namespace

TEST_CASE("both ends are reset where each expects the next octet", "[inspecting][rfc9293]") {
  Broken broken("reset");
  REQUIRE(broken.came.size() == 2);
  CHECK(broken.came[0].toward == Party::Client);
  CHECK(broken.came[0].tcp().flags == flag::Rst);
  CHECK(broken.came[0].tcp().seq == server_iss + 1);
  CHECK(broken.came[0].packet().src_mac == server_mac);
  CHECK(broken.came[1].toward == Party::Server);
  CHECK(broken.came[1].tcp().flags == flag::Rst);
  CHECK(broken.came[1].tcp().seq == broken.client_next);
  CHECK(broken.came[1].packet().src_mac == client_mac);
  // Nothing of it passes any more, on either side.
  Stage& stage = broken.stage;
  CHECK(stage.client({flag::Ack, broken.client_next, server_iss + 1}).empty());
  CHECK(stage.client({flag::Ack, client_iss + 1, server_iss + 1, broken.flights.client}).empty());
  CHECK(stage.server({flag::Ack, server_iss + 1, broken.client_next, broken.flights.server}).empty());
  CHECK(stage.server({flag::Rst, server_iss + 1}).empty());
  CHECK(stage.counter("segments_dropped") == 5);
}

TEST_CASE("a new SYN begins anew where a connection was broken", "[inspecting]") {
  Broken broken("reset");
  Stage& stage = broken.stage;
  stage.shake_hands(500'000);
  CHECK(stage.counter("connections") == 2);
  CHECK(passed(stage.hello(0, broken.flights.client)));
  const std::uint32_t next = 500'001 + size_of(broken.flights.client);
  CHECK(stage.server({flag::Ack, server_iss + 1, next, broken.flights.server}).size() == 2);
  CHECK(stage.counter("decrypt_error") == 2);
}

TEST_CASE("behind the alert the device ends TCP with the client", "[inspecting][rfc9293]") {
  Broken broken("alert");
  REQUIRE(broken.came.size() == 2);
  const wire::Tcp alert = broken.came[0].tcp();
  CHECK(broken.came[0].toward == Party::Client);
  CHECK(alert.flags == (flag::Psh | flag::Ack | flag::Fin));
  CHECK(alert.seq == server_iss + 1);
  CHECK(alert.ack == broken.client_next);
  CHECK(Octets(alert.payload.begin(), alert.payload.end()) == Octets{21, 3, 3, 0, 2, 2, 51});
  CHECK(broken.came[1].toward == Party::Server);
  CHECK(broken.came[1].tcp().flags == flag::Rst);

  Stage& stage = broken.stage;
  const std::uint32_t behind = server_iss + 1 + 7 + 1;
  // The client repeats its hello, because the alert was lost: it is sent again.
  const auto again = stage.client({flag::Ack, client_iss + 1, server_iss + 1, broken.flights.client});
  REQUIRE(again.size() == 1);
  CHECK(again[0].toward == Party::Client);
  CHECK(again[0].tcp().payload.size() == 7);
  CHECK(again[0].tcp().ack == broken.client_next);
  // It acknowledges, and is not answered.
  CHECK(stage.client({flag::Ack, broken.client_next, behind}).empty());
  // Its FIN is acknowledged, as often as it comes.
  for (int times = 0; times < 2; ++times) {
    const auto last = stage.client({flag::Fin | flag::Ack, broken.client_next, behind});
    REQUIRE(last.size() == 1);
    CHECK(last[0].toward == Party::Client);
    CHECK(last[0].tcp().flags == flag::Ack);
    CHECK(last[0].tcp().seq == behind);
    CHECK(last[0].tcp().ack == broken.client_next + 1);
    CHECK(last[0].tcp().payload.empty());
  }
  // An RST of the client's ends that.
  CHECK(stage.client({flag::Rst, broken.client_next + 1}).empty());
  CHECK(stage.client({flag::Fin | flag::Ack, broken.client_next, behind}).empty());
  CHECK(stage.server({flag::Ack, server_iss + 1, broken.client_next, broken.flights.server}).empty());
}

TEST_CASE("a server that takes another SYN has another connection", "[inspecting]") {
  const Flights flights = resumption();
  Stage stage("inspecting", {{"inspection", "on"}});
  CHECK(passed(stage.client({flag::Syn, client_iss})));
  CHECK(passed(stage.client({flag::Syn, 70'000})));  // the first has come too late
  CHECK(passed(stage.server({flag::Syn | flag::Ack, server_iss, 70'001}), Party::Server));
  CHECK(passed(stage.client({flag::Ack, 70'001, server_iss + 1, flights.client})));
  const auto came = stage.server({flag::Ack, server_iss + 1, 70'001 + size_of(flights.client), flights.server});
  REQUIRE(came.size() == 2);
  CHECK(came[1].tcp().seq == 70'001 + size_of(flights.client));
  CHECK(stage.counter("decrypt_error") == 1);
}

TEST_CASE("what belongs to the connection of before does not come to the one in its place", "[inspecting]") {
  tls::Client client{tls::ClientSettings{}};
  tls::Server server{tls::ServerSettings{}};
  const tls::Exchange before = handshake(client, server);
  const tls::Exchange after = handshake(client, server);
  Stage stage("inspecting", {{"inspection", "on"}});
  const auto say = [&](const tls::Exchange& exchange) {
    const std::uint32_t next = stage.iss + 1 + size_of(exchange.from_client);
    REQUIRE(passed(stage.hello(0, exchange.from_client)));
    REQUIRE(passed(stage.server({flag::Ack, server_iss + 1, next, exchange.from_server}), Party::Server));
  };
  stage.shake_hands();
  say(before);
  stage.shake_hands(800'000);  // without an end of the first
  CHECK(stage.log() == std::vector<std::string>{
                           "undecryptable: no secret was told, TLS 1.3, 198.18.1.2:40001 > 198.18.2.2:443: passed"});
  say(after);
  for (const tls::Exchange* exchange : {&before, &after}) {
    for (const auto& line : exchange->server->take_key_log()) stage.model().learn_secret(line);
  }
  CHECK(stage.counter("connections") == 2);
  CHECK(stage.counter("sessions_learnt") == 1);
  CHECK(stage.counter("undecryptable") == 1);
}

TEST_CASE("a SYN that is refused begins nothing", "[inspecting][rfc9293]") {
  Stage stage("inspecting", {{"inspection", "on"}});
  for (std::uint64_t times = 1; times <= 2; ++times) {
    CHECK(passed(stage.client({flag::Syn, client_iss})));
    CHECK(stage.server({flag::Rst | flag::Ack, 0, client_iss + 1}).size() == 1);
    CHECK(stage.counter("connections") == times);
  }
}

TEST_CASE("octets in order are given out for ever, beyond any wrap of the numbers", "[inspecting]") {
  device::OctetStream stream;
  std::uint32_t seq = 0xFFFF0000U;
  stream.begin(seq);
  const Octets piece(1000, 7);
  wire::Tcp segment;
  segment.payload = piece;
  for (int sent = 0; sent < 1000; ++sent) {
    segment.seq = seq + 1000;  // the second of two first
    CHECK(stream.take(segment).value().empty());
    CHECK(stream.has_hole());
    segment.seq = seq;
    CHECK(stream.take(segment).value().size() == 2000);
    CHECK_FALSE(stream.has_hole());
    CHECK(stream.take(segment).value().empty());  // once more
    seq += 2000;
  }
}

TEST_CASE("an exact RST ends a connection, any other does not", "[inspecting][rfc5961]") {
  for (const std::uint32_t beside : {0U, 1U}) {
    const Flights flights = resumption();
    Stage stage("inspecting", {{"inspection", "on"}});
    stage.shake_hands();
    CHECK(passed(stage.hello(0, flights.client)));
    const std::uint32_t client_next = client_iss + 1 + size_of(flights.client);
    CHECK(stage.client({flag::Rst, client_next + beside}).size() == 1);
    const auto came = stage.server({flag::Ack, server_iss + 1, client_next, flights.server});
    CHECK(passed(came, Party::Server) == (beside == 0));
    CHECK(stage.counter("decrypt_error") == beside);
  }
}

TEST_CASE("the oldest of too many broken connections passes again", "[inspecting]") {
  device::Interrupted interrupted(2);
  const auto tuple = [](std::uint16_t port) { return wire::FourTuple{{}, {}, port, 443}; };
  for (const std::uint16_t port : std::array<std::uint16_t, 4>{1, 2, 1, 3})
    interrupted.add(tuple(port));  // 1 has become younger than 2
  CHECK(interrupted.contains(tuple(1)));
  CHECK_FALSE(interrupted.contains(tuple(2)));
  CHECK(interrupted.contains(tuple(3)));
}

TEST_CASE("the oldest of too many sessions is forgotten", "[inspecting]") {
  using device::NameRule;
  device::KnownSessions sessions(100);
  const auto session = [](std::uint8_t octet) {
    return device::SessionName{tls::Resumption::Ticket, Octets(40, octet)};
  };
  for (const std::uint8_t octet : Octets{1, 2, 1, 3}) sessions.learn(session(octet), "name");
  CHECK(sessions.size() == 2);
  CHECK(sessions.knows(session(1), "name", NameRule::Same));
  CHECK_FALSE(sessions.knows(session(2), "name", NameRule::Same));
  CHECK(sessions.knows(session(3), "name", NameRule::Same));
  CHECK_FALSE(sessions.knows(session(3), "", NameRule::Same));
  CHECK(sessions.knows(session(3), "", NameRule::Any));
  CHECK_FALSE(sessions.knows({tls::Resumption::Psk, Octets(40, 3)}, "name", NameRule::Any));
  sessions.forget(session(3));
  CHECK(sessions.size() == 1);
  sessions.clear();
  sessions.learn(session(4), "name");
  sessions.learn(session(5), "name");
  CHECK(sessions.size() == 2);
}

TEST_CASE("records are read part by part, empty ones too", "[inspecting]") {
  const Octets stream{22, 3, 1, 0, 0, 22, 3, 3, 0, 3, 7, 8, 9, 20, 3, 3, 0, 1, 1};
  for (const std::size_t size : {1U, 2U, 19U}) {
    device::RecordReader reader;
    Octets types;
    Octets payload;
    for (std::size_t at = 0; at < stream.size(); at += size) {
      wire::Bytes piece = wire::Bytes(stream).subspan(at, std::min(size, stream.size() - at));
      while (const auto part = reader.next(piece)) {
        if (part->first) types.push_back(part->type);
        payload.insert(payload.end(), part->octets.begin(), part->octets.end());
        if (part->last) payload.push_back(0xFF);
      }
    }
    CHECK(types == Octets{22, 22, 20});
    CHECK(payload == Octets{0xFF, 7, 8, 9, 0xFF, 1, 0xFF});
    CHECK(reader.between_records());
    CHECK_FALSE(reader.lost());
  }
}

TEST_CASE("what cannot be a record is the end of reading", "[inspecting]") {
  for (const Octets& stream : {Octets{19}, Octets{24}, Octets{22, 2}, Octets{23, 3, 3, 0x48, 0x01}}) {
    device::RecordReader reader;
    wire::Bytes rest = stream;
    CHECK_FALSE(reader.next(rest));
    CHECK(reader.lost());
    const Octets right{22, 3, 3, 0, 0};
    rest = right;
    CHECK_FALSE(reader.next(rest));
  }
  device::RecordReader reader;
  const Octets largest{23, 3, 3, 0x48, 0x00};
  wire::Bytes rest = largest;
  CHECK(reader.next(rest));
}
