// SPDX-License-Identifier: Apache-2.0
// TCP on both sides of the proxy: what crosses, what does not, and how connections end.
#include <algorithm>

#include "tests/harness/device/street.hpp"
#include "tests/support/catch.hpp"

using namespace twinwire;
using namespace twinwire::test;
using namespace std::chrono_literals;
namespace flag = wire::tcp_flag;

namespace {

const Box proxy{"terminating", {{"inspection", "on"}}};

Octets text(const std::string& words) { return {words.begin(), words.end()}; }

Octets many(std::size_t count, std::uint32_t seed) {
  Octets octets(count);
  for (std::uint8_t& octet : octets) {
    seed = seed * 1'664'525U + 1'013'904'223U;
    octet = static_cast<std::uint8_t>(seed >> 24U);
  }
  return octets;
}

tcp::State state(const host::LiveEnd& end) { return end.endpoint().state(); }

/// A connection over which both sides have spoken plain text.
Call& plain(Street& street) {
  Call& call = street.connect();
  call.client.send(text("hello"), street.now);
  REQUIRE(street.until([&] { return call.server.received() == text("hello"); }));
  call.server.send(text("welcome"), street.now);
  REQUIRE(street.until([&] { return call.client.received() == text("welcome"); }));
  return call;
}

/// A connection over which TLS is complete.
struct Secured {
  explicit Secured(const std::vector<Box>& boxes, std::size_t at = 0) : street(boxes), call(street.connect()) {
    street.box(at).trust(origin.credentials());
    call.server.start_tls(origin.accept());
    call.client.start_tls(tls::Client(tls::ClientSettings{}).connect());
    const auto complete = [](const host::LiveEnd& end) {
      return end.peer()->facts().progress == tls::Progress::Complete;
    };
    REQUIRE(street.until([&] { return complete(call.client) && complete(call.server); }));
  }
  tls::Server origin{tls::ServerSettings{}};
  Street street;
  Call& call;
};

bool closed_by_fins(const host::LiveEnd& end) { return end.gone() && end.endpoint().ending() == tcp::Ending::None; }

}  // namespace

// What crosses.

TEST_CASE("the client is answered before the server knows of it, and no segment of the client's crosses",
          "[terminating][tcp]") {
  Street street({proxy});
  Call& call = street.connect();
  CHECK(street.delivered.size() == 1);
  CHECK(state(call.server) == tcp::State::Listen);
  const wire::Packet answer = street.delivered[0].packet();
  CHECK(answer.src_mac == server_mac);
  CHECK(answer.dst_mac == client_mac);

  call.client.send(text("GET /"), street.now);
  CHECK(street.until([&] { return call.server.received() == text("GET /"); }));
  const auto first = std::ranges::find(street.delivered, Party::Server, &Delivered::to);
  const wire::Packet syn = first->packet();
  CHECK(syn.tcp->flags == flag::Syn);
  CHECK(syn.tcp->seq != call.client.endpoint().snd_una() - 6);  // the client's own
  CHECK(syn.src_mac == client_mac);
  CHECK(syn.dst_mac == server_mac);
  CHECK(syn.src == call.tuple.client);
  CHECK(syn.dst == call.tuple.server);
  CHECK(syn.tcp->src_port == call.tuple.client_port);
  CHECK(syn.tcp->dst_port == call.tuple.server_port);
}

TEST_CASE("a server that speaks first is reached after a second of silence", "[terminating][tcp]") {
  Street street({proxy});
  Call& call = street.connect();
  street.pass(900ms);
  CHECK(state(call.server) == tcp::State::Listen);
  street.pass(200ms);
  CHECK(state(call.server) == tcp::State::Established);
  call.server.send(text("220 ready"), street.now);
  CHECK(street.until([&] { return call.client.received() == text("220 ready"); }));
  call.client.send(text("EHLO"), street.now);
  CHECK(street.until([&] { return call.server.received() == text("EHLO"); }));
}

TEST_CASE("TLS that a client begins late is ended all the same", "[terminating][tcp]") {
  Street street({proxy});
  tls::Server origin{tls::ServerSettings{}};
  street.box().trust(origin.credentials());
  Call& call = street.connect();
  street.pass(30s);
  call.server.start_tls(origin.accept());
  call.client.start_tls(tls::Client(tls::ClientSettings{}).connect());
  CHECK(street.until([&] { return call.client.peer()->facts().progress == tls::Progress::Complete; }));
  CHECK(street.until([&] { return street.counter("handshakes_full") == 1; }));
}

TEST_CASE("the server hears nothing before the ClientHello is whole, however long that takes", "[terminating][tcp]") {
  Street street({proxy});
  tls::Server origin{tls::ServerSettings{}};
  street.box().trust(origin.credentials());
  Call& call = street.connect();
  const auto client = tls::Client(tls::ClientSettings{}).connect();
  const Octets hello = client->take().at(0);
  call.client.send(wire::Bytes(hello).first(100), street.now);
  street.pass(1min);
  CHECK(state(call.server) == tcp::State::Listen);
  call.client.send(wire::Bytes(hello).subspan(100), street.now);
  CHECK(street.until([&] { return state(call.server) == tcp::State::Established; }));
}

TEST_CASE("octets that only begin like TLS are relayed as they are", "[terminating][tcp]") {
  Street street({proxy});
  Call& call = street.connect();
  const Octets odd{22, 3, 1, 0, 4, 99, 1, 2, 3};  // a handshake record that holds no ClientHello
  call.client.send(odd, street.now);
  CHECK(street.until([&] { return call.server.received() == odd; }));
  CHECK(street.counter("relayed_octets") == odd.size());
}

TEST_CASE("the discard service, connections of before, ARP and what is no TCP pass as they are", "[terminating][tcp]") {
  Stage stage("terminating", {{"inspection", "on"}});
  CHECK(passed(stage.client({flag::Ack, 5000, 6000, text("under way")})));
  CHECK(passed(stage.server({flag::Syn, 7000}), Party::Server));
  std::vector<Octets> out;
  const auto emit = [&](Party toward, wire::Bytes frame) {
    CHECK(toward == Party::Server);
    out.emplace_back(frame.begin(), frame.end());
  };
  craft::Builder builder;
  wire::FourTuple discard = stage.tuple();
  discard.server_port = 9;
  const std::vector<Octets> frames{
      write_segment(builder, discard, Party::Client, {flag::Syn, 1}),
      builder.arp_request(client_mac, stage.tuple().client, stage.tuple().server),
  };
  for (const Octets& frame : frames) stage.model().on_frame(Party::Client, {}, frame, emit);
  CHECK(out == frames);
  CHECK(stage.counter("connections_terminated") == 0);
}

TEST_CASE("a SYN with a wrong checksum is neither answered nor passed on", "[terminating][tcp]") {
  Stage stage("terminating", {{"inspection", "on"}});
  CHECK(stage.client({flag::Syn, 1000, 0, {}, craft::Checksum::Wrong}).empty());
  CHECK(stage.counter("connections_terminated") == 0);
  CHECK(stage.client({flag::Syn, 1000}).size() == 1);
}

TEST_CASE("a megabyte each way arrives octet for octet over a bad line on either side", "[terminating][tcp][lossy]") {
  const Box bad{"lossy", {{"drop", "20"}, {"duplicate", "10"}, {"reorder", "20"}}};
  struct Case {
    const char* name;
    std::vector<Box> boxes;
    std::size_t proxy_at;
  };
  for (const Case& of :
       {Case{"client", {bad, proxy}, 1}, Case{"server", {proxy, bad}, 0}, Case{"both", {bad, proxy, bad}, 1}}) {
    INFO("a bad line at: " << of.name);
    Secured scene(of.boxes, of.proxy_at);
    host::LiveEnd& client = scene.call.client;
    host::LiveEnd& server = scene.call.server;
    const Octets up = many(1'000'000, 1), down = many(1'000'000, 2);
    client.send(up, scene.street.now);
    server.send(down, scene.street.now);
    CHECK(scene.street.until(
        [&] { return server.received().size() >= up.size() && client.received().size() >= down.size(); }, 10min));
    CHECK(server.received() == up);
    CHECK(client.received() == down);
    server.follow_close();
    client.close(scene.street.now);
    CHECK(scene.street.until([&] { return closed_by_fins(client) && closed_by_fins(server); }, 5min));
    CHECK(scene.street.box(of.proxy_at).counters().at("relayed_octets") == 2'000'000);
  }
}

// How connections end.

TEST_CASE("a FIN is passed on as a FIN, and the other direction stays open", "[terminating][tcp][rfc9293]") {
  Street street({proxy});
  Call& call = plain(street);
  call.client.finish(street.now);
  CHECK(street.until([&] { return state(call.server) == tcp::State::CloseWait; }));
  street.pass(5s);
  CHECK(state(call.client) == tcp::State::FinWait2);
  call.server.send(text(" and goodbye"), street.now);
  CHECK(street.until([&] { return call.client.received() == text("welcome and goodbye"); }));
  call.server.finish(street.now);
  CHECK(street.until([&] { return closed_by_fins(call.client) && closed_by_fins(call.server); }));
}

TEST_CASE("a RST is passed on as a RST, from either side", "[terminating][tcp][rfc9293]") {
  for (const Party from : {Party::Client, Party::Server}) {
    Street street({proxy});
    Call& call = plain(street);
    host::LiveEnd& resets = from == Party::Client ? call.client : call.server;
    host::LiveEnd& hears = from == Party::Client ? call.server : call.client;
    resets.abort(street.now);
    CHECK(street.until([&] { return hears.endpoint().ending() == tcp::Ending::Reset; }, 1s));
    CHECK(street.box().take_log(call.tuple).empty());
  }
}

TEST_CASE("close_notify is passed on as close_notify, and a FIN without one as that", "[terminating][tcp][rfc8446]") {
  for (const bool notifies : {true, false}) {
    INFO(notifies);
    Secured scene({proxy});
    host::LiveEnd& client = scene.call.client;
    host::LiveEnd& server = scene.call.server;
    notifies ? client.close(scene.street.now) : client.finish(scene.street.now);
    CHECK(scene.street.until([&] { return server.endpoint().peer_finished(); }));
    CHECK(server.peer()->facts().close_notify_received == notifies);
    if (notifies) server.peer()->close();
    server.finish(scene.street.now);
    CHECK(scene.street.until([&] { return closed_by_fins(client) && closed_by_fins(server); }));
    CHECK(client.peer()->facts().close_notify_received == notifies);
  }
}

TEST_CASE("a client that closes without a word is closed to the server too", "[terminating][tcp]") {
  Street street({proxy});
  Call& call = street.connect();
  call.server.follow_close();
  call.client.close(street.now);
  CHECK(street.until([&] { return closed_by_fins(call.client) && closed_by_fins(call.server); }));
}

TEST_CASE("a client that closes within its ClientHello is reset", "[terminating][tcp]") {
  Street street({proxy});
  Call& call = street.connect();
  call.client.send(Octets{22, 3, 1, 2, 0, 1}, street.now);
  call.client.finish(street.now);
  CHECK(street.until([&] { return call.client.endpoint().ending() == tcp::Ending::Reset; }));
  CHECK(state(call.server) == tcp::State::Listen);
  CHECK(street.box().take_log(call.tuple) ==
        std::vector<std::string>{"terminating, client's side: closed within the ClientHello"});
}

TEST_CASE("where the server refuses the connection the client is reset", "[terminating][tcp]") {
  Street street({proxy});
  Call& call = street.connect();
  call.server.close(street.now);  // nobody listens any more
  call.client.send(text("GET /"), street.now);
  CHECK(street.until([&] { return call.client.gone(); }, 1s));
  CHECK(call.client.endpoint().ending() == tcp::Ending::Reset);
  CHECK(street.counter("servers_not_reached") == 1);
  CHECK(street.box().take_log(call.tuple) == std::vector<std::string>{"terminating, server's side: refused"});
}

TEST_CASE("where the server never answers the client is reset after ten seconds", "[terminating][tcp]") {
  Street street({proxy});
  street.server_answers = false;
  Call& call = street.connect();
  call.client.send(text("GET /"), street.now);
  street.pass(9900ms);
  CHECK(state(call.client) == tcp::State::Established);
  street.pass(200ms);
  CHECK(call.client.endpoint().ending() == tcp::Ending::Reset);
  CHECK(street.counter("servers_not_reached") == 1);
  CHECK(street.box().take_log(call.tuple) == std::vector<std::string>{"terminating, server's side: no connection"});
}

TEST_CASE("where the server answers TCP and no TLS the client is reset after ten seconds", "[terminating][tcp]") {
  Street street({proxy});
  Call& call = street.connect();
  call.client.start_tls(tls::Client(tls::ClientSettings{}).connect());
  CHECK(street.until([&] { return state(call.server) == tcp::State::Established; }));
  street.pass(10500ms);
  CHECK(call.client.endpoint().ending() == tcp::Ending::Reset);
  CHECK(call.server.endpoint().ending() == tcp::Ending::Reset);
  CHECK(street.counter("handshakes_failed") == 1);
  CHECK(street.box().take_log(call.tuple) ==
        std::vector<std::string>{"terminating, server's side: no end of the handshake"});
}

// What is kept.

TEST_CASE("a segment that comes after the end does not cross, and after two minutes the connection is forgotten",
          "[terminating][tcp]") {
  for (const bool resets : {true, false}) {
    INFO(resets);
    Street street({proxy});
    Call& call = plain(street);
    call.server.follow_close();
    resets ? call.client.abort(street.now) : call.client.close(street.now);
    REQUIRE(street.until([&] { return call.server.gone() && call.client.gone(); }));
    street.pass(10ms);
    craft::Builder builder;
    const Octets late = write_segment(builder, call.tuple, Party::Server, {flag::Ack, 9'000'500, 1, text("late")});
    std::size_t before = street.delivered.size();
    street.put(Party::Server, late);
    street.pass(10ms);
    REQUIRE(street.delivered.size() == before + 1);
    CHECK(street.delivered.back().to == Party::Server);
    CHECK(street.box().deadline());
    street.pass(2min);
    CHECK_FALSE(street.box().deadline());
    before = street.delivered.size();
    street.put(Party::Server, late);
    street.pass(10ms);
    REQUIRE(street.delivered.size() > before);
    CHECK(street.delivered[before].frame == late);
  }
}

TEST_CASE("the ports of a connection that has ended may be used again at once", "[terminating][tcp]") {
  Stage stage("terminating", {{"inspection", "on"}});
  const auto first = stage.client({flag::Syn, 1000});
  REQUIRE(first.size() == 1);
  CHECK(first[0].tcp().flags == (flag::Syn | flag::Ack));
  stage.client({flag::Rst, 1001});
  const auto second = stage.client({flag::Syn, 5000});
  REQUIRE(second.size() == 1);
  CHECK(second[0].tcp().flags == (flag::Syn | flag::Ack));
  CHECK(second[0].tcp().ack == 5001);
  CHECK(stage.counter("connections_terminated") == 2);
  stage.model().forget(stage.tuple());
  CHECK_FALSE(stage.model().deadline());
}

TEST_CASE("what a server cannot take the proxy does not take either", "[terminating][tcp][flow-control]") {
  Street street({proxy});
  Call& call = plain(street);
  street.server_answers = false;  // its acknowledgments stay out too, because it hears nothing
  call.client.send(many(3'000'000, 3), street.now);
  street.pass(5s);
  const std::uint32_t taken = call.client.endpoint().snd_una() - (1001 + call.tuple.client_port + 5);
  CHECK(taken > 100'000);
  CHECK(taken < 300'000);
  street.server_answers = true;
  CHECK(street.until([&] { return call.server.received().size() == 3'000'005; }, 10min));
}

TEST_CASE("a router's word about the MTU is heard on the side that it is about", "[terminating][tcp][rfc1191]") {
  Street street({proxy});
  Call& call = plain(street);
  craft::Builder builder;
  const Octets quoted = write_segment(builder, call.tuple, Party::Server, {flag::Ack, 1, 1, Octets(8, 0)});
  // Ethernet and IP as of a segment of the client's, with ICMP behind them: destination unreachable, fragmentation
  // needed, next-hop MTU 1000 (RFC 1191 section 4)
  Octets frame = write_segment(builder, call.tuple, Party::Client, {flag::Ack, 1, 1, Octets(16, 0)});
  frame.at(23) = wire::protocol::Icmp;
  const Octets icmp{3, 4, 0, 0, 0, 0, 0x03, 0xE8};
  std::ranges::copy(icmp, frame.begin() + 34);
  std::copy(quoted.begin() + 14, quoted.begin() + 14 + 28, frame.begin() + 42);
  street.put(Party::Client, frame);
  street.pass(10ms);
  CHECK(street.delivered.back().packet().protocol == wire::protocol::Tcp);  // the ICMP went no further
  street.delivered.clear();
  call.client.received().clear();
  call.server.send(many(10'000, 4), street.now);
  CHECK(street.until([&] { return call.client.received().size() == 10'000; }));
  std::size_t to_client = 0, to_server = 0;
  call.client.send(many(10'000, 5), street.now);
  CHECK(street.until([&] { return call.server.received().size() == 10'005; }));
  for (const Delivered& segment : street.delivered) {
    std::size_t& largest = segment.to == Party::Client ? to_client : to_server;
    largest = std::max(largest, segment.packet().ip_payload.size() + 20);
  }
  CHECK(to_client == 1000);
  CHECK(to_server == 1500);
}
