// SPDX-License-Identifier: Apache-2.0
// Sessions: tickets of wanted sizes, offered again and again, to whom they belong and to whom they do not; early data.
#include "tests/generator/tls/exchange.hpp"
#include "tests/support/catch.hpp"

using namespace twinwire;
using namespace twinwire::tls;
using namespace std::chrono_literals;

namespace {

constexpr Version versions[] = {Version::Tls12, Version::Tls13};

/// With groups that are named, because OpenSSL 3.5 sends a share of 1,216 octets if it is left the choice.
ClientSettings client_of(Version version) {
  ClientSettings settings;
  settings.version = version;
  settings.groups = {"X25519", "P-256", "P-384"};
  return settings;
}

ServerSettings with_tickets(std::uint32_t octets) {
  ServerSettings settings;
  settings.ticket_bytes = octets;
  return settings;
}

std::size_t offered_bytes(const wire::ClientHello& hello) {
  return hello.psk_identity_bytes > 0 ? hello.psk_identity_bytes : hello.ticket_bytes;
}

void check_full(const Exchange& exchange) {
  for (const Peer* peer : {exchange.client.get(), exchange.server.get()}) {
    CAPTURE(peer->facts().error);
    CHECK(peer->facts().progress == Progress::Complete);
    CHECK_FALSE(peer->facts().resumed);
    CHECK_FALSE(peer->facts().alert_sent);
  }
  CHECK(exchange.client->facts().certificate.size() == 64);
}

void check_resumed(const Exchange& exchange) {
  for (const Peer* peer : {exchange.client.get(), exchange.server.get()}) {
    CAPTURE(peer->facts().error);
    CHECK(peer->facts().progress == Progress::Complete);
    CHECK(peer->facts().resumed);
  }
  CHECK(exchange.client->facts().certificate.empty());
}

}  // namespace

// Tickets.

// What stands beside the ticket in a hello has always the same size, so one hello tells it for all.
TEST_CASE("a hello grows with the ticket, octet by octet", "[tls][ticket][rfc5077]") {
  for (const Version version : versions) {
    Client client(client_of(version));
    std::optional<std::size_t> beside;
    for (const std::uint32_t octets : {0U, 1024U, 4096U, 6000U, 16'000U, 32'000U, 60'000U, 65'000U}) {
      INFO("TLS " << name(version) << ", " << octets);
      Server server(with_tickets(octets));
      Session session = session_of(client, server);
      CHECK(session.ticket_bytes >= octets + 100);
      CHECK(session.ticket_bytes <= octets + 400);
      Exchange exchange = handshake(client, server, &session);
      check_resumed(exchange);
      const wire::ClientHello hello = exchange.hello();
      CHECK(hello.whole);
      CHECK(offered_bytes(hello) == session.ticket_bytes);
      CHECK(hello.records == (hello.message_bytes + 16'383) / 16'384);
      if (!beside) beside = hello.message_bytes - session.ticket_bytes;
      CHECK(hello.message_bytes == session.ticket_bytes + *beside);
    }
    CHECK(*beside > 150);
    CHECK(*beside < 500);
  }
}

TEST_CASE("a ticket beyond 65,000 octets of application data is refused", "[tls][ticket]") {
  CHECK_NOTHROW(Server(with_tickets(65'000)));
  CHECK_THROWS_WITH(Server(with_tickets(65'001)), ContainsSubstring("65000 are possible"));
}

TEST_CASE("a hello with a large ticket has exactly the wanted octets", "[tls][ticket][hello]") {
  for (const Version version : versions) {
    Client plain(client_of(version));
    Server server(with_tickets(6000));
    const Session session = session_of(plain, server);
    for (const Padding place : {Padding::BeforeServerName, Padding::AfterServerName}) {
      for (const std::uint32_t bytes : {6700U, 6701U, 7000U, 20'000U, 65'600U}) {
        ClientSettings settings = client_of(version);
        settings.padding = place;
        settings.hello_bytes = bytes;
        Client client(settings);
        Exchange exchange = handshake(client, server, &session);
        check_resumed(exchange);
        CHECK(exchange.hello().wire_bytes == bytes);
      }
    }
  }
}

TEST_CASE("a session resumes any number of times from the same DER", "[tls][session]") {
  for (const Version version : versions) {
    for (const bool tickets : {true, false}) {
      Client client(client_of(version));
      ServerSettings settings;
      settings.tickets = tickets;
      Server server(settings);
      const Session session = session_of(client, server);
      for (int i = 0; i < 50; ++i) check_resumed(handshake(client, server, &session));
      Client another(client_of(version));
      check_resumed(handshake(another, server, &session));
    }
  }
}

TEST_CASE("a session is resumed after its first connection was cut off", "[tls][session]") {
  for (const Version version : versions) {
    for (const bool tickets : {true, false}) {
      ServerSettings settings;
      settings.tickets = tickets;
      Client client(client_of(version));
      Server server(settings);
      Exchange first = handshake(client, server);
      const Session session = first.client->take_sessions().at(0);
      first.client.reset();
      first.server.reset();
      check_resumed(handshake(client, server, &session));
    }
  }
}

TEST_CASE("a resumption by PSK brings a new session, which resumes as well", "[tls][session][rfc8446]") {
  Client client(client_of(Version::Tls13));
  Server server(with_tickets(500));
  Session session = session_of(client, server);
  for (int i = 0; i < 5; ++i) {
    Exchange exchange = handshake(client, server, &session);
    check_resumed(exchange);
    const Session next = exchange.client->take_sessions().at(0);
    CHECK(next.der != session.der);
    // One ticket may be a block of 16 octets longer than another, never more: nothing gathers in them.
    CHECK(next.ticket_bytes <= session.ticket_bytes + 16);
    CHECK(session.ticket_bytes <= next.ticket_bytes + 16);
    session = next;
  }
}

TEST_CASE("as many tickets are issued as the server was told", "[tls][ticket][rfc8446]") {
  for (const unsigned count : {0U, 1U, 2U, 50U}) {
    ServerSettings settings;
    settings.ticket_count = count;
    Client client(client_of(Version::Tls13));
    Server server(settings);
    CHECK(handshake(client, server).client->take_sessions().size() == count);
  }
}

// Sessions that do not resume.

TEST_CASE("two servers of the same settings do not know each other's sessions", "[tls][session]") {
  for (const Version version : versions) {
    for (const bool tickets : {true, false}) {
      ServerSettings settings;
      settings.tickets = tickets;
      Client client(client_of(version));
      Server one(settings);
      Server other(settings);
      const Session session = session_of(client, one);
      Exchange exchange = handshake(client, other, &session);
      check_full(exchange);
      CHECK(offered_bytes(exchange.hello()) == session.ticket_bytes);
      CHECK(one.credentials().certificate != other.credentials().certificate);
      CHECK_FALSE(exchange.client->take_sessions().empty());
      check_resumed(handshake(client, one, &session));
    }
  }
}

TEST_CASE("a session is too old when more than its lifetime has passed", "[tls][session]") {
  for (const Version version : versions) {
    for (const bool tickets : {true, false}) {
      INFO("TLS " << name(version) << (tickets ? ", ticket" : ", remembered"));
      ServerSettings settings;
      settings.tickets = tickets;
      settings.session_lifetime = 60s;
      Client client(client_of(version));
      Server server(settings);
      server.age_sessions(1h);  // before it was issued
      const Session session = session_of(client, server);
      server.age_sessions(50s);
      check_resumed(handshake(client, server, &session));
      server.age_sessions(500ms);
      check_resumed(handshake(client, server, &session));
      server.age_sessions(11s);
      Exchange exchange = handshake(client, server, &session);
      check_full(exchange);
      CHECK(offered_bytes(exchange.hello()) == session.ticket_bytes);
      const Session fresh = exchange.client->take_sessions().at(0);
      check_resumed(handshake(client, server, &fresh));
    }
  }
}

// OpenSSL's client would leave it out of a TLS 1.3 hello.
TEST_CASE("a session is offered although its lifetime is over for the client", "[tls][session]") {
  for (const Version version : versions) {
    ServerSettings settings;
    settings.session_lifetime = 60s;
    Client client(client_of(version));
    Server server(settings);
    Session session = session_of(client, server);
    // The time of a session is the element [1] of its DER: an INTEGER of four octets.
    const Octets time_element{0xA1, 0x06, 0x02, 0x04};
    const auto element = std::search(session.der.begin(), session.der.end(), time_element.begin(), time_element.end());
    REQUIRE(session.der.end() - element > 4);
    element[4] = static_cast<std::uint8_t>(element[4] - 1);  // half a year earlier

    CHECK(offered_bytes(handshake(client, server, &session).hello()) == session.ticket_bytes);
    server.age_sessions(300s);
    Exchange exchange = handshake(client, server, &session);
    check_full(exchange);
    CHECK(offered_bytes(exchange.hello()) == session.ticket_bytes);
  }
}

TEST_CASE("a session lives for a second at least", "[tls][session]") {
  ServerSettings settings;
  settings.session_lifetime = 999ms;
  CHECK_THROWS_WITH(Server(settings), ContainsSubstring("one second"));
}

TEST_CASE("a session of another version is not offered", "[tls][session]") {
  Server server{ServerSettings{}};
  Client older(client_of(Version::Tls12));
  Client newer(client_of(Version::Tls13));
  const Session old_session = session_of(older, server);
  const Session new_session = session_of(newer, server);
  check_full(handshake(newer, server, &old_session));
  check_full(handshake(older, server, &new_session));
}

TEST_CASE("what is no session is refused", "[tls][session]") {
  Client client{ClientSettings{}};
  Server server{ServerSettings{}};
  Session session = session_of(client, server);
  session.der.resize(session.der.size() / 2);
  CHECK_THROWS_AS(client.connect(&session), TlsError);
  session.der.clear();
  CHECK_THROWS_AS(client.connect(&session), TlsError);
}

// Client certificates.

TEST_CASE("a client certificate with many names makes a large ticket", "[tls][certificate]") {
  for (const Version version : versions) {
    ServerSettings server_settings;
    server_settings.ask_for_certificate = true;
    Server server(server_settings);
    std::uint32_t before = 0;
    for (const std::uint32_t names : {0U, 1U, 100U, 300U, 1000U}) {
      ClientSettings settings = client_of(version);
      settings.certificate_names = names;
      Client client(settings);
      Exchange first = handshake(client, server);
      check_full(first);
      const Session session = first.client->take_sessions().at(0);
      CHECK(session.ticket_bytes >= before + 20 * (names - std::min(names, 300U)));
      if (names == 300) CHECK(session.ticket_bytes > 6000);
      CHECK((names == 0 || session.ticket_bytes > before));
      before = session.ticket_bytes;
      Exchange second = handshake(client, server, &session);
      check_resumed(second);
      CHECK(offered_bytes(second.hello()) == session.ticket_bytes);
    }
  }
}

TEST_CASE("a large client certificate goes through records of any size", "[tls][certificate][records]") {
  for (const Version version : versions) {
    for (const std::uint32_t size : {1U, 256U, 4096U}) {
      ServerSettings server_settings;
      server_settings.ask_for_certificate = true;
      ClientSettings settings = client_of(version);
      settings.certificate_names = 300;
      settings.records.sizes = server_settings.records.sizes = {size};
      Client client(settings);
      Server server(server_settings);
      const Session session = session_of(client, server);
      check_resumed(handshake(client, server, &session));
    }
  }
}

TEST_CASE("a client certificate of more than 100,000 octets is taken", "[tls][certificate]") {
  for (const Version version : versions) {
    ServerSettings server_settings;
    server_settings.ask_for_certificate = true;
    server_settings.tickets = false;  // it would not fit into one
    ClientSettings settings = client_of(version);
    settings.certificate_names = 6000;
    Client client(settings);
    Server server(server_settings);
    Exchange exchange = handshake(client, server);
    check_full(exchange);
    CHECK(exchange.from_client.size() > 110'000);
    const Session session = exchange.client->take_sessions().at(0);
    check_resumed(handshake(client, server, &session));
  }
}

// Early data.

namespace {

struct EarlyDataCase {
  std::uint32_t sent, most;
  std::uint32_t expected;
};

ClientSettings with_early_data(std::uint32_t octets) {
  ClientSettings settings = client_of(Version::Tls13);
  settings.early_data = octets;
  return settings;
}

}  // namespace

TEST_CASE("early data arrives before the handshake is over, as much as the session allows", "[tls][early]") {
  for (const EarlyDataCase& test : {EarlyDataCase{1, 16'384, 1},
                                    {1000, 16'384, 1000},
                                    {65'536, 65'536, 65'536},
                                    {1'000'000, 1'000'000, 1'000'000},
                                    {2000, 500, 500}}) {
    for (const std::uint32_t records : {0U, 1U, 100U}) {
      if (records > 0 && test.sent > 65'536) continue;
      INFO(test.sent << " of " << test.most << ", records of " << records);
      ServerSettings server_settings;
      server_settings.most_early_data = test.most;
      ClientSettings settings = with_early_data(test.sent);
      if (records > 0) settings.records.sizes = server_settings.records.sizes = {records};
      Client client(settings);
      Server server(server_settings);
      Exchange first = handshake(client, server);
      CHECK(first.server->read().empty());
      CHECK_FALSE(first.hello().early_data);
      const Session session = first.client->take_sessions().at(0);
      for (int i = 0; i < 2; ++i) {
        Exchange exchange{client.connect(&session), server.accept(), {}, {}};
        for (const Octets& write : exchange.client->take()) exchange.server->receive(write);
        CHECK(exchange.server->facts().progress == Progress::Handshaking);
        CHECK(exchange.server->read().size() == test.expected);
        exchange.run();
        check_resumed(exchange);
        CHECK(exchange.client->facts().early_data_accepted);
        CHECK(exchange.server->facts().early_data_accepted);
      }
    }
  }
}

TEST_CASE("early data counts for nothing in the size of the hello", "[tls][early][hello]") {
  ServerSettings server_settings;
  server_settings.most_early_data = 40'000;
  Server server(server_settings);
  ClientSettings settings = with_early_data(30'000);
  Client plain(settings);
  const Session session = session_of(plain, server);
  for (const std::uint32_t bytes : {700U, 701U, 20'000U}) {
    settings.hello_bytes = bytes;
    Client client(settings);
    Exchange exchange = handshake(client, server, &session);
    CHECK(exchange.hello().wire_bytes == bytes);
    CHECK(exchange.hello().early_data);
    CHECK(exchange.client->facts().early_data_accepted);
    CHECK(exchange.server->read().size() == 30'000);
    CHECK(exchange.from_client.size() > bytes + 30'000);
  }
}

TEST_CASE("early data that is refused is lost, and the handshake goes on", "[tls][early]") {
  ServerSettings server_settings;
  server_settings.most_early_data = 100'000;
  Server issuer(server_settings);
  Client client(with_early_data(100'000));
  const Session session = session_of(client, issuer);

  SECTION("by a server that does not know the session") {
    Server stranger(server_settings);
    Exchange exchange = handshake(client, stranger, &session);
    check_full(exchange);
    CHECK_FALSE(exchange.client->facts().early_data_accepted);
    CHECK_FALSE(exchange.server->facts().early_data_accepted);
    CHECK(exchange.server->read().empty());
  }
  SECTION("by a server that takes none") {
    Server stranger{ServerSettings{}};
    Exchange exchange = handshake(client, stranger, &session);
    check_full(exchange);
    CHECK_FALSE(exchange.client->facts().early_data_accepted);
    CHECK(exchange.server->read().empty());
  }
  SECTION("by a server that asks for another share") {
    server_settings.groups = {"P-384"};
    Server stranger(server_settings);
    Exchange exchange = handshake(client, stranger, &session);
    check_full(exchange);
    CHECK(exchange.client->facts().hello_retry);
    CHECK_FALSE(exchange.client->facts().early_data_accepted);
    CHECK(exchange.server->read().empty());
  }
  SECTION("because the session is too old for it") {
    issuer.age_sessions(60s);
    Exchange exchange = handshake(client, issuer, &session);
    check_resumed(exchange);
    CHECK_FALSE(exchange.client->facts().early_data_accepted);
    CHECK(exchange.server->read().empty());
  }
}

TEST_CASE("no early data is sent with a session that allows none", "[tls][early]") {
  Client client(with_early_data(1000));
  Server server{ServerSettings{}};
  const Session session = session_of(client, server);
  Exchange exchange = handshake(client, server, &session);
  check_resumed(exchange);
  CHECK_FALSE(exchange.hello().early_data);
}
