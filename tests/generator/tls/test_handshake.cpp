// SPDX-License-Identifier: Apache-2.0
// Handshakes of two peers in memory: every version, every way of resumption, every cut of the records.
#include "tests/generator/tls/exchange.hpp"
#include "tests/support/catch.hpp"

using namespace twinwire;
using namespace twinwire::tls;

namespace {

struct Case {
  const char* name;
  Version version;
  bool tickets;
  bool resumes;
};

// What "psk" is in TLS 1.3 with a ticket is "ticket" in TLS 1.2; without tickets the server's memory holds the session.
const Case cases[] = {
    {"TLS 1.2, full", Version::Tls12, true, false},
    {"TLS 1.2, by session ID", Version::Tls12, false, true},
    {"TLS 1.2, by ticket", Version::Tls12, true, true},
    {"TLS 1.3, full", Version::Tls13, true, false},
    {"TLS 1.3, by PSK", Version::Tls13, true, true},
    {"TLS 1.3, by PSK of a remembered session", Version::Tls13, false, true},
};

ClientSettings client_of(Version version) {
  ClientSettings settings;
  settings.version = version;
  return settings;
}

void check_application_data(Exchange& exchange) {
  const Octets question{'a', 'b', 'c'};
  const Octets answer(40'000, 'x');
  exchange.client->write(question);
  exchange.run();
  CHECK(exchange.server->read() == question);
  exchange.server->write(answer);
  exchange.run();
  CHECK(exchange.client->read() == answer);
}

void check_close(Exchange& exchange) {
  exchange.client->close();
  exchange.run();
  CHECK(exchange.server->facts().progress == Progress::Closed);
  exchange.server->close();
  exchange.run();
  CHECK(exchange.client->facts().progress == Progress::Closed);
  CHECK_FALSE(exchange.client->facts().alert_received);
  CHECK_FALSE(exchange.server->facts().alert_received);
}

}  // namespace

TEST_CASE("a handshake completes, full and resumed, however its records are cut", "[tls][rfc8446][rfc5246]") {
  for (const Case& test : cases) {
    for (const std::uint32_t size : {0U, 1U, 5U, 256U, 4096U}) {
      INFO(test.name << ", records of " << size);
      ClientSettings client_settings = client_of(test.version);
      ServerSettings server_settings;
      server_settings.tickets = test.tickets;
      if (size > 0) client_settings.records.sizes = server_settings.records.sizes = {size};
      Client client(client_settings);
      Server server(server_settings);
      std::optional<Session> session;
      if (test.resumes) session = session_of(client, server);

      Exchange exchange = handshake(client, server, session ? &*session : nullptr);
      for (const Peer* peer : {exchange.client.get(), exchange.server.get()}) {
        CAPTURE(peer->facts().error);
        CHECK(peer->facts().progress == Progress::Complete);
        CHECK(peer->facts().version == test.version);
        CHECK(peer->facts().resumed == test.resumes);
        CHECK_FALSE(peer->facts().alert_sent);
        CHECK_FALSE(peer->facts().hello_retry);
      }
      CHECK(exchange.server->facts().server_name == "server.example");
      CHECK(exchange.client->facts().certificate.empty() == test.resumes);
      const wire::ClientHello hello = exchange.hello();
      CHECK(hello.whole);
      if (size > 0) CHECK(hello.records == (hello.message_bytes + size - 1) / size);
      check_application_data(exchange);
      check_close(exchange);
    }
  }
}

TEST_CASE("a hello says by what it wants to be resumed", "[tls][rfc5077][rfc8446]") {
  for (const Case& test : cases) {
    if (!test.resumes) continue;
    INFO(test.name);
    ServerSettings settings;
    settings.tickets = test.tickets;
    Client client(client_of(test.version));
    Server server(settings);
    const Session session = session_of(client, server);
    CHECK(session.version == test.version);
    Exchange exchange = handshake(client, server, &session);
    const wire::ClientHello hello = exchange.hello();
    const bool tls12 = test.version == Version::Tls12;
    CHECK(session.ticket_bytes == (tls12 ? hello.ticket_bytes : hello.psk_identity_bytes));
    CHECK((session.ticket_bytes == 0) == (tls12 && !test.tickets));
    CHECK(hello.session_id_bytes == 32);
  }
}

// TLS 1.3 adds 17 octets to what it encrypts: the type, and a tag of 16 (RFC 8446 section 5.2).
TEST_CASE("encrypted handshake messages are cut as well, application data is not", "[tls][records][rfc8446]") {
  ServerSettings server_settings;
  server_settings.records.sizes = {1000, 100};
  ClientSettings client_settings = client_of(Version::Tls13);
  client_settings.records.sizes = {20};
  Client client(client_settings);
  Server server(server_settings);
  Exchange exchange = handshake(client, server);
  std::size_t encrypted = 0;
  for (const wire::TlsRecord& record : wire::read_tls_records(exchange.from_server)) {
    if (record.type != wire::tls_content::ApplicationData) continue;
    CHECK(record.payload.size() <= 100 + 17);
    ++encrypted;
  }
  CHECK(encrypted > 5);
  for (const wire::TlsRecord& record : wire::read_tls_records(exchange.from_client)) {
    CHECK(record.payload.size() <= 20 + 17);
  }
  for (Peer* peer : {exchange.client.get(), exchange.server.get()}) {
    peer->write(Octets(10'000, 'x'));
    const std::vector<Octets> writes = peer->take();
    REQUIRE(writes.size() == 1);
    CHECK(writes[0].size() == 5 + 10'000 + 17);
  }
}

TEST_CASE("sizes of records go on from one hello to the next", "[tls][records]") {
  ServerSettings server_settings;
  server_settings.groups = {"P-384"};
  ClientSettings settings = client_of(Version::Tls13);
  settings.groups = {"X25519", "P-384"};
  settings.records.sizes = {1000, 7, 100};
  Client client(settings);
  Server server(server_settings);
  Exchange exchange = handshake(client, server);
  CHECK(exchange.client->facts().hello_retry);
  std::vector<std::size_t> sizes;
  for (const wire::TlsRecord& record : wire::read_tls_records(exchange.from_client)) {
    if (record.type == wire::tls_content::Handshake) sizes.push_back(record.payload.size());
  }
  REQUIRE(sizes.size() >= 4);
  CHECK(sizes[0] == exchange.hello().message_bytes);
  CHECK(sizes[1] == 7);
  CHECK(sizes[2] == 100);
}
