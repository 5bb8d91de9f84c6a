// SPDX-License-Identifier: Apache-2.0
// What is seen of sessions in octet streams: messages that OpenSSL's ends do not send, and records that cannot be
// opened.
#include "harness/device/session_watch.hpp"
#include "tests/generator/tls/exchange.hpp"
#include "tests/support/catch.hpp"

using namespace twinwire;
using namespace twinwire::device;

namespace {

using Octets = std::vector<std::uint8_t>;
using Sight = SessionWatch::Sight;
using tls::Resumption;

const Octets change_cipher_spec{20, 3, 3, 0, 1, 1};

Octets operator+(Octets one, const Octets& other) {
  one.insert(one.end(), other.begin(), other.end());
  return one;
}

Octets number(std::size_t value, unsigned size) {
  Octets octets;
  for (unsigned i = size; i > 0; --i) octets.push_back(static_cast<std::uint8_t>(value >> (8 * (i - 1))));
  return octets;
}

Octets counted(const Octets& vector, unsigned size) { return number(vector.size(), size) + vector; }

Octets record(std::uint8_t type, const Octets& payload) { return Octets{type, 3, 3} + counted(payload, 2); }

Octets message(std::uint8_t type, const Octets& body) { return Octets{type} + counted(body, 3); }

Octets extension(std::size_t type, const Octets& octets) { return number(type, 2) + counted(octets, 2); }

Octets offering(const std::vector<Octets>& identities) {
  Octets list;
  for (const auto& identity : identities) list = list + counted(identity, 2) + number(0, 4);
  return extension(41, counted(list, 2) + counted(counted(Octets(32, 0), 1), 2));
}

Octets client_hello(const Octets& session_id, const Octets& extensions) {
  return record(22, message(1, Octets{3, 3} + Octets(32, 0xC1) + counted(session_id, 1) + counted({0x13, 1}, 2) +
                                   counted({0}, 1) + counted(extensions, 2)));
}

Octets server_hello(const Octets& session_id, const Octets& extensions) {
  return message(
      2, Octets{3, 3} + Octets(32, 0x5E) + counted(session_id, 1) + Octets{0x13, 1, 0} + counted(extensions, 2));
}

Octets new_ticket(const Octets& ticket) { return message(4, number(300, 4) + counted(ticket, 2)); }

const Octets tls13 = extension(43, {3, 4});
const Octets finished = record(22, Octets(40, 0xF1));

/// All that is seen in the server's octets.
std::vector<SessionWatch::Seen> look(SessionWatch& watch, const Octets& server) {
  std::vector<SessionWatch::Seen> all;
  wire::Bytes rest = server;
  while (auto seen = watch.server(rest)) all.push_back(std::move(*seen));
  CHECK(rest.empty());
  return all;
}

std::vector<SessionWatch::Seen> look(const Octets& client, const Octets& server) {
  SessionWatch watch;
  watch.client(client);
  return look(watch, server);
}

using Sessions = std::vector<SessionName>;

}  // namespace

// TLS 1.2.

TEST_CASE("a ticket that is renewed by a resumption counts from Finished on", "[session-watch][rfc5077]") {
  const Octets hello = client_hello(Octets(32, 1), extension(35, {7, 7, 7}));
  const Octets answer = server_hello(Octets(32, 1), {}) + new_ticket({8, 8});
  SessionWatch watch;
  watch.client(hello);
  const auto first = look(watch, record(22, answer) + change_cipher_spec);
  REQUIRE(first.size() == 1);
  CHECK(first[0].sight == Sight::Resumption);
  CHECK(first[0].sessions == Sessions{{Resumption::Ticket, {7, 7, 7}}});
  const auto second = look(watch, finished);
  REQUIRE(second.size() == 2);
  CHECK(second[0].sight == Sight::Issued);
  CHECK(second[0].sessions == Sessions{{Resumption::Ticket, {8, 8}}});
  CHECK(second[1].sight == Sight::Over);
}

TEST_CASE("a server may give a session ID and a ticket for one session", "[session-watch][rfc5077]") {
  const Octets server = record(22, server_hello({5, 5}, {}) + message(11, Octets(100, 0)) + message(14, {}));
  const auto seen =
      look(client_hello({}, extension(35, {})), server + record(22, new_ticket({6})) + change_cipher_spec + finished);
  REQUIRE(seen.size() == 3);
  CHECK(seen[0].sight == Sight::FullHandshake);
  CHECK(seen[0].sessions.empty());
  CHECK(seen[1].sessions == Sessions{{Resumption::SessionId, {5, 5}}, {Resumption::Ticket, {6}}});
}

TEST_CASE("a session ID beside a resumption is of no new session", "[session-watch][rfc5077]") {
  const Octets server = record(22, server_hello({5}, {})) + change_cipher_spec + finished;
  const auto seen = look(client_hello({}, extension(35, {7, 7, 7})), server);
  REQUIRE(seen.size() == 2);
  CHECK(seen[0].sight == Sight::Resumption);
  CHECK(seen[1].sight == Sight::Over);
}

TEST_CASE("an empty ticket is none", "[session-watch][rfc5077]") {
  const auto seen =
      look(client_hello({}, extension(35, {})),
           record(22, server_hello({}, {}) + message(11, {}) + new_ticket({})) + change_cipher_spec + finished);
  REQUIRE(seen.size() == 2);
  CHECK(seen[0].sight == Sight::FullHandshake);
  CHECK(seen[1].sight == Sight::Over);
}

TEST_CASE("an echoed session ID is no resumption where a Certificate follows", "[session-watch][rfc5246]") {
  const Octets id(32, 1);
  const auto seen = look(client_hello(id, {}), record(22, server_hello(id, {})) + record(22, message(11, {})) +
                                                   change_cipher_spec + finished);
  REQUIRE(seen.size() == 2);
  CHECK(seen[0].sight == Sight::FullHandshake);
  CHECK(seen[0].sessions == Sessions{{Resumption::SessionId, id}});
  CHECK(seen[1].sight == Sight::Over);  // and nothing was given
}

TEST_CASE("a handshake that fails before Finished gives no session", "[session-watch]") {
  const auto seen =
      look(client_hello({}, {}), record(22, server_hello({5}, {}) + message(11, {})) + record(22, new_ticket({6})) +
                                     change_cipher_spec + record(21, Octets(20, 3)));
  REQUIRE(seen.size() == 1);
  CHECK(seen[0].sight == Sight::FullHandshake);
}

// TLS 1.3.

TEST_CASE("of several identities that one is resumed which the server selects", "[session-watch][rfc8446]") {
  const Octets hello = client_hello(Octets(32, 1), tls13 + offering({{1}, {2, 2}, {3}}));
  const Octets echoed(32, 1);
  const auto seen = look(hello, record(22, server_hello(echoed, tls13 + extension(41, {0, 1}))));
  REQUIRE(seen.size() == 1);
  CHECK(seen[0].sight == Sight::Resumption);
  CHECK(seen[0].sessions == Sessions{{Resumption::Psk, {2, 2}}});

  const auto full = look(hello, record(22, server_hello(echoed, tls13)) + change_cipher_spec);
  REQUIRE(full.size() == 1);
  CHECK(full[0].sight == Sight::FullHandshake);
  CHECK(full[0].sessions == Sessions{{Resumption::Psk, {1}},
                                     {Resumption::Psk, {2, 2}},
                                     {Resumption::Psk, {3}},
                                     {Resumption::SessionId, echoed}});

  const auto lie = look(hello, record(22, server_hello(echoed, tls13 + extension(41, {0, 3}))));
  REQUIRE(lie.size() == 1);
  CHECK(lie[0].sight == Sight::NotTls);
}

TEST_CASE("behind a HelloRetryRequest the second hello's identities count", "[session-watch][rfc8446]") {
  const Octets retry_random{0xCF, 0x21, 0xAD, 0x74, 0xE5, 0x9A, 0x61, 0x11, 0xBE, 0x1D, 0x8C,
                            0x02, 0x1E, 0x65, 0xB8, 0x91, 0xC2, 0xA2, 0x11, 0x16, 0x7A, 0xBB,
                            0x8C, 0x5E, 0x07, 0x9E, 0x09, 0xE2, 0xC8, 0xA8, 0x33, 0x9C};
  Octets retry = server_hello({}, tls13);
  std::ranges::copy(retry_random, retry.begin() + 6);
  SessionWatch watch;
  // Early data lies behind the first hello.
  watch.client(client_hello({}, tls13 + offering({{1}, {2}})) + record(23, Octets(500, 9)));
  CHECK(look(watch, record(22, retry) + change_cipher_spec).empty());
  watch.client(change_cipher_spec + client_hello({}, tls13 + offering({{2}})));
  const auto seen = look(watch, record(22, server_hello({}, tls13 + extension(41, {0, 0}))));
  REQUIRE(seen.size() == 1);
  CHECK(seen[0].sessions == Sessions{{Resumption::Psk, {2}}});
}

TEST_CASE("a server that answers no hello is not followed", "[session-watch]") {
  const auto answer = record(22, server_hello({}, tls13));
  CHECK(look({}, answer).at(0).sight == Sight::NotTls);
  CHECK(look({'G', 'E', 'T'}, answer).at(0).sight == Sight::NotTls);
  CHECK(look(client_hello({}, {}), {'H', 'T', 'T', 'P'}).at(0).sight == Sight::NotTls);
}

// Encrypted records.

namespace {

/// A TLS 1.3 handshake between peers, as it is seen from the middle.
struct Watched {
  explicit Watched(const tls::ServerSettings& settings) : server(settings), exchange(handshake(client, server)) {
    for (const auto& line : exchange.server->take_key_log()) {
      if (line.starts_with("SERVER_TRAFFIC_SECRET_0 ")) secret = tls::read_key_log_line(line).value().secret;
    }
    watch.client(exchange.from_client);
  }
  std::size_t issued(const std::vector<SessionWatch::Seen>& seen) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(seen, [](const auto& one) { return one.sight == Sight::Issued; }));
  }

  tls::Client client{tls::ClientSettings{}};
  tls::Server server;
  tls::Exchange exchange;
  SessionWatch watch;
  Octets secret;
};

}  // namespace

TEST_CASE("a secret may be told before the ServerHello has come, or after all records", "[session-watch][keylog]") {
  tls::ServerSettings settings;
  settings.ticket_count = 2;
  Watched early(settings);
  early.watch.learn_secret(early.secret);
  CHECK(early.issued(look(early.watch, early.exchange.from_server)) == 2);
  CHECK_FALSE(early.watch.ends());

  Watched late(settings);
  CHECK(late.issued(look(late.watch, late.exchange.from_server)) == 0);
  CHECK(late.watch.ends().value().reason == "no secret was told");
  late.watch.learn_secret(late.secret);
  CHECK(late.issued(look(late.watch, {})) == 2);
  CHECK_FALSE(late.watch.ends());
}

TEST_CASE("a secret that cannot be of the connection is told so", "[session-watch][keylog]") {
  Watched watched{tls::ServerSettings{}};
  look(watched.watch, watched.exchange.from_server);
  watched.watch.learn_secret(Octets(20, 1));
  const auto seen = look(watched.watch, {});
  REQUIRE(seen.size() == 1);
  CHECK(seen[0].sight == Sight::Undecryptable);
  CHECK(seen[0].reason == "the secret that was told is not of the connection's cipher suite");
}

TEST_CASE("records wait for a secret, or are tried with a wrong one, up to a bound", "[session-watch][keylog]") {
  for (const bool told : {false, true}) {
    Watched watched{tls::ServerSettings{}};
    if (told) watched.watch.learn_secret(Octets(watched.secret.size(), 1));
    CHECK(look(watched.watch, watched.exchange.from_server).size() == 1);  // the full handshake
    std::size_t octets = 0;
    std::vector<SessionWatch::Seen> seen;
    while (seen.empty() && octets < 2 * SessionWatch::most_waiting) {
      octets += 16'000;
      seen = look(watched.watch, record(23, Octets(16'000, 1)));
    }
    REQUIRE(seen.size() == 1);
    CHECK(seen[0].sight == Sight::Undecryptable);
    CHECK(seen[0].reason == (told ? "the secret that was told does not open its records" : "no secret was told"));
    CHECK(octets > SessionWatch::most_waiting - 16'000);
    CHECK(octets <= SessionWatch::most_waiting + 16'000);
    CHECK_FALSE(watched.watch.ends());
    CHECK(look(watched.watch, record(23, Octets(16'000, 1))).empty());
  }
}

TEST_CASE("behind the first record that opens, one that does not is the end", "[session-watch][keylog]") {
  Watched watched{tls::ServerSettings{}};
  watched.watch.learn_secret(watched.secret);
  CHECK(watched.issued(look(watched.watch, watched.exchange.from_server)) == 1);
  const auto seen = look(watched.watch, record(23, Octets(100, 1)));
  REQUIRE(seen.size() == 1);
  CHECK(seen[0].reason == "the secret that was told does not open its records");
}
