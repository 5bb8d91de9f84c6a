// SPDX-License-Identifier: Apache-2.0
// What an accumulating firewall does with a connection: what passes, where it gives up, whom it resets and how, and
// what it says of it.
#include <algorithm>

#include "tests/harness/device/stage.hpp"
#include "tests/support/catch.hpp"

using namespace twinwire;
using namespace twinwire::test;
namespace flag = wire::tcp_flag;

namespace {

const std::string accumulating = "accumulating";

Octets text(std::string_view words) { return {words.begin(), words.end()}; }

/// The only one of these that goes toward that end.
wire::Tcp only(const std::vector<Came>& came, Party toward) {
  const auto is_there = [&](const Came& one) { return one.toward == toward; };
  REQUIRE(std::count_if(came.begin(), came.end(), is_there) == 1);
  return std::find_if(came.begin(), came.end(), is_there)->tcp();
}

/// A stage on which the 13th segment of a hello has broken the limit.
Stage given_up(const device::Settings& settings = {}, wire::Family family = wire::Family::Ipv4) {
  Stage stage(accumulating, settings, family);
  stage.shake_hands();
  REQUIRE(stage.hello(cut(write_hello({.wire_bytes = 6433}), 536)) == 12);
  return stage;
}

}  // namespace

// Packets.

TEST_CASE("twelve packets pass and the thirteenth fails, to the octet", "[accumulating][T01]") {
  struct Row {
    const char* name;
    wire::Family family;
    std::size_t payload, most;
  };
  const auto row = GENERATE(Row{"IPv4", wire::Family::Ipv4, 536, 6432}, Row{"IPv6", wire::Family::Ipv6, 536, 6432},
                            Row{"IPv4 with timestamps", wire::Family::Ipv4, 524, 6288},
                            Row{"IPv6 with timestamps", wire::Family::Ipv6, 524, 6288});
  INFO(row.name);
  for (const std::size_t beyond : {0U, 1U}) {
    Stage stage(accumulating, {}, row.family);
    if (row.payload == 524) stage.use_timestamps();
    stage.shake_hands();
    const auto pieces = cut(write_hello({.wire_bytes = row.most + beyond}), row.payload);
    CHECK(pieces.size() == 12 + beyond);
    CHECK(stage.hello(pieces) == 12);
    CHECK(stage.counter("client_hello_whole") == 1 - beyond);
    CHECK(stage.counter("client_hello_too_many_packets") == beyond);
    CHECK(stage.counter("resets_sent") == 2 * beyond);
  }
}

TEST_CASE("the same limit is 300 octets when the client writes 25 at a time", "[accumulating][T04]") {
  for (const std::size_t beyond : {0U, 1U}) {
    Stage stage(accumulating);
    stage.shake_hands();
    CHECK(stage.hello(cut(write_hello({.wire_bytes = 300 + beyond}), 25)) == 12);
    CHECK(stage.counter("client_hello_too_many_packets") == beyond);
  }
}

TEST_CASE("another limit moves the boundary", "[accumulating][T01]") {
  for (const auto& [limit, passes] : {std::pair{"13", 13U}, {"16", 13U}, {"5", 5U}, {"1", 1U}}) {
    Stage stage(accumulating, {{"packets", limit}});
    stage.shake_hands();
    CHECK(stage.hello(cut(write_hello({.wire_bytes = 6433}), 536)) == passes);
  }
}

TEST_CASE("a hello in sixty packets passes where packets are not limited", "[accumulating]") {
  Stage stage(accumulating, {{"packets", "none"}});
  stage.shake_hands();
  const auto pieces = cut(write_hello({.wire_bytes = 5280}), 88);
  CHECK(pieces.size() == 60);
  CHECK(stage.hello(pieces) == 60);
  CHECK(stage.counter("client_hello_whole") == 1);
}

TEST_CASE("a hello in one packet passes, and so does all that follows", "[accumulating]") {
  Stage stage(accumulating, {{"packets", "1"}});
  stage.shake_hands();
  CHECK(passed(stage.hello(0, write_hello({.wire_bytes = 400}))));
  for (std::size_t sent = 0; sent < 40; ++sent) CHECK(passed(stage.hello(400 + sent * 536, Octets(536, 22))));
  CHECK(
      passed(stage.server({flag::Psh | flag::Ack, server_iss + 1, client_iss + 401, Octets(1460, 22)}), Party::Server));
  CHECK(stage.log().empty());
  CHECK(stage.counter("client_hello_whole") == 1);
}

TEST_CASE("retransmissions and duplicates count as packets", "[accumulating]") {
  Stage stage(accumulating);
  stage.shake_hands();
  const auto pieces = cut(write_hello({.wire_bytes = 1000}), 100);
  for (int sent = 0; sent < 4; ++sent) CHECK(passed(stage.hello(0, pieces[0])));
  for (std::size_t sent = 1; sent < 9; ++sent) CHECK(passed(stage.hello(sent * 100, pieces[sent])));
  CHECK_FALSE(passed(stage.hello(900, pieces[9])));
  CHECK(stage.counter("client_hello_too_many_packets") == 1);
}

TEST_CASE("what carries no data of the client's does not count as a packet", "[accumulating]") {
  Stage stage(accumulating);
  stage.shake_hands();
  const auto pieces = cut(write_hello({.wire_bytes = 600}), 50);
  for (std::size_t sent = 0; sent < pieces.size(); ++sent) {
    CHECK(passed(stage.hello(sent * 50, pieces[sent])));
    const auto next = static_cast<std::uint32_t>(client_iss + 1 + (sent + 1) * 50);
    CHECK(passed(stage.server({flag::Ack, server_iss + 1, next}), Party::Server));
    CHECK(passed(stage.client({flag::Ack, next, server_iss + 1})));
  }
  CHECK(stage.counter("client_hello_whole") == 1);
}

TEST_CASE("a segment with a wrong checksum passes and does not count", "[accumulating][rfc9293]") {
  Stage stage(accumulating, {{"packets", "2"}});
  stage.shake_hands();
  const auto pieces = cut(write_hello({.wire_bytes = 200}), 100);
  for (int sent = 0; sent < 5; ++sent) {
    CHECK(passed(stage.client({flag::Ack, client_iss + 1, server_iss + 1, pieces[0], craft::Checksum::Wrong})));
  }
  CHECK(stage.hello(pieces) == 2);
  CHECK(stage.counter("client_hello_whole") == 1);
}

// Octets and records.

TEST_CASE("a limit of octets holds wherever the cuts are", "[accumulating][T02]") {
  const std::size_t segment = GENERATE(1U, 25U, 536U, 1460U, 70000U);
  const std::size_t records = GENERATE(1U, 3U);
  for (const std::size_t beyond : {0U, 1U}) {
    Stage stage(accumulating, {{"packets", "none"}, {"octets", "2000"}});
    stage.shake_hands();
    const std::vector<std::size_t> sizes(records - 1, 300);
    const auto pieces = cut(write_hello({.wire_bytes = 2000 + beyond, .records = sizes}), segment);
    CHECK((stage.hello(pieces) == pieces.size()) == (beyond == 0));
    CHECK(stage.counter("client_hello_too_many_octets") == beyond);
  }
}

TEST_CASE("what follows the hello in its last segment is none of its octets", "[accumulating][T02]") {
  Stage stage(accumulating, {{"octets", "400"}});
  stage.shake_hands();
  Octets octets = write_hello({.wire_bytes = 400});
  octets.insert(octets.end(), 500, 23);
  CHECK(passed(stage.hello(0, octets)));
  CHECK(stage.counter("client_hello_whole") == 1);
}

TEST_CASE("a hello of 65,600 octets passes where nothing limits it", "[accumulating][T22]") {
  Stage stage(accumulating, {{"packets", "none"}});
  stage.shake_hands();
  const auto pieces = cut(write_hello({.wire_bytes = 65600}), 1460);
  CHECK(stage.hello(pieces) == pieces.size());
  CHECK(stage.counter("client_hello_whole") == 1);
}

TEST_CASE("no connection costs more memory than 256 KiB", "[accumulating]") {
  Stage stage(accumulating, {{"packets", "none"}});
  stage.shake_hands();
  const std::size_t most = 262144;
  CHECK(stage.hello(cut(write_hello({.wire_bytes = most + 1}), 1024)) == most / 1024);
  CHECK(stage.log() == std::vector<std::string>{"Accumulating too many octets 262145 max 262144, 198.18.1.2:40001 > "
                                                "198.18.2.2:443: reset"});
}

TEST_CASE("a limit of records holds wherever the cuts are", "[accumulating][T20]") {
  const std::size_t segment = GENERATE(1U, 64U, 536U, 1460U);
  for (const std::size_t records : {1U, 2U, 3U, 4U}) {
    Stage stage(accumulating, {{"packets", "none"}, {"records", "3"}});
    stage.shake_hands();
    const std::vector<std::size_t> sizes(records - 1, 100);
    const auto pieces = cut(write_hello({.wire_bytes = 1000, .records = sizes}), segment);
    CHECK((stage.hello(pieces) == pieces.size()) == (records <= 3));
    CHECK(stage.counter("client_hello_too_many_records") == (records > 3 ? 1 : 0));
  }
}

// Time.

TEST_CASE("the time runs from the first data to the whole hello", "[accumulating]") {
  Stage stage(accumulating, {{"time", "250ms"}});
  stage.shake_hands();
  CHECK_FALSE(stage.model().deadline());
  const auto pieces = cut(write_hello({.wire_bytes = 300}), 100);
  const time::Instant began(std::chrono::seconds(5));
  stage.now = began;
  CHECK(passed(stage.hello(0, pieces[0])));
  REQUIRE(stage.model().deadline() == began + std::chrono::milliseconds(250));
  stage.now = began + std::chrono::milliseconds(200);
  CHECK(passed(stage.hello(100, pieces[1])));
  REQUIRE(stage.model().deadline() == began + std::chrono::milliseconds(250));
  CHECK(stage.time_comes(began + std::chrono::milliseconds(249)).empty());
  SECTION("whole in time") {
    CHECK(passed(stage.hello(200, pieces[2])));
    CHECK_FALSE(stage.model().deadline());
    CHECK(stage.counter("client_hello_whole") == 1);
  }
  SECTION("too late") {
    const auto came = stage.time_comes(began + std::chrono::milliseconds(250));
    CHECK(only(came, Party::Client).seq == server_iss + 1);
    CHECK(only(came, Party::Server).seq == client_iss + 1 + 200);
    CHECK_FALSE(stage.model().deadline());
    CHECK(stage.hello(200, pieces[2]).empty());
    CHECK(stage.counter("client_hello_too_long") == 1);
    CHECK(stage.log() == std::vector<std::string>{"Accumulating too long, not whole after 250ms, 198.18.1.2:40001 > "
                                                  "198.18.2.2:443: reset"});
  }
}

TEST_CASE("a silent firewall whose time is over only stops forwarding", "[accumulating]") {
  Stage stage(accumulating, {{"time", "1s"}, {"reset", "none"}});
  stage.shake_hands();
  CHECK(passed(stage.hello(0, Octets{22, 3, 1})));
  CHECK(stage.time_comes(time::Instant(std::chrono::seconds(1))).empty());
  CHECK(stage.hello(3, Octets{1}).empty());
  CHECK(stage.log().size() == 1);
}

TEST_CASE("the time of a connection ends with it", "[accumulating]") {
  Stage stage(accumulating, {{"time", "1s"}});
  stage.shake_hands();
  CHECK(passed(stage.hello(0, Octets{22, 3, 1})));
  REQUIRE(stage.model().deadline());
  SECTION("by an exact RST of the client's") { stage.client({flag::Rst, client_iss + 4}); }
  SECTION("by an exact RST of the server's") { stage.server({flag::Rst, server_iss + 1}); }
  SECTION("by the client's FIN") { stage.client({flag::Fin | flag::Ack, client_iss + 4, server_iss + 1}); }
  SECTION("by being forgotten") { stage.model().forget(stage.tuple()); }
  SECTION("by what is no hello") { CHECK(passed(stage.hello(3, Octets{0, 0}))); }
  CHECK_FALSE(stage.model().deadline());
  CHECK(stage.time_comes(time::Instant(std::chrono::seconds(2))).empty());
  CHECK(stage.log().empty());
}

TEST_CASE("a RST or FIN that is not in place does not end the gathering", "[accumulating][rfc5961]") {
  Stage stage(accumulating, {{"time", "1s"}});
  stage.shake_hands();
  CHECK(passed(stage.hello(0, Octets{22, 3, 1})));
  SECTION("a RST of the client's beside RCV.NXT") { stage.client({flag::Rst, client_iss + 5}); }
  SECTION("a RST of the server's beside RCV.NXT") { stage.server({flag::Rst, server_iss + 2}); }
  SECTION("a FIN of the client's behind a hole") {
    stage.client({flag::Fin | flag::Ack, client_iss + 5, server_iss + 1});
  }
  SECTION("a FIN of the server's") { stage.server({flag::Fin | flag::Ack, server_iss + 1, client_iss + 4}); }
  CHECK(stage.model().deadline());
}

// Order.

TEST_CASE("a hello out of order is put in order", "[accumulating][T06]") {
  Stage stage(accumulating);
  stage.shake_hands();
  const auto pieces = cut(write_hello({.wire_bytes = 1200}), 100);
  for (const std::size_t which : {1U, 0U, 5U, 3U, 2U, 11U, 10U, 9U, 8U, 7U, 6U, 4U}) {
    CHECK(passed(stage.hello(which * 100, pieces[which])));
  }
  CHECK(stage.counter("client_hello_whole") == 1);
}

TEST_CASE("where order is required, a hole ends the connection and a duplicate does not", "[accumulating][T06]") {
  Stage stage(accumulating, {{"out-of-order", "reset"}});
  stage.shake_hands();
  const auto pieces = cut(write_hello({.wire_bytes = 500}), 100);
  CHECK(passed(stage.hello(0, pieces[0])));
  CHECK(passed(stage.hello(0, pieces[0])));
  CHECK(passed(stage.hello(100, pieces[1])));
  const auto came = stage.hello(300, pieces[3]);
  CHECK(only(came, Party::Client).has(flag::Rst));
  CHECK(only(came, Party::Server).seq == client_iss + 1 + 200);
  CHECK(stage.log() == std::vector<std::string>{"Accumulating out of order, octet 300 before octet 200, "
                                                "198.18.1.2:40001 > 198.18.2.2:443: reset"});
  CHECK(stage.counter("client_hello_out_of_order") == 1);
}

TEST_CASE("more holes than can be queued cost a segment and not the connection", "[accumulating]") {
  Stage stage(accumulating, {{"packets", "none"}});
  stage.shake_hands();
  const auto pieces = cut(write_hello({.wire_bytes = 1400}), 10);
  for (std::size_t hole = 0; hole < 64; ++hole) CHECK(passed(stage.hello(20 * hole + 10, pieces[2 * hole + 1])));
  CHECK(stage.hello(1290, pieces[129]).empty());
  CHECK(stage.hello(400000, pieces[1]).empty());
  CHECK(stage.counter("segments_unqueued") == 2);
  CHECK(stage.hello(pieces) == pieces.size());
  CHECK(stage.counter("client_hello_whole") == 1);
}

// Where server_name is.

TEST_CASE("a parser that reads once refuses a server_name that it does not see", "[accumulating][T03][T05][T20]") {
  struct Row {
    const char* name;
    HelloShape hello;
    std::size_t segment;
    bool first_packet, first_record;
  };
  const auto row = GENERATE(
      Row{"all in one packet", {.wire_bytes = 400}, 1460, true, true},
      Row{"name in the first of two packets", {.wire_bytes = 2000}, 1460, true, true},
      Row{"name in the second packet", {.wire_bytes = 2600, .before_server_name = 1500}, 1460, false, true},
      Row{"name cut in the middle", {.wire_bytes = 400}, 65, false, true},
      Row{"all but the last octet of the name", {.wire_bytes = 400}, 74, false, true},
      Row{"the name and not an octet more", {.wire_bytes = 400}, 75, true, true},
      Row{"name in the first of two records", {.wire_bytes = 400, .records = {200}}, 1460, true, true},
      Row{"name in the second record", {.wire_bytes = 400, .records = {30}}, 1460, true, false},
      Row{"records of one octet", {.wire_bytes = 1000, .records = std::vector<std::size_t>(90, 1)}, 1460, true, false},
      Row{"no name, one packet", {.wire_bytes = 400, .server_name = ""}, 1460, true, true},
      Row{"no name, two packets", {.wire_bytes = 2000, .server_name = ""}, 1460, false, true},
      Row{"no name, two records", {.wire_bytes = 400, .server_name = "", .records = {30}}, 1460, true, false});
  INFO(row.name);
  for (const auto& [place, passes] :
       {std::pair{"first-packet", row.first_packet}, {"first-record", row.first_record}, {"anywhere", true}}) {
    INFO(place);
    Stage stage(accumulating, {{"sni", place}});
    stage.shake_hands();
    const auto pieces = cut(write_hello(row.hello), row.segment);
    CHECK((stage.hello(pieces) == pieces.size()) == passes);
    CHECK(stage.counter("client_hello_no_server_name") == (passes ? 0 : 1));
    if (!passes)
      CHECK_THAT(stage.log().at(0), ContainsSubstring("without server_name in the first " + std::string(place + 6)));
  }
}

TEST_CASE("a first packet that is not the first of the stream has no server_name", "[accumulating][T06]") {
  Stage stage(accumulating, {{"sni", "first-packet"}});
  stage.shake_hands();
  CHECK(stage.hello(200, Octets(100, 'x')).size() == 2);
  CHECK(stage.counter("client_hello_no_server_name") == 1);
}

// Giving up.

TEST_CASE("the segment that breaks the limit is not forwarded, and each end gets a RST where it expects one",
          "[accumulating][rfc9293]") {
  const auto family = GENERATE(wire::Family::Ipv4, wire::Family::Ipv6);
  const Stage stage = given_up({}, family);
  REQUIRE(stage.broke().size() == 2);
  for (const Came& came : stage.broke()) {
    const wire::Packet packet = came.packet();
    const bool to_client = came.toward == Party::Client;
    CHECK(packet.src_mac == (to_client ? server_mac : client_mac));
    CHECK(packet.dst_mac == (to_client ? client_mac : server_mac));
    CHECK(packet.src == (to_client ? stage.tuple().server : stage.tuple().client));
    CHECK(packet.dst == (to_client ? stage.tuple().client : stage.tuple().server));
    CHECK(packet.ip_checksum_ok);
    const wire::Tcp& tcp = *packet.tcp;
    CHECK(tcp.checksum_ok);
    CHECK(tcp.src_port == (to_client ? 443 : 40001));
    CHECK(tcp.dst_port == (to_client ? 40001 : 443));
    CHECK(tcp.flags == flag::Rst);
    CHECK(tcp.seq == (to_client ? server_iss + 1 : client_iss + 1 + 6432));
    CHECK(tcp.ack == 0);
    CHECK(tcp.payload.empty());
  }
}

TEST_CASE("only the ends that the setting names are reset", "[accumulating]") {
  struct Row {
    const char* setting;
    std::size_t to_client, to_server;
    const char* word;
  };
  const auto row = GENERATE(Row{"both", 1, 1, ": reset"}, Row{"client", 1, 0, ": reset client"},
                            Row{"server", 0, 1, ": reset server"}, Row{"none", 0, 0, ": silent"});
  Stage stage = given_up({{"reset", row.setting}});
  const auto toward = [&](Party end) {
    return static_cast<std::size_t>(std::count_if(stage.broke().begin(), stage.broke().end(),
                                                  [&](const Came& came) { return came.toward == end; }));
  };
  CHECK(toward(Party::Client) == row.to_client);
  CHECK(toward(Party::Server) == row.to_server);
  CHECK(stage.counter("resets_sent") == row.to_client + row.to_server);
  const auto log = stage.log();
  REQUIRE(log.size() == 1);
  CHECK(log[0].substr(log[0].rfind(": ")) == row.word);
}

TEST_CASE("nothing of a connection passes after it was given up", "[accumulating]") {
  Stage stage = given_up({{"reset", GENERATE("both", "none")}});
  CHECK(stage.hello(0, Octets(536, 'x')).empty());
  CHECK(stage.client({flag::Ack, client_iss + 1, server_iss + 1}).empty());
  CHECK(stage.client({flag::Rst, client_iss + 1 + 6432}).empty());
  CHECK(stage.client({flag::Fin | flag::Ack, client_iss + 1 + 6432, server_iss + 1}).empty());
  CHECK(stage.server({flag::Ack, server_iss + 1, client_iss + 1}).empty());
  CHECK(stage.server({flag::Syn | flag::Ack, server_iss, client_iss + 1}).empty());
  CHECK(stage.counter("segments_dropped") == 7);
  CHECK(stage.counter("client_hello_too_many_packets") == 1);
  CHECK(stage.log().size() == 1);
}

TEST_CASE("a second connection on the same tuple is counted anew", "[accumulating][T54]") {
  Stage stage = given_up();
  stage.shake_hands(GENERATE(client_iss, 77U, 4000000000U));
  CHECK(stage.hello(cut(write_hello({.wire_bytes = 6432}), 536)) == 12);
  CHECK(stage.counter("client_hello_whole") == 1);
  stage.shake_hands(5);
  CHECK(stage.hello(cut(write_hello({.wire_bytes = 6433}), 536)) == 12);
  CHECK(stage.counter("client_hello_too_many_packets") == 2);
  CHECK(stage.counter("connections") == 3);
}

TEST_CASE("what was forgotten passes", "[accumulating]") {
  Stage stage = given_up();
  stage.model().forget(stage.tuple());
  CHECK(passed(stage.hello(0, Octets(536, 'x'))));
}

TEST_CASE("the RST goes to where the server has a hole, not to the highest octet", "[accumulating][rfc5961]") {
  Stage stage(accumulating, {{"packets", "3"}});
  stage.shake_hands();
  const auto pieces = cut(write_hello({.wire_bytes = 1000}), 100);
  for (const std::size_t which : {0U, 3U, 2U}) CHECK(passed(stage.hello(which * 100, pieces[which])));
  // The one that would fill the hole is not forwarded, so the server goes on expecting it.
  CHECK(only(stage.hello(100, pieces[1]), Party::Server).seq == client_iss + 1 + 100);
}

TEST_CASE("the RST to the client comes behind what the server has sent in order", "[accumulating]") {
  Stage stage(accumulating, {{"packets", "1"}});
  stage.shake_hands();
  stage.server({flag::Psh | flag::Ack, server_iss + 1, client_iss + 1, Octets(50, 'b')});
  stage.server({flag::Psh | flag::Ack, server_iss + 101, client_iss + 1, Octets(50, 'b')});
  CHECK(passed(stage.hello(0, Octets{22, 3, 1})));
  CHECK(only(stage.hello(3, Octets{0}), Party::Client).seq == server_iss + 51);
}

TEST_CASE("sequence numbers may wrap round within the hello", "[accumulating][rfc9293]") {
  Stage stage(accumulating);
  stage.shake_hands(0xFFFFFFFFU - 3000);
  CHECK(stage.hello(cut(write_hello({.wire_bytes = 6433}), 536)) == 12);
  CHECK(only(stage.broke(), Party::Server).seq == 0xFFFFFFFFU - 3000 + 1 + 6432);
}

// Data in the SYN (RFC 7413).

TEST_CASE("a SYN that breaks a limit is answered as an unacknowledged SYN is", "[accumulating][rfc7413][rfc9293]") {
  Stage stage(accumulating, {{"octets", "300"}});
  const auto came = stage.client({flag::Syn, client_iss, 0, write_hello({.wire_bytes = 301})});
  REQUIRE(came.size() == 1);
  const wire::Tcp rst = only(came, Party::Client);
  CHECK(rst.flags == (flag::Rst | flag::Ack));
  CHECK(rst.seq == 0);
  CHECK(rst.ack == client_iss + 1 + 301);
}

TEST_CASE("data in a SYN is part of the hello if the server takes it", "[accumulating][rfc7413]") {
  const bool taken = GENERATE(true, false);
  Stage stage(accumulating);
  const auto pieces = cut(write_hello({.wire_bytes = 400}), 100);
  CHECK(passed(stage.client({flag::Syn, client_iss, 0, pieces[0]})));
  const std::uint32_t acked = client_iss + 1 + (taken ? 100 : 0);
  CHECK(passed(stage.server({flag::Syn | flag::Ack, server_iss, acked}), Party::Server));
  for (std::size_t which = taken ? 1 : 0; which < 4; ++which) CHECK(passed(stage.hello(which * 100, pieces[which])));
  CHECK(stage.counter("client_hello_whole") == 1);
}

TEST_CASE("data in a SYN that the server did not take is still expected by it", "[accumulating][rfc7413][rfc5961]") {
  Stage stage(accumulating, {{"packets", "1"}});
  const auto pieces = cut(write_hello({.wire_bytes = 400}), 100);
  CHECK(passed(stage.client({flag::Syn, client_iss, 0, pieces[0]})));
  CHECK(passed(stage.server({flag::Syn | flag::Ack, server_iss, client_iss + 1}), Party::Server));
  CHECK(only(stage.hello(0, pieces[0]), Party::Server).seq == client_iss + 1);
}

// What is no hello, and what is no connection.

TEST_CASE("what is no TLS passes after its first segment", "[accumulating]") {
  const Octets first =
      GENERATE(text("GET / HTTP/1.1\r\n"), Octets{22, 2, 0, 1, 0}, Octets{22, 3, 1, 0, 0}, Octets{22, 3, 1, 0xFF, 0xFF},
               Octets{22, 3, 3, 0, 4, 2, 0, 0, 0}, Octets{21, 3, 3, 0, 2});
  Stage stage(accumulating, {{"sni", GENERATE("anywhere", "first-packet", "first-record")}});
  stage.shake_hands();
  CHECK(passed(stage.hello(0, first)));
  for (std::size_t sent = 0; sent < 40; ++sent) CHECK(passed(stage.hello(first.size() + sent * 536, Octets(536, 'x'))));
  CHECK(stage.counter("no_client_hello") == 1);
  CHECK(stage.log().empty());
}

TEST_CASE("what belongs to no connection of a client's passes", "[accumulating]") {
  Stage stage(accumulating);
  for (int sent = 0; sent < 20; ++sent) CHECK(passed(stage.hello(0, Octets(536, 22))));
  CHECK(passed(stage.server({flag::Syn, server_iss}), Party::Server));
  CHECK(stage.counter("connections") == 0);
}

TEST_CASE("a SYN from nowhere does not reset the count of a living connection", "[accumulating][rfc5961]") {
  Stage stage(accumulating);
  stage.shake_hands();
  const auto pieces = cut(write_hello({.wire_bytes = 1300}), 100);
  for (std::size_t sent = 0; sent < 6; ++sent) CHECK(passed(stage.hello(sent * 100, pieces[sent])));
  CHECK(passed(stage.client({flag::Syn, 777777})));
  CHECK(passed(stage.server({flag::Ack, server_iss + 1, client_iss + 601}), Party::Server));
  for (std::size_t sent = 6; sent < 12; ++sent) CHECK(passed(stage.hello(sent * 100, pieces[sent])));
  CHECK(stage.hello(1200, pieces[12]).size() == 2);
}

TEST_CASE("a SYN inside a connection that the server accepts begins a new one", "[accumulating][rfc9293]") {
  Stage stage(accumulating);
  stage.shake_hands();
  const auto old = cut(write_hello({.wire_bytes = 1300}), 100);
  for (std::size_t sent = 0; sent < 6; ++sent) CHECK(passed(stage.hello(sent * 100, old[sent])));
  stage.shake_hands(777777);
  CHECK(stage.hello(cut(write_hello({.wire_bytes = 6433}), 536)) == 12);
  CHECK(only(stage.broke(), Party::Server).seq == 777778 + 6432);
  CHECK(only(stage.broke(), Party::Client).seq == server_iss + 1);
}

// What it says.

TEST_CASE("each give-up is one line, kept until it is taken", "[accumulating]") {
  const auto family = GENERATE(wire::Family::Ipv4, wire::Family::Ipv6);
  Stage stage = given_up({}, family);
  CHECK(stage.model().take_log({stage.tuple().client, stage.tuple().server, 40002, 443}).empty());
  const std::string ends = family == wire::Family::Ipv4 ? "198.18.1.2:40001 > 198.18.2.2:443"
                                                        : "[2001:2:0:1::2]:40001 > [2001:2:0:2::2]:443";
  CHECK(stage.log() == std::vector<std::string>{"Accumulating too many packets 13 max 12, " + ends + ": reset"});
  CHECK(stage.log().empty());
}

TEST_CASE("the counters are all there from the beginning", "[accumulating]") {
  const std::map<std::string, std::uint64_t> none{{"client_hello_no_server_name", 0},
                                                  {"client_hello_out_of_order", 0},
                                                  {"client_hello_too_long", 0},
                                                  {"client_hello_too_many_octets", 0},
                                                  {"client_hello_too_many_packets", 0},
                                                  {"client_hello_too_many_records", 0},
                                                  {"client_hello_whole", 0},
                                                  {"connections", 0},
                                                  {"no_client_hello", 0},
                                                  {"resets_sent", 0},
                                                  {"segments_dropped", 0},
                                                  {"segments_unqueued", 0}};
  CHECK(device::make_model(accumulating, {})->counters() == none);
}

TEST_CASE("a wrong setting is refused by name and changes nothing", "[accumulating]") {
  CHECK_THROWS_WITH(device::make_model(accumulating, {{"packet", "12"}}),
                    "the model 'accumulating' has no setting 'packet'; it has octets, out-of-order, packets, records, "
                    "reset, sni and time");
  CHECK_THROWS_WITH(device::make_model(accumulating, {{"packets", "twelve"}}),
                    "setting 'packets' of the model 'accumulating' is 'twelve', expected a whole number from 1 to "
                    "4294967295, or none");
  for (const auto& [key, value] : {std::pair{"packets", "0"},
                                   {"packets", "-1"},
                                   {"packets", "12 "},
                                   {"packets", ""},
                                   {"octets", "262145"},
                                   {"records", "1.5"},
                                   {"time", "1"},
                                   {"time", "s"},
                                   {"time", "0s"},
                                   {"time", "1 s"},
                                   {"time", "99999999999999999999s"},
                                   {"reset", "yes"},
                                   {"out-of-order", "drop"},
                                   {"sni", "first"}}) {
    CHECK_THROWS_WITH(device::make_model(accumulating, {{key, value}}),
                      ContainsSubstring("setting '" + std::string(key) + "'") && ContainsSubstring(", expected "));
  }
  Stage stage(accumulating);
  CHECK_THROWS(stage.model().configure({{"packets", "1"}, {"reset", "perhaps"}}));
  stage.shake_hands();
  CHECK(stage.hello(cut(write_hello({.wire_bytes = 6433}), 536)) == 12);
}

TEST_CASE("a setting may change while connections stand", "[accumulating]") {
  Stage stage(accumulating);
  stage.shake_hands();
  const auto pieces = cut(write_hello({.wire_bytes = 6433}), 536);
  for (std::size_t sent = 0; sent < 3; ++sent) CHECK(passed(stage.hello(sent * 536, pieces[sent])));
  stage.model().configure({{"packets", "16"}});
  CHECK(stage.hello(pieces) == pieces.size());
}
