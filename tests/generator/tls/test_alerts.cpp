// SPDX-License-Identifier: Apache-2.0
// Connections that fail: who sent which alert, and what OpenSSL says of it; and what a peer refuses to be asked.
#include "tests/generator/tls/exchange.hpp"
#include "tests/support/catch.hpp"

using namespace twinwire;
using namespace twinwire::tls;

namespace {

// RFC 8446 section 6.2.
constexpr int unexpected_message = 10, bad_record_mac = 20, handshake_failure = 40, protocol_version = 70,
              no_application_protocol = 120;

struct Failure {
  const char* name = "";
  ClientSettings client;
  ServerSettings server;
  int alert = 0;
};

std::vector<Failure> failures() {
  std::vector<Failure> all(4);
  all[0].name = "the client is too old";
  all[0].client.version = Version::Tls12;
  all[0].server.lowest = Version::Tls13;
  all[0].alert = protocol_version;
  all[1].name = "the server is too old";
  all[1].server.highest = Version::Tls12;
  all[1].alert = protocol_version;
  all[2].name = "no group is shared";
  all[2].client.groups = {"X25519"};
  all[2].server.groups = {"P-384"};
  all[2].alert = handshake_failure;
  all[3].name = "no protocol is shared";
  all[3].client.alpn = {"h2"};
  all[3].server.alpn = {"http/1.1"};
  all[3].alert = no_application_protocol;
  return all;
}

/// What comes of a handshake in which one octet of the server's is another, as if a device had written it.
Exchange with_changed_octet(std::size_t at, std::uint8_t value) {
  Client client{ClientSettings{}};
  Server server{ServerSettings{}};
  Exchange exchange{client.connect(), server.accept(), {}, {}};
  for (const Octets& write : exchange.client->take()) exchange.server->receive(write);
  for (Octets& write : exchange.server->take()) {
    if (at < write.size()) write[at] = value;
    exchange.client->receive(write);
  }
  exchange.run();
  return exchange;
}

}  // namespace

TEST_CASE("both ends tell the alert that ends a handshake", "[tls][alert][rfc8446]") {
  for (const Failure& failure : failures()) {
    INFO(failure.name);
    Client client(failure.client);
    Server server(failure.server);
    Exchange exchange = handshake(client, server);
    CHECK(exchange.server->facts().progress == Progress::Failed);
    CHECK(exchange.client->facts().progress == Progress::Failed);
    CHECK(exchange.server->facts().alert_sent == failure.alert);
    CHECK(exchange.client->facts().alert_received == failure.alert);
    CHECK_FALSE(exchange.server->facts().alert_received);
    CHECK_FALSE(exchange.client->facts().alert_sent);
    CHECK(wire::read_plain_alert(exchange.from_server) == failure.alert);
    CHECK_FALSE(exchange.server->facts().error.empty());
    CHECK_THAT(exchange.client->facts().error, ContainsSubstring("alert"));
    CHECK(exchange.server->facts().server_name == "server.example");
    CHECK(exchange.client->take_sessions().empty());
  }
}

TEST_CASE("an alert is whole also where records have one octet", "[tls][alert][records]") {
  Failure failure = failures()[2];
  failure.client.records.sizes = failure.server.records.sizes = {1};
  Client client(failure.client);
  Server server(failure.server);
  Exchange exchange = handshake(client, server);
  CHECK(wire::read_plain_alert(exchange.from_server) == handshake_failure);
  CHECK(exchange.client->facts().alert_received == handshake_failure);
}

TEST_CASE("the client tells the alert that it sends", "[tls][alert]") {
  const Exchange changed_type = with_changed_octet(5, 14);  // a ServerHelloDone instead of the ServerHello
  CHECK(changed_type.client->facts().alert_sent == unexpected_message);
  CHECK(changed_type.client->facts().progress == Progress::Failed);
  CHECK(changed_type.server->facts().progress == Progress::Failed);

  const Exchange changed_length = with_changed_octet(9 + 34, 33);  // of the session ID
  CHECK(changed_length.client->facts().alert_sent.has_value());
  CHECK(changed_length.client->facts().progress == Progress::Failed);
}

TEST_CASE("a change of what is encrypted is found by the client", "[tls][alert]") {
  Client client{ClientSettings{}};
  Server server{ServerSettings{}};
  Exchange exchange = handshake(client, server);
  exchange.server->write(Octets{1, 2, 3});
  Octets record = exchange.server->take().at(0);
  record.back() = static_cast<std::uint8_t>(record.back() ^ 1U);
  exchange.client->receive(record);
  exchange.run();
  CHECK(exchange.client->facts().progress == Progress::Failed);
  CHECK(exchange.client->facts().alert_sent == bad_record_mac);
  CHECK(exchange.server->facts().alert_received == bad_record_mac);
  CHECK(exchange.client->read().empty());
}

TEST_CASE("what is no TLS fails at once", "[tls][alert]") {
  const std::string text = "HTTP/1.1 400 Bad Request\r\n\r\n";
  Client client{ClientSettings{}};
  const std::unique_ptr<Peer> peer = client.connect();
  peer->take();
  peer->receive(Octets(text.begin(), text.end()));
  CHECK(peer->facts().progress == Progress::Failed);
  CHECK_FALSE(peer->facts().error.empty());
  CHECK_FALSE(peer->facts().version);
  peer->receive(Octets(text.begin(), text.end()));  // has no effect any more
  CHECK(peer->facts().progress == Progress::Failed);
}

TEST_CASE("application data needs an open connection", "[tls]") {
  Client client{ClientSettings{}};
  Server server{ServerSettings{}};
  Exchange exchange{client.connect(), server.accept(), {}, {}};
  CHECK_THROWS_AS(exchange.client->write(Octets{1}), std::logic_error);
  CHECK_THROWS_AS(exchange.server->write(Octets{1}), std::logic_error);
  exchange.client->close();  // says nothing in the middle of a handshake
  CHECK(exchange.client->facts().progress == Progress::Handshaking);
  exchange.run();
  exchange.client->write(Octets{});
  CHECK(exchange.client->take().empty());
  exchange.client->close();
  CHECK(exchange.client->facts().progress == Progress::Closed);
  CHECK_THROWS_AS(exchange.client->write(Octets{1}), std::logic_error);
}

TEST_CASE("the peer that was told goodbye may still talk", "[tls][rfc8446]") {
  Client client{ClientSettings{}};
  Server server{ServerSettings{}};
  Exchange exchange = handshake(client, server);
  exchange.client->close();
  exchange.run();
  CHECK(exchange.server->facts().progress == Progress::Closed);
  exchange.server->write(Octets{1, 2, 3});
  exchange.run();
  CHECK(exchange.client->read() == Octets{1, 2, 3});
}

TEST_CASE("a peer outlives the client or server that made it", "[tls]") {
  Exchange exchange{};
  {
    ClientSettings settings;
    settings.key_share_bytes = 1200;
    settings.server_name_offset = 100;
    settings.records.sizes = {100};
    ServerSettings server_settings;
    server_settings.key_share_bytes = 1200;
    server_settings.alpn = {"h2"};
    server_settings.ticket_bytes = 1000;
    Client client(settings);
    Server server(server_settings);
    exchange.client = client.connect();
    exchange.server = server.accept();
  }
  exchange.run();
  CHECK(exchange.client->facts().progress == Progress::Complete);
  CHECK(exchange.client->take_sessions().at(0).ticket_bytes > 1000);
}

TEST_CASE("a client or server can be moved", "[tls]") {
  Client client{ClientSettings{}};
  Server server{ServerSettings{}};
  Client moved_client = std::move(client);
  Server moved_server = std::move(server);
  CHECK(handshake(moved_client, moved_server).client->facts().progress == Progress::Complete);
}

TEST_CASE("the server shows its certificate and key, and the client tells the certificate's digest", "[tls]") {
  Client client{ClientSettings{}};
  Server server{ServerSettings{}};
  CHECK(server.credentials().certificate.starts_with("-----BEGIN CERTIFICATE-----\n"));
  CHECK(server.credentials().key.starts_with("-----BEGIN PRIVATE KEY-----\n"));
  const std::string first = handshake(client, server).client->facts().certificate;
  CHECK(first.size() == 64);
  CHECK(handshake(client, server).client->facts().certificate == first);
  Server other{ServerSettings{}};
  CHECK(handshake(client, other).client->facts().certificate != first);
}

TEST_CASE("both peers log the same keys", "[tls][keylog]") {
  for (const Version version : {Version::Tls12, Version::Tls13}) {
    ClientSettings settings;
    settings.version = version;
    Client client(settings);
    Server server{ServerSettings{}};
    Exchange exchange = handshake(client, server);
    std::vector<std::string> of_client = exchange.client->take_key_log();
    std::vector<std::string> of_server = exchange.server->take_key_log();
    std::ranges::sort(of_client);
    std::ranges::sort(of_server);
    CHECK(of_client == of_server);
    REQUIRE_FALSE(of_client.empty());
    CHECK_THAT(of_client.back(), ContainsSubstring(version == Version::Tls12 ? "CLIENT_RANDOM " : "TRAFFIC_SECRET"));
    CHECK(exchange.client->take_key_log().empty());
  }
}

TEST_CASE("a server with versions in the wrong order is refused", "[tls]") {
  ServerSettings settings;
  settings.lowest = Version::Tls13;
  settings.highest = Version::Tls12;
  CHECK_THROWS_WITH(Server(settings), ContainsSubstring("the lowest version is above the highest"));
  settings = ServerSettings{};
  settings.names.clear();
  CHECK_THROWS_WITH(Server(settings), ContainsSubstring("at least one name"));
  settings.names = {std::string(300, 'a')};
  CHECK_NOTHROW(Server(settings));
}
