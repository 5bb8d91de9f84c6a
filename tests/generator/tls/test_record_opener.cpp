// SPDX-License-Identifier: Apache-2.0
// Records opened with the secrets of a key log: published ones, made ones for each cipher suite, and those of peers.
#include <numeric>

#include "generator/tls/record_opener.hpp"
#include "tests/generator/tls/exchange.hpp"
#include "tests/support/catch.hpp"

using namespace twinwire;
using namespace twinwire::tls;

namespace {

using Closed = RecordOpener::Closed;
using Refusal = RecordOpener::Refusal;

const std::string random_text(64, '7');

/// Octets from hexadecimal text, by way of the reader of key logs.
Octets hex(const std::string& text) { return read_key_log_line("X " + random_text + " " + text).value().secret; }

RecordOpener opener(std::uint16_t suite, wire::Bytes secret) {
  return std::get<RecordOpener>(RecordOpener::make(suite, secret));
}

std::optional<RecordOpener::Opened> opened(RecordOpener& by, wire::Bytes payload) {
  auto result = by.open(payload);
  if (!std::holds_alternative<RecordOpener::Opened>(result)) return std::nullopt;
  return std::get<RecordOpener::Opened>(std::move(result));
}

std::optional<Closed> closed(RecordOpener& by, wire::Bytes payload) {
  const auto result = by.open(payload);
  if (!std::holds_alternative<Closed>(result)) return std::nullopt;
  return std::get<Closed>(result);
}

Octets counting(std::size_t size) {
  Octets octets(size);
  std::iota(octets.begin(), octets.end(), std::uint8_t{0});
  return octets;
}

/// Secret: octets counting from 0. Made with another implementation of HKDF-Expand-Label and of the ciphers.
struct Suite {
  std::uint16_t number;
  std::size_t secret_bytes;
  const char* text;        ///< "one" as application data and three octets of padding, sequence number 0
  const char* padding;     ///< nothing but four octets of padding, 1
  const char* key_update;  ///< 18 00 00, that is, three octets of a KeyUpdate, 2
  const char* rest;        ///< 01 00, 3
};
constexpr Suite suites[] = {
    {0x1301, 32, "4a668229ab366f99b34950a8a0c83ba2782a4250330e02", "55fd3e1fd259245dfcbafcdb23db220fd0490698",
     "5bf041d5cbc00c8b2acdd3c18268b2a9000d5aaf", "429e65d7b26d559d210ace6df026bdd7e6f001"},
    {0x1302, 48, "27591a2b150db6cffb4371ed33fe4712083d242f4fc890", "9d1179f0db26c4d5fb662f3dee00eeacfa3a32e7",
     "8d260fb83df00993ecd06335acb421a842654855", "4317f042e54d4648234f697f97c1ae4ea098bb"},
    {0x1303, 32, "ddc00ee90775badcbbd4139709e5215b733c8bbf92f4ad", "0bb535da981ac654c09b1fdc093cf1a46d66ea9f",
     "be0e64e3f288fc7e6f1a28930f323fd6fa295719", "82f10eb56917b8e8b588c020e85f4f27b60fe2"}};

}  // namespace

// Key logs.

TEST_CASE("a line of a key log is read", "[tls][keylog]") {
  const std::string digits = "00fFa9";
  const auto line = read_key_log_line("SERVER_TRAFFIC_SECRET_0 " + random_text + " " + digits + "\r\n");
  REQUIRE(line);
  CHECK(line->label == "SERVER_TRAFFIC_SECRET_0");
  CHECK(line->client_random == Octets(32, 0x77));
  CHECK(line->secret == Octets{0x00, 0xFF, 0xA9});
}

TEST_CASE("what is no line of a key log is not read", "[tls][keylog]") {
  const std::string label = "SERVER_TRAFFIC_SECRET_0 ";
  for (const std::string& line :
       {std::string(), std::string("# a comment"), "# " + random_text + " 00", label + random_text,
        label + random_text + " ", label + random_text + " 0", label + random_text + " 0g",
        label + random_text + " 00 11", label + random_text.substr(2) + " 00", " " + random_text + " 00"}) {
    INFO("'" << line << "'");
    CHECK_FALSE(read_key_log_line(line));
  }
}

// Records.

// RFC 8448 section 3: the server's NewSessionTicket (sequence number 0), its 50 octets (1), its alert (2).
TEST_CASE("the server's records of RFC 8448 open", "[tls][rfc8448]") {
  RecordOpener server = opener(0x1301, hex("a11af9f05531f856ad47116b45a950328204b4f44bfb6b3a4b4f1f3fcb631643"));
  const auto ticket =
      opened(server, hex("3a6b8f90414a97d6959c3487680de5134a2b240e6cffac116e95d41d6af8f6b580dcf3d11d63c7"
                         "58db289a015940252f55713e061dc13e078891a38efbcf5753ad8ef170ad3c7353d16d9da773b9"
                         "ca7f2b9fa1b6c0d4a3d03f75e09c30ba1e62972ac46f75f7b981be63439b2999ce130646151398"
                         "91d5e4c5b406f16e3fc181a77ca475840025db2f0a77f81b5ab05b94c01346755f69232c86519d"
                         "86cbeeac87aac347d143f9605d64f650db4d023e70e952ca49fe5137121c74bc2697687e248746"
                         "d6df353005f3bce18696129c8153556b3b6c6779b37bf15985684f"));
  REQUIRE(ticket);
  CHECK(ticket->type == wire::tls_content::Handshake);
  CHECK(ticket->content.size() == 205);
  const auto given = wire::read_new_session_ticket(ticket->content, wire::TicketForm::Tls13);
  REQUIRE(given);
  CHECK(given->lifetime_seconds == 30);
  CHECK(given->ticket.size() == 178);

  const auto text =
      opened(server, hex("2e937e11ef4ac740e538ad36005fc4a46932fc3225d05f82aa1b36e30efaf97d90e6dffc602dcb50"
                         "1a59a8fcc49c4bf2e5f0a21c0047c2abf332540dd032e167c2955d"));
  REQUIRE(text);
  CHECK(text->type == wire::tls_content::ApplicationData);
  CHECK(text->content == counting(50));
  const auto alert = opened(server, hex("b58fd67166ebf599d24720cfbe7efa7a8864a9"));
  REQUIRE(alert);
  CHECK(alert->type == wire::tls_content::Alert);
  CHECK(alert->content == Octets{1, 0});
  CHECK(server.opened() == 3);
}

TEST_CASE("each cipher suite opens its records in their order", "[tls][rfc8446]") {
  for (const Suite& suite : suites) {
    INFO(suite.number);
    RecordOpener records = opener(suite.number, counting(suite.secret_bytes));
    CHECK(closed(records, hex(suite.padding)) == Closed::NotAuthentic);  // not its turn
    CHECK(records.opened() == 0);
    const auto text = opened(records, hex(suite.text));
    REQUIRE(text);
    CHECK(text->type == wire::tls_content::ApplicationData);
    CHECK(text->content == Octets{'o', 'n', 'e'});
    CHECK(closed(records, hex(suite.text)) == Closed::NotAuthentic);
    CHECK(closed(records, hex(suite.padding)) == Closed::WithoutContent);
    CHECK(records.opened() == 2);
  }
}

TEST_CASE("behind a KeyUpdate no record opens", "[tls][rfc8446]") {
  for (const Suite& suite : suites) {
    RecordOpener records = opener(suite.number, counting(suite.secret_bytes));
    REQUIRE(opened(records, hex(suite.text)));
    REQUIRE(closed(records, hex(suite.padding)));
    REQUIRE(opened(records, hex(suite.key_update)));
    CHECK_FALSE(records.key_updated());
    CHECK(opened(records, hex(suite.rest)));
    CHECK(records.key_updated());
    CHECK(closed(records, hex(suite.rest)) == Closed::KeyUpdated);
    CHECK(records.opened() == 4);
  }
}

TEST_CASE("a record that was changed anywhere does not open", "[tls][rfc8446]") {
  for (const Suite& suite : suites) {
    RecordOpener records = opener(suite.number, counting(suite.secret_bytes));
    const Octets right = hex(suite.text);
    for (std::size_t octet = 0; octet < right.size(); ++octet) {
      Octets wrong = right;
      wrong[octet] ^= 1U;
      CHECK(closed(records, wrong) == Closed::NotAuthentic);
      CHECK(closed(records, wire::Bytes(right).first(octet)) == Closed::NotAuthentic);
    }
    CHECK(closed(records, Octets(70'000, 0)) == Closed::NotAuthentic);
    CHECK(opened(records, right));
  }
}

TEST_CASE("no opener is made of another suite or a secret of another size", "[tls]") {
  const auto refusal = [](std::uint16_t suite, std::size_t secret_bytes) {
    return std::get<Refusal>(RecordOpener::make(suite, counting(secret_bytes)));
  };
  CHECK(refusal(0xC02B, 32) == Refusal::UnknownSuite);
  CHECK(refusal(0x1304, 32) == Refusal::UnknownSuite);
  CHECK(refusal(0x1301, 48) == Refusal::SecretSize);
  CHECK(refusal(0x1302, 32) == Refusal::SecretSize);
  CHECK(refusal(0x1303, 0) == Refusal::SecretSize);
}

// Peers.

TEST_CASE("with a server's secret its tickets are found, as they are offered later", "[tls][ticket][keylog]") {
  ServerSettings settings;
  settings.ticket_count = 3;
  settings.ticket_bytes = 20'000;  // more than one record
  Client client{ClientSettings{}};
  Server server(settings);
  Exchange exchange = handshake(client, server);
  std::optional<KeyLogLine> secret;
  for (const auto& line : exchange.server->take_key_log()) {
    if (line.starts_with("SERVER_TRAFFIC_SECRET_0 ")) secret = read_key_log_line(line);
  }
  REQUIRE(secret);
  CHECK(secret->client_random == exchange.hello().random);
  RecordOpener records = opener(wire::read_server_hello(exchange.from_server)->cipher_suite, secret->secret);
  wire::HandshakeReader messages({4});
  std::vector<Octets> tickets;
  for (const auto& record : wire::read_tls_records(exchange.from_server)) {
    if (record.type != wire::tls_content::ApplicationData) continue;
    const auto inner = opened(records, record.payload);  // those of the handshake do not open
    if (!inner) continue;
    wire::Bytes rest = inner->content;
    while (const auto message = messages.take(rest)) {
      tickets.push_back(wire::read_new_session_ticket(message->octets, wire::TicketForm::Tls13).value().ticket);
    }
  }
  REQUIRE(tickets.size() == 3);
  const std::vector<Session> sessions = exchange.client->take_sessions();
  REQUIRE(sessions.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    const wire::ClientHello hello = handshake(client, server, &sessions[i]).hello();
    CHECK(hello.psk_identities == std::vector<Octets>{tickets[i]});
  }
}
