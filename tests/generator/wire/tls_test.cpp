// SPDX-License-Identifier: Apache-2.0
// TLS read from a stream: records, both hellos, alerts; whole, cut off at every octet, and wrong.
#include "generator/wire/tls.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/support/catch.hpp"

using namespace twinwire::wire;

namespace {

using Octets = std::vector<std::uint8_t>;

Octets operator+(Octets one, const Octets& other) {
  one.insert(one.end(), other.begin(), other.end());
  return one;
}

Octets number(std::size_t value, unsigned size) {
  Octets octets;
  for (unsigned i = size; i > 0; --i) octets.push_back(static_cast<std::uint8_t>(value >> (8 * (i - 1))));
  return octets;
}

/// A vector behind its length of so many octets.
Octets counted(const Octets& vector, unsigned size) { return number(vector.size(), size) + vector; }

Octets text(const std::string& characters) { return {characters.begin(), characters.end()}; }

Octets record(std::uint8_t type, const Octets& payload, std::size_t version = 0x0301) {
  return Octets{type} + number(version, 2) + counted(payload, 2);
}

Octets extension(std::size_t type, const Octets& octets) { return number(type, 2) + counted(octets, 2); }

Octets server_name(const std::string& name) { return extension(0, counted(Octets{0} + counted(text(name), 2), 2)); }

Octets hello_with(const Octets& extensions) {
  const Octets body = number(0x0303, 2) + Octets(32, 0xAB) + counted(Octets(32, 0x11), 1) +
                      counted({0x13, 0x01, 0xC0, 0x2B}, 2) + counted({0}, 1) + counted(extensions, 2);
  return Octets{1} + counted(body, 3);
}

// A hello with one of each extension that is read: ticket, server name, ALPN, early data, PSK.
Octets full_hello() {
  return hello_with(extension(35, Octets(300, 1)) + server_name("server.example") +
                    extension(16, counted(counted(text("h2"), 1) + counted(text("http/1.1"), 1), 2)) +
                    extension(42, {}) +
                    extension(41, counted(counted(Octets(200, 2), 2) + number(7, 4), 2) + counted(Octets(33, 3), 2)));
}

Octets in_records(const Octets& message, std::size_t size) {
  Octets stream;
  for (std::size_t at = 0; at < message.size(); at += size) {
    const std::size_t end = std::min(message.size(), at + size);
    stream = stream + record(22, Octets(message.begin() + static_cast<std::ptrdiff_t>(at),
                                        message.begin() + static_cast<std::ptrdiff_t>(end)));
  }
  return stream;
}

Octets server_hello(std::uint8_t first_random, const Octets& extensions) {
  const Octets body = number(0x0303, 2) + Octets(32, first_random) + counted(Octets(32, 0x22), 1) + number(0x1302, 2) +
                      Octets{0} + counted(extensions, 2);
  return record(22, Octets{2} + counted(body, 3), 0x0303);
}

}  // namespace

// Records.

TEST_CASE("records are read up to the first that is cut off or is no TLS", "[wire][tls][rfc8446]") {
  const Octets alert = record(21, {2, 40}, 0x0303);
  const Octets stream = record(22, Octets(10, 7)) + record(20, {1}) + alert;
  const std::vector<TlsRecord> records = read_tls_records(stream);
  REQUIRE(records.size() == 3);
  CHECK(records[0].type == tls_content::Handshake);
  CHECK(records[0].version == 0x0301);
  CHECK(records[0].offset == 0);
  CHECK(records[0].payload.size() == 10);
  CHECK(records[1].offset == 15);
  CHECK(records[2].version == 0x0303);
  CHECK(records[2].whole);

  const std::vector<TlsRecord> cut = read_tls_records(Bytes(stream).first(stream.size() - 1));
  REQUIRE(cut.size() == 3);
  CHECK_FALSE(cut[2].whole);
  CHECK(cut[2].payload.size() == 1);
  CHECK(read_tls_records(Bytes(stream).first(19)).size() == 1);  // four octets of a header are none

  CHECK(read_tls_records(text("GET / HTTP/1.1")).empty());
  CHECK(read_tls_records(record(22, {1}, 0x0200)).empty());
  CHECK(read_tls_records(alert + text("garbage") + alert).size() == 1);
  CHECK(read_tls_records({}).empty());
}

// ClientHello.

TEST_CASE("a ClientHello is read in whatever records it comes", "[wire][tls][rfc8446]") {
  const Octets message = full_hello();
  for (const std::size_t size : {1U, 2U, 3U, 4U, 5U, 100U, 256U, 16'384U}) {
    INFO(size);
    const Octets stream = in_records(message, size) + record(20, {1});
    const auto hello = read_client_hello(stream);
    REQUIRE(hello);
    CHECK(hello->whole);
    CHECK(hello->wire_bytes == stream.size() - 6);
    CHECK(hello->message_bytes == message.size());
    CHECK(hello->records == (message.size() + size - 1) / size);
    CHECK(hello->legacy_version == 0x0303);
    CHECK(hello->random == Octets(32, 0xAB));
    CHECK(hello->session_id_bytes == 32);
    CHECK(hello->cipher_suites == 2);
    CHECK(hello->ticket_bytes == 300);
    CHECK(hello->psk_identity_bytes == 200);
    CHECK(hello->early_data);
    CHECK(hello->alpn == std::vector<std::string>{"h2", "http/1.1"});
    CHECK(hello->extensions == std::vector<std::uint16_t>{35, 0, 16, 42, 41});
    CHECK(hello->extension_bytes == 304 + 23 + 18 + 4 + 247);
    CHECK(hello->server_name == "server.example");
    CHECK(stream[hello->server_name_offset] == 's');
    if (size >= 16'384)
      CHECK(text("server.example") ==
            Octets(stream.begin() + static_cast<std::ptrdiff_t>(hello->server_name_offset),
                   stream.begin() + static_cast<std::ptrdiff_t>(hello->server_name_offset) + 14));
  }
}

TEST_CASE("the offset of the server name counts record headers", "[wire][tls]") {
  // Before the name: 81 octets up to the extensions, then a type, a length, another length, a type, a length.
  const Octets message = hello_with(server_name("a.example"));
  CHECK(read_client_hello(in_records(message, 16'384))->server_name_offset == 5 + 90);
  CHECK(read_client_hello(in_records(message, 91))->server_name_offset == 5 + 90);
  CHECK(read_client_hello(in_records(message, 90))->server_name_offset == 5 + 90 + 5);
  CHECK(read_client_hello(in_records(message, 1))->server_name_offset == 91 * 5 + 90);
}

TEST_CASE("a ClientHello that is cut off anywhere is read as far as it is there", "[wire][tls]") {
  for (const std::size_t size : {7U, 100U, 16'384U}) {
    const Octets stream = in_records(full_hello(), size);
    for (std::size_t length = 0; length < stream.size(); ++length) {
      const auto hello = read_client_hello(Bytes(stream).first(length));
      INFO(length);
      CHECK(hello.has_value() == (length > 5));
      if (!hello) continue;
      CHECK_FALSE(hello->whole);
      CHECK(hello->wire_bytes <= length);
      CHECK(hello->message_bytes <= length - 5);
      if (hello->server_name) CHECK(stream[hello->server_name_offset] == 's');
      CHECK(hello->records == (hello->message_bytes + size - 1) / size);
    }
    CHECK(read_client_hello(stream)->whole);
  }
}

TEST_CASE("what comes behind a ClientHello in its record is not of it", "[wire][tls]") {
  const Octets message = full_hello();
  const auto hello = read_client_hello(record(22, message + Octets(50, 9)));
  REQUIRE(hello);
  CHECK(hello->whole);
  CHECK(hello->message_bytes == message.size());
  CHECK(hello->wire_bytes == 5 + message.size());
}

TEST_CASE("empty records before and inside a ClientHello are passed over and counted", "[wire][tls]") {
  const Octets message = full_hello();
  const Octets front(message.begin(), message.begin() + 3);
  const Octets back(message.begin() + 3, message.end());
  const auto hello = read_client_hello(record(22, {}) + record(22, front) + record(22, {}) + record(22, back));
  REQUIRE(hello);
  CHECK(hello->whole);
  CHECK(hello->records == 4);
  CHECK(hello->wire_bytes == message.size() + 20);
  CHECK_FALSE(read_client_hello(record(22, {})));
}

TEST_CASE("another record inside a ClientHello ends it", "[wire][tls]") {
  const Octets message = full_hello();
  const Octets front(message.begin(), message.begin() + 100);
  const auto hello = read_client_hello(record(22, front) + record(21, {1, 0}) + record(22, message));
  REQUIRE(hello);
  CHECK_FALSE(hello->whole);
  CHECK(hello->message_bytes == 100);
}

TEST_CASE("what does not begin with a ClientHello is none", "[wire][tls]") {
  CHECK_FALSE(read_client_hello({}));
  CHECK_FALSE(read_client_hello(text("GET / HTTP/1.1\r\n\r\n")));
  CHECK_FALSE(read_client_hello(record(21, {2, 40})));
  CHECK_FALSE(read_client_hello(server_hello(1, {})));
  CHECK_FALSE(read_client_hello(record(23, full_hello())));
}

TEST_CASE("a length inside a ClientHello that says too much ends the reading there", "[wire][tls]") {
  struct Lie {
    const char* name;
    Octets extensions;
    std::size_t read;
  };
  const Lie lies[] = {
      {"an extension longer than the block", extension(23, {}) + Octets{0, 16, 0xFF, 0xFF, 1, 2}, 1},
      {"half a header", extension(23, {}) + Octets{0, 16, 0}, 1},
      {"a list of names longer than its extension", extension(0, {0xFF, 0xFF, 0, 0, 1, 'a'}), 1},
      {"a name longer than its list", extension(0, {0, 4, 0, 0xFF, 0xFF, 'a'}), 1},
      {"a server_name without octets", extension(0, {}), 1},
      {"a protocol longer than its list", extension(16, {0, 3, 9, 'h', '2'}), 1},
      {"an identity longer than its list", extension(41, {0, 3, 0xFF, 0xFF, 1}), 1},
  };
  for (const Lie& lie : lies) {
    INFO(lie.name);
    const auto hello = read_client_hello(record(22, hello_with(lie.extensions)));
    REQUIRE(hello);
    CHECK(hello->whole);
    CHECK(hello->extensions.size() == lie.read);
    CHECK_FALSE(hello->server_name);
    CHECK(hello->alpn.empty());
    CHECK(hello->psk_identity_bytes == 0);
  }
  Octets long_session_id = hello_with(server_name("a"));
  long_session_id[4 + 2 + 32] = 255;
  CHECK_FALSE(read_client_hello(record(22, long_session_id))->server_name);
}

TEST_CASE("of two server names the first is told", "[wire][tls][rfc6066]") {
  CHECK(read_client_hello(record(22, hello_with(server_name("one") + server_name("two"))))->server_name == "one");
  const Octets other_type = Octets{7} + counted(text("x"), 2);
  const Octets list = counted(other_type + Octets{0} + counted(text("name"), 2), 2);
  CHECK(read_client_hello(record(22, hello_with(extension(0, list))))->server_name == "name");
}

// ServerHello.

TEST_CASE("a ServerHello tells what the server chose", "[wire][tls][rfc8446]") {
  const Octets stream =
      server_hello(5, extension(43, {3, 4}) + extension(51, Octets{0, 29} + counted(Octets(32, 1), 2)));
  const auto hello = read_server_hello(stream + record(20, {1}));
  REQUIRE(hello);
  CHECK(hello->whole);
  CHECK(hello->wire_bytes == stream.size());
  CHECK(hello->version == 0x0304);
  CHECK_FALSE(hello->hello_retry);
  CHECK(hello->session_id == Octets(32, 0x22));
  CHECK(hello->cipher_suite == 0x1302);
  CHECK(hello->group == 29);
  CHECK(hello->extensions == std::vector<std::uint16_t>{43, 51});

  const auto older = read_server_hello(server_hello(5, {}));
  REQUIRE(older);
  CHECK(older->version == 0x0303);
  CHECK_FALSE(older->group);
  CHECK_FALSE(read_server_hello(in_records(full_hello(), 100)));
  for (std::size_t length = 0; length < stream.size(); ++length) {
    CHECK(read_server_hello(Bytes(stream).first(length)).has_value() == (length > 5));
  }
}

// Sessions.

TEST_CASE("a hello tells the sessions that it offers", "[wire][tls][rfc8446]") {
  const auto identity = [](std::uint8_t octet, std::size_t size) {
    return counted(Octets(size, octet), 2) + number(7, 4);
  };
  const Octets binders = counted(counted(Octets(32, 3), 1), 2);
  const Octets two =
      extension(35, Octets(300, 1)) + extension(41, counted(identity(2, 200) + identity(9, 3), 2) + binders);
  for (const auto& hello :
       {read_client_hello(in_records(hello_with(two), 7)), read_client_hello_message(hello_with(two))}) {
    REQUIRE(hello);
    CHECK(hello->whole);
    CHECK(hello->session_id == Octets(32, 0x11));
    CHECK(hello->session_id_bytes == 32);
    CHECK(hello->ticket == Octets(300, 1));
    CHECK(hello->ticket_bytes == 300);
    CHECK(hello->psk_identities == std::vector<Octets>{Octets(200, 2), Octets(3, 9)});
    CHECK(hello->psk_identity_bytes == 200);
  }
  // The second identity is longer than the list.
  const Octets cut = identity(2, 200) + Octets{0, 9, 1};
  const auto hello = read_client_hello_message(hello_with(extension(41, counted(cut, 2) + binders)));
  CHECK(hello.value().psk_identities == std::vector<Octets>{Octets(200, 2)});
}

TEST_CASE("a message without records is read to its end and no further", "[wire][tls]") {
  const Octets message = full_hello();
  const auto hello = read_client_hello_message(message + Octets(50, 9));
  REQUIRE(hello);
  CHECK(hello->whole);
  CHECK(hello->message_bytes == message.size());
  CHECK(std::string(message.begin() + static_cast<std::ptrdiff_t>(hello->server_name_offset),
                    message.begin() + static_cast<std::ptrdiff_t>(hello->server_name_offset) + 14) == "server.example");
  CHECK_FALSE(read_client_hello_message({}));
  CHECK_FALSE(read_server_hello_message(message));
  for (std::size_t length = 1; length < message.size(); ++length) {
    const auto part = read_client_hello_message(Bytes(message).first(length));
    REQUIRE(part);
    CHECK_FALSE(part->whole);
  }
}

TEST_CASE("a ServerHello tells the identity that it selects", "[wire][tls][rfc8446]") {
  const Octets versions = extension(43, {3, 4});
  CHECK(read_server_hello(server_hello(5, versions + extension(41, {0, 2})))->selected_identity == 2);
  CHECK_FALSE(read_server_hello(server_hello(5, versions))->selected_identity);
  CHECK_FALSE(read_server_hello(server_hello(5, versions + extension(41, {0})))->selected_identity);
}

TEST_CASE("a NewSessionTicket is read in the form of its version", "[wire][tls][rfc5077][rfc8446]") {
  const Octets ticket(180, 6);
  const auto issue = [](const Octets& body) { return Octets{4} + counted(body, 3); };
  // lifetime 7200, ticket
  const Octets older = issue(number(7200, 4) + counted(ticket, 2));
  // lifetime 300, age_add, nonce of 8, ticket, extension early_data
  const Octets newer = issue(number(300, 4) + number(0xABCDEF01, 4) + counted(Octets(8, 1), 1) + counted(ticket, 2) +
                             counted(extension(42, number(0, 4)), 2));
  const auto of_older = read_new_session_ticket(older, TicketForm::Tls12);
  REQUIRE(of_older);
  CHECK(of_older->lifetime_seconds == 7200);
  CHECK(of_older->ticket == ticket);
  const auto of_newer = read_new_session_ticket(newer, TicketForm::Tls13);
  REQUIRE(of_newer);
  CHECK(of_newer->lifetime_seconds == 300);
  CHECK(of_newer->ticket == ticket);
  CHECK(read_new_session_ticket(issue(number(0, 4) + number(0, 2)), TicketForm::Tls12).value().ticket.empty());

  CHECK_FALSE(read_new_session_ticket(older, TicketForm::Tls13));
  CHECK_FALSE(read_new_session_ticket(newer, TicketForm::Tls12));
  for (std::size_t length = 0; length < newer.size(); ++length) {
    CHECK_FALSE(read_new_session_ticket(Bytes(newer).first(length), TicketForm::Tls13));
    if (length < older.size()) CHECK_FALSE(read_new_session_ticket(Bytes(older).first(length), TicketForm::Tls12));
  }
  CHECK_FALSE(read_new_session_ticket(Octets{2} + Octets(newer.begin() + 1, newer.end()), TicketForm::Tls13));
}

// Handshake messages.

TEST_CASE("handshake messages come out whole, however they are cut", "[wire][tls][rfc8446]") {
  const Octets empty{14, 0, 0, 0};
  const Octets passed_over = Octets{11} + counted(Octets(300'000, 3), 3);
  const Octets stream = full_hello() + empty + passed_over + Octets{4} + counted(Octets(70, 2), 3) + Octets{20, 0};
  for (const std::size_t size : {1U, 2U, 3U, 5U, 64U, 400'000U}) {
    HandshakeReader reader({1, 4, 14});
    std::vector<HandshakeReader::Message> messages;
    std::size_t left = 0;
    for (std::size_t at = 0; at < stream.size(); at += size) {
      Bytes piece = Bytes(stream).subspan(at, std::min(size, stream.size() - at));
      while (auto message = reader.take(piece)) messages.push_back(std::move(*message));
      left += piece.size();
    }
    CHECK(left == 0);
    REQUIRE(messages.size() == 4);
    CHECK(messages[0].octets == full_hello());
    CHECK(messages[1].octets == empty);
    CHECK(messages[2].type == 11);
    CHECK(messages[2].octets.empty());
    CHECK(messages[3].octets.size() == 74);
    CHECK(reader.begun() == 20);
    CHECK_FALSE(reader.too_long());
  }
}

TEST_CASE("a message that is kept has a largest size", "[wire][tls]") {
  for (const std::size_t beyond : {0U, 1U}) {
    const Octets message = Octets{1} + counted(Octets(HandshakeReader::most_bytes - 4 + beyond, 1), 3);
    HandshakeReader reader({1});
    Bytes octets = message;
    CHECK(reader.take(octets).has_value() == (beyond == 0));
    CHECK(reader.too_long() == (beyond == 1));
    CHECK(octets.empty());
    octets = message;
    CHECK(reader.take(octets).has_value() == (beyond == 0));
  }
}

// Alerts.

TEST_CASE("an alert is read where a stream ends with one in plain text", "[wire][tls][rfc8446]") {
  CHECK(read_plain_alert(record(21, {2, 40})) == 40);
  CHECK(read_plain_alert(record(21, {1, 0})) == 0);
  CHECK(read_plain_alert(record(22, full_hello()) + record(21, {2, 70})) == 70);
  CHECK_FALSE(read_plain_alert({}));
  CHECK_FALSE(read_plain_alert(record(22, full_hello())));
  CHECK_FALSE(read_plain_alert(record(21, {2, 40}) + record(22, {1})));
  CHECK_FALSE(read_plain_alert(record(21, {2, 40}) + Octets{22, 3}));
  CHECK_FALSE(read_plain_alert(record(21, {2})));
  CHECK_FALSE(read_plain_alert(record(21, {9, 40})));
  CHECK_FALSE(read_plain_alert(record(21, Octets(26, 1))));  // encrypted
  CHECK_FALSE(read_plain_alert(Bytes(record(21, {2, 40})).first(6)));
}

TEST_CASE("the corpus of the fuzz targets is read without harm", "[wire][tls][corpus]") {
  int files = 0;
  for (const char* folder : {"tls_records", "client_hello"}) {
    const auto corpus = std::filesystem::path(TWINWIRE_SOURCE_DIR) / "tests/fuzz/corpus" / folder;
    for (const auto& entry : std::filesystem::directory_iterator(corpus)) {
      std::ifstream file(entry.path(), std::ios::binary);
      const Octets octets{std::istreambuf_iterator<char>(file), {}};
      INFO(entry.path());
      for (std::size_t length = 0; length <= octets.size(); ++length) {
        const Bytes stream = Bytes(octets).first(length);
        const auto hello = read_client_hello(stream);
        if (hello) CHECK(hello->wire_bytes <= length);
        read_server_hello(stream);
        read_plain_alert(stream);
      }
      ++files;
    }
  }
  CHECK(files >= 12);
}
