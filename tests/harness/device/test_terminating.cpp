// SPDX-License-Identifier: Apache-2.0
// TLS through the proxy: whose sessions are known to whom, and what becomes of those that are not.
#include <algorithm>

#include "tests/harness/device/street.hpp"
#include "tests/support/catch.hpp"

using namespace twinwire;
using namespace twinwire::test;

namespace {

struct Kind {
  const char* name;
  tls::Version version;
  bool tickets;
};
const Kind kinds[] = {{"TLS 1.2, session ID", tls::Version::Tls12, false},
                      {"TLS 1.2, ticket", tls::Version::Tls12, true},
                      {"TLS 1.3, PSK", tls::Version::Tls13, true}};

tls::ClientSettings client_of(tls::Version version, std::uint32_t early_data = 0) {
  tls::ClientSettings settings;
  settings.version = version;
  settings.early_data = early_data;
  return settings;
}

tls::ServerSettings origin_of(const Kind& kind, std::uint32_t early_data = 0) {
  tls::ServerSettings settings;
  settings.tickets = kind.tickets;
  settings.most_early_data = early_data;
  return settings;
}

/// The proxy in front of an origin whose certificate it holds.
struct Scene {
  explicit Scene(const tls::ServerSettings& settings, const device::Settings& proxy = {},
                 wire::Family family = wire::Family::Ipv4)
      : origin(settings), street({{"terminating", proxy}}, family) {
    street.box().trust(origin.credentials());
  }
  void inspect(const char* word) { street.box().configure({{"inspection", word}}); }

  /// A connection as far as its handshake gets.
  Call& begin(const tls::ClientSettings& settings, const tls::Session* resume = nullptr) {
    Call& call = street.connect();
    call.server.start_tls(origin.accept());
    call.client.start_tls(tls::Client(settings).connect(resume));
    street.until([&] { return over(call.client) && over(call.server); });
    return call;
  }
  static bool over(const host::LiveEnd& end) {
    return end.gone() || end.peer()->facts().progress != tls::Progress::Handshaking;
  }
  /// A handshake, an exchange of words, and the newest session that came of it.
  tls::Session session(const tls::ClientSettings& settings) {
    Call& call = begin(settings);
    REQUIRE(talks(call));
    auto sessions = call.client.peer()->take_sessions();
    REQUIRE_FALSE(sessions.empty());
    end(call);
    return sessions.back();
  }
  bool talks(Call& call) {
    const std::string question = "question", answer = "the answer";
    const auto before = call.server.received().size();
    call.client.send({reinterpret_cast<const std::uint8_t*>(question.data()), question.size()}, street.now);
    call.server.send({reinterpret_cast<const std::uint8_t*>(answer.data()), answer.size()}, street.now);
    return street.until([&] {
      const auto& asked = call.server.received();
      return std::string(asked.begin() + static_cast<std::ptrdiff_t>(before), asked.end()) == question &&
             std::string(call.client.received().begin(), call.client.received().end()) == answer;
    });
  }
  void end(Call& call) {
    call.server.follow_close();
    call.client.close(street.now);
    CHECK(street.until([&] { return call.client.gone() && call.server.gone(); }));
  }
  std::vector<std::uint64_t> handshakes() {
    return {street.counter("handshakes_full"), street.counter("handshakes_resumed"),
            street.counter("handshakes_failed")};
  }

  tls::Server origin;
  Street street;
};

const tls::Facts& at_client(const Call& call) { return call.client.peer()->facts(); }
const tls::Facts& at_server(const Call& call) { return call.server.peer()->facts(); }

void check_complete(const Call& call) {
  for (const tls::Facts& facts : {at_client(call), at_server(call)}) {
    CAPTURE(facts.error);
    CHECK(facts.progress == tls::Progress::Complete);
    CHECK_FALSE(facts.alert_sent);
    CHECK_FALSE(facts.alert_received);
  }
}

}  // namespace

// Sessions and the switch.

TEST_CASE("a session of before the switch falls back to a full handshake with the proxy", "[terminating][rfc8446]") {
  for (const Kind& kind : kinds) {
    INFO(kind.name);
    Scene scene(origin_of(kind), {{"tickets", kind.tickets ? "yes" : "no"}});
    const tls::Session session = scene.session(client_of(kind.version));
    CHECK(scene.street.counter("connections_terminated") == 0);
    CHECK(at_client(scene.begin(client_of(kind.version), &session)).resumed);

    scene.inspect("on");
    Call& call = scene.begin(client_of(kind.version), &session);
    check_complete(call);
    CHECK_FALSE(at_client(call).resumed);
    CHECK_FALSE(at_server(call).resumed);
    CHECK(scene.talks(call));
    CHECK(scene.handshakes() == std::vector<std::uint64_t>{1, 0, 0});
  }
}

TEST_CASE("a session that the proxy gave is resumed with the proxy, and a full handshake made behind it",
          "[terminating]") {
  for (const Kind& kind : kinds) {
    INFO(kind.name);
    Scene scene(origin_of(kind), {{"inspection", "on"}, {"tickets", kind.tickets ? "yes" : "no"}});
    const tls::Session session = scene.session(client_of(kind.version));
    CHECK((session.ticket_bytes > 0) == kind.tickets);
    Call& call = scene.begin(client_of(kind.version), &session);
    check_complete(call);
    CHECK(at_client(call).resumed);
    CHECK_FALSE(at_server(call).resumed);
    CHECK(scene.talks(call));
    CHECK(scene.handshakes() == std::vector<std::uint64_t>{1, 1, 0});
  }
}

TEST_CASE("a session that the proxy gave falls back to a full handshake once inspection is off", "[terminating]") {
  for (const Kind& kind : kinds) {
    INFO(kind.name);
    Scene scene(origin_of(kind), {{"inspection", "on"}, {"tickets", kind.tickets ? "yes" : "no"}});
    const tls::Session session = scene.session(client_of(kind.version));
    scene.inspect("off");
    Call& call = scene.begin(client_of(kind.version), &session);
    check_complete(call);
    CHECK_FALSE(at_server(call).resumed);
    CHECK(scene.talks(call));
    CHECK(scene.street.counter("connections_terminated") == 1);
  }
}

TEST_CASE("a proxy that forgets its sessions falls back to full handshakes", "[terminating]") {
  for (const Kind& kind : kinds) {
    INFO(kind.name);
    Scene scene(origin_of(kind), {{"inspection", "on"}, {"tickets", kind.tickets ? "yes" : "no"}});
    const tls::Session session = scene.session(client_of(kind.version));
    scene.street.box().configure({{"sessions", "keep"}});
    CHECK(at_client(scene.begin(client_of(kind.version), &session)).resumed);
    scene.street.box().configure({{"sessions", "clear"}});
    Call& call = scene.begin(client_of(kind.version), &session);
    check_complete(call);
    CHECK_FALSE(at_client(call).resumed);
  }
}

TEST_CASE("what began before the switch stays as it is, on either side of it", "[terminating]") {
  Scene scene(origin_of(kinds[2]));
  Call& passed = scene.begin(client_of(tls::Version::Tls13));
  scene.inspect("on");
  CHECK(scene.talks(passed));
  Call& ended = scene.begin(client_of(tls::Version::Tls13));
  scene.inspect("off");
  CHECK(scene.talks(ended));
  scene.end(passed);
  scene.end(ended);
  CHECK(scene.street.counter("connections_terminated") == 1);
  CHECK(scene.street.counter("relayed_octets") == 18);
}

TEST_CASE("of 300 sessions of before the switch, a hundred of each kind, none breaks", "[terminating]") {
  for (const Kind& kind : kinds) {
    INFO(kind.name);
    Scene scene(origin_of(kind));
    std::vector<tls::Session> sessions;
    while (sessions.size() < 100) sessions.push_back(scene.session(client_of(kind.version)));
    scene.inspect("on");
    for (const tls::Session& session : sessions) {
      Call& call = scene.begin(client_of(kind.version), &session);
      check_complete(call);
      CHECK(scene.talks(call));
      scene.end(call);
    }
    CHECK(scene.handshakes() == std::vector<std::uint64_t>{100, 0, 0});
  }
}

TEST_CASE("the key that is told again costs no session, another one does", "[terminating]") {
  Scene scene(origin_of(kinds[2]), {{"inspection", "on"}});
  const tls::Session session = scene.session(client_of(tls::Version::Tls13));
  scene.street.box().trust(scene.origin.credentials());
  CHECK(at_client(scene.begin(client_of(tls::Version::Tls13), &session)).resumed);
  scene.street.box().trust(tls::make_credentials({"server.example"}));
  Call& call = scene.begin(client_of(tls::Version::Tls13), &session);
  check_complete(call);
  CHECK_FALSE(at_client(call).resumed);
  CHECK(at_client(call).certificate != at_server(call).certificate);
}

// Early data.

TEST_CASE("early data for a session of before the switch is refused, and nothing breaks",
          "[terminating][early-data][rfc8446]") {
  for (const char* takes : {"0", "16384"}) {
    INFO(takes);
    Scene scene(origin_of(kinds[2], 16'384), {{"early-data", takes}});
    const tls::Session session = scene.session(client_of(tls::Version::Tls13));
    CHECK(at_client(scene.begin(client_of(tls::Version::Tls13, 5000), &session)).early_data_accepted);
    scene.inspect("on");
    Call& call = scene.begin(client_of(tls::Version::Tls13, 5000), &session);
    check_complete(call);
    CHECK_FALSE(at_client(call).early_data_accepted);
    CHECK(scene.talks(call));
    CHECK(call.server.received().size() == 8);
  }
}

TEST_CASE("early data that the proxy takes reaches the server behind a full handshake", "[terminating][early-data]") {
  Scene scene(origin_of(kinds[2]), {{"inspection", "on"}, {"early-data", "16384"}});
  const tls::Session session = scene.session(client_of(tls::Version::Tls13));
  Call& call = scene.begin(client_of(tls::Version::Tls13, 5000), &session);
  check_complete(call);
  CHECK(at_client(call).early_data_accepted);
  CHECK_FALSE(at_server(call).early_data_accepted);
  CHECK(scene.street.until([&] { return call.server.received().size() == 5000; }));
  CHECK(scene.talks(call));
}

TEST_CASE("a proxy of TLS 1.2 breaks clients that send early data", "[terminating][early-data][rfc8446]") {
  Scene scene(origin_of(kinds[2], 16'384), {{"versions", "1.2"}});
  tls::ClientSettings both = client_of(tls::Version::Tls13, 5000);
  both.also_older = true;
  const tls::Session session = scene.session(both);
  scene.inspect("on");

  Call& early = scene.begin(both, &session);
  CHECK(at_client(early).progress == tls::Progress::Failed);
  const auto log = scene.street.box().take_log(early.tuple);
  REQUIRE(log.size() == 1);
  CHECK_THAT(log[0], ContainsSubstring("client's side: alert 10 sent"));
  CHECK(scene.handshakes() == std::vector<std::uint64_t>{0, 0, 1});
  CHECK(at_client(early).alert_received == 10);  // unexpected_message: early data is no handshake record

  both.early_data = 0;
  Call& late = scene.begin(both, &session);
  check_complete(late);
  CHECK(at_client(late).version == tls::Version::Tls12);
  CHECK(scene.talks(late));
}

// What the settings change.

TEST_CASE("with the origin's certificate nobody sees the proxy, a forged one is another each time that it is made",
          "[terminating]") {
  Scene scene(origin_of(kinds[2]), {{"inspection", "on"}});
  Call& first = scene.begin(client_of(tls::Version::Tls13));
  CHECK(at_client(first).certificate == at_server(first).certificate);
  scene.street.box().configure({{"certificate", "forged"}});
  Call& forged = scene.begin(client_of(tls::Version::Tls13));
  check_complete(forged);
  CHECK(at_client(forged).certificate.size() == 64);
  CHECK(at_client(forged).certificate != at_server(forged).certificate);
  Call& again = scene.begin(client_of(tls::Version::Tls13));
  CHECK(at_client(again).certificate == at_client(forged).certificate);
}

TEST_CASE("tickets of the proxy grow by as many octets as are asked for", "[terminating][ticket]") {
  const auto bytes = [](const char* more) {
    Scene scene(origin_of(kinds[2]), {{"inspection", "on"}, {"ticket-bytes", more}});
    const tls::Session session = scene.session(client_of(tls::Version::Tls13));
    CHECK(at_client(scene.begin(client_of(tls::Version::Tls13), &session)).resumed);
    return session.ticket_bytes;
  };
  const std::uint32_t usual = bytes("0"), larger = bytes("4096");
  CHECK(larger >= usual + 4096);
  CHECK(larger <= usual + 4096 + 64);
}

TEST_CASE("the server is asked for the client's name and protocols, and its choice is the client's",
          "[terminating][rfc7301]") {
  tls::ServerSettings settings = origin_of(kinds[2]);
  settings.alpn = {"http/1.1"};
  Scene scene(settings, {{"inspection", "on"}});
  tls::ClientSettings client = client_of(tls::Version::Tls13);
  client.server_name = "other.example";
  client.alpn = {"h2", "http/1.1"};
  Call& call = scene.begin(client);
  check_complete(call);
  CHECK(at_server(call).server_name == "other.example");
  CHECK(at_client(call).alpn == "http/1.1");
  CHECK(at_server(call).alpn == "http/1.1");
}

TEST_CASE("a client without server_name is served, over IPv6 too", "[terminating]") {
  Scene scene(origin_of(kinds[2]), {{"inspection", "on"}, {"certificate", "forged"}}, wire::Family::Ipv6);
  tls::ClientSettings client = client_of(tls::Version::Tls13);
  client.server_name = "";
  Call& call = scene.begin(client);
  check_complete(call);
  CHECK(at_server(call).server_name.empty());
  CHECK(scene.talks(call));
}

TEST_CASE("each side has the newest version that it can have", "[terminating][rfc8446]") {
  Scene scene(origin_of(kinds[2]), {{"inspection", "on"}});
  tls::ServerSettings older = origin_of(kinds[2]);
  older.highest = tls::Version::Tls12;
  scene.origin = tls::Server(older);
  Call& call = scene.begin(client_of(tls::Version::Tls13));
  check_complete(call);
  CHECK(at_client(call).version == tls::Version::Tls13);
  CHECK(at_server(call).version == tls::Version::Tls12);
  CHECK(scene.talks(call));
}

// Failures.

TEST_CASE("where no version is shared on the server's side the client is reset", "[terminating]") {
  Scene scene(origin_of(kinds[2]), {{"inspection", "on"}, {"versions", "1.2"}});
  tls::ServerSettings modern = origin_of(kinds[2]);
  modern.lowest = tls::Version::Tls13;
  scene.origin = tls::Server(modern);
  Call& call = scene.begin(client_of(tls::Version::Tls12));
  CHECK(call.client.endpoint().ending() == tcp::Ending::Reset);
  const auto log = scene.street.box().take_log(call.tuple);
  REQUIRE(log.size() == 1);
  CHECK_THAT(log[0], ContainsSubstring("server's side: alert 70 received"));
  CHECK(scene.handshakes() == std::vector<std::uint64_t>{0, 0, 1});
}

TEST_CASE("where no version is shared on the client's side it gets an alert, and the server is reset",
          "[terminating]") {
  Scene scene(origin_of(kinds[2]), {{"inspection", "on"}, {"versions", "1.2"}});
  Call& call = scene.begin(client_of(tls::Version::Tls13));
  CHECK(at_client(call).alert_received == 70);  // protocol_version
  CHECK(scene.street.until([&] { return call.server.endpoint().ending() == tcp::Ending::Reset; },
                           std::chrono::seconds(1)));
  const auto log = scene.street.box().take_log(call.tuple);
  REQUIRE(log.size() == 1);
  CHECK_THAT(log[0], ContainsSubstring("client's side: alert 70 sent"));
  scene.street.pass(std::chrono::milliseconds(100));
  CHECK(std::ranges::none_of(scene.street.delivered, [](const Delivered& segment) {
    return segment.to == Party::Client && segment.tcp().has(wire::tcp_flag::Rst);
  }));
  CHECK(scene.street.box().take_log(call.tuple).empty());
}

TEST_CASE("a client that closes within the handshake is reset, and so is the server", "[terminating]") {
  Scene scene(origin_of(kinds[2]), {{"inspection", "on"}});
  Call& call = scene.street.connect();
  call.client.start_tls(tls::Client(client_of(tls::Version::Tls13)).connect());
  REQUIRE(scene.street.until([&] { return call.server.endpoint().state() == tcp::State::Established; }));
  call.client.start_tls(nullptr);
  call.client.finish(scene.street.now);
  call.server.start_tls(scene.origin.accept());
  CHECK(scene.street.until([&] { return call.client.gone() && call.server.gone(); }, std::chrono::seconds(1)));
  CHECK(call.client.endpoint().ending() == tcp::Ending::Reset);
  CHECK(call.server.endpoint().ending() == tcp::Ending::Reset);
  CHECK(scene.street.box().take_log(call.tuple) ==
        std::vector<std::string>{"terminating, client's side: closed in the handshake"});
  CHECK(scene.handshakes() == std::vector<std::uint64_t>{0, 0, 1});
}

TEST_CASE("a record that is none ends both sides, and is no handshake that failed", "[terminating]") {
  Scene scene(origin_of(kinds[2]), {{"inspection", "on"}});
  Call& call = scene.begin(client_of(tls::Version::Tls13));
  REQUIRE(scene.talks(call));
  call.client.start_tls(nullptr);
  call.client.send(Octets{23, 3,  3,  0,  32, 1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14,
                          15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32},
                   scene.street.now);
  CHECK(scene.street.until([&] { return call.server.endpoint().ending() == tcp::Ending::Reset; }));
  const auto log = scene.street.box().take_log(call.tuple);
  REQUIRE(log.size() == 1);
  CHECK_THAT(log[0], ContainsSubstring("client's side: alert 20 sent"));  // bad_record_mac
  CHECK(scene.handshakes() == std::vector<std::uint64_t>{1, 0, 0});
}

TEST_CASE("without the server's key the proxy resets both, and says why", "[terminating]") {
  Street street({{"terminating", {{"inspection", "on"}}}});
  tls::Server origin(origin_of(kinds[2]));
  Call& call = street.connect();
  call.server.start_tls(origin.accept());
  call.client.start_tls(tls::Client(client_of(tls::Version::Tls13)).connect());
  CHECK(street.until([&] { return call.client.gone() && call.server.gone(); }));
  CHECK(call.client.endpoint().ending() == tcp::Ending::Reset);
  CHECK(call.server.endpoint().ending() == tcp::Ending::Reset);
  const auto log = street.box().take_log(call.tuple);
  REQUIRE(log.size() == 1);
  CHECK_THAT(log[0], ContainsSubstring("the server's certificate and key are not known"));
}

TEST_CASE("a setting that the proxy does not have, or cannot have, is refused", "[terminating]") {
  const auto with = [](const char* key, const char* value) {
    return device::make_model("terminating", {{key, value}});
  };
  CHECK_THROWS_WITH(with("reset", "both"), ContainsSubstring("it has certificate, early-data, inspection, sessions"));
  CHECK_THROWS_WITH(with("inspection", "yes"), ContainsSubstring("expected one of on, off"));
  CHECK_THROWS_WITH(with("versions", "1.3"), ContainsSubstring("expected one of 1.2-1.3, 1.2"));
  CHECK_THROWS_WITH(with("ticket-bytes", "65001"), ContainsSubstring("from 0 to 65000"));
}
