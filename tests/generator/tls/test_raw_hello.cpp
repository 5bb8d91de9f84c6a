// SPDX-License-Identifier: Apache-2.0
// The hellos that OpenSSL does not make: what an OpenSSL server answers to each, and what is special about some.
#include <map>
#include <set>

#include "generator/tls/raw_hello.hpp"
#include "tests/generator/tls/exchange.hpp"
#include "tests/support/catch.hpp"

using namespace twinwire;
using namespace twinwire::tls;

namespace {

// RFC 8446 section 6.2.
constexpr int record_overflow = 22, handshake_failure = 40, illegal_parameter = 47, decode_error = 50;

/// What a server answers with an alert; all others get a ServerHello. The two with 40 have no room for groups and
/// signature algorithms, without which the server cannot use its P-256 key.
const std::map<std::string_view, int> refused{
    {"duplicate-extension", illegal_parameter},
    {"no-extensions", handshake_failure},
    {"two-server-names", decode_error},
    {"two-server-name-extensions", illegal_parameter},
    {"session-id-33", decode_error},
    {"session-id-255", decode_error},
    {"trailing-octets", decode_error},
    {"missing-octet", decode_error},
    {"missing-extension", decode_error},
    {"long-record", record_overflow},
    {"sslv2", handshake_failure},
};

struct Answer {
  Octets octets;
  Facts facts;
};

Answer answer_to(const RawHello& hello) {
  Server server{ServerSettings{}};
  const std::unique_ptr<Peer> peer = server.accept();
  peer->receive(write(hello));
  Answer answer;
  for (const Octets& octets : peer->take()) answer.octets.insert(answer.octets.end(), octets.begin(), octets.end());
  answer.facts = peer->facts();
  return answer;
}

wire::ClientHello read(const RawHello& hello) { return wire::read_client_hello(write(hello)).value(); }

wire::ClientHello read(std::string_view name) { return read(raw_hello(name, "server.example")); }

std::size_t count(const std::vector<std::uint16_t>& types, int type) {
  return static_cast<std::size_t>(std::ranges::count(types, type));
}

}  // namespace

TEST_CASE("an OpenSSL server takes the hellos that are odd and refuses those that are wrong", "[tls][raw-hello]") {
  for (const std::string_view name : raw_hello_names()) {
    INFO(name);
    const Answer answer = answer_to(raw_hello(name, "server.example"));
    const auto wrong = refused.find(name);
    if (wrong == refused.end()) {
      const auto hello = wire::read_server_hello(answer.octets);
      REQUIRE(hello);
      CHECK(hello->whole);
      CHECK(hello->version == 0x0304);
      CHECK_FALSE(hello->hello_retry);
      CHECK(answer.facts.progress == Progress::Handshaking);
    } else {
      CHECK(wire::read_plain_alert(answer.octets) == wrong->second);
      CHECK(answer.facts.alert_sent == wrong->second);
      CHECK(answer.facts.progress == Progress::Failed);
    }
  }
  for (const auto& [name, alert] : refused) CHECK_NOTHROW(raw_hello(name, "server.example"));
}

TEST_CASE("each name makes another hello, and always the same", "[tls][raw-hello]") {
  const std::set<std::string_view> nameless{"no-extensions", "no-server-name", "empty-server-name", "sslv2",
                                            "address-as-server-name"};
  std::set<Octets> hellos;
  for (const std::string_view name : raw_hello_names()) {
    const Octets octets = write(raw_hello(name, "server.example"));
    CHECK(octets == write(raw_hello(name, "server.example")));
    const bool is_named = octets != write(raw_hello(name, "other.example"));
    CHECK(is_named != nameless.contains(name));
    hellos.insert(octets);
    CHECK_FALSE(raw_hello_about(name).empty());
  }
  CHECK(hellos.size() == raw_hello_names().size());
}

TEST_CASE("a name that there is not is refused with those that there are", "[tls][raw-hello]") {
  CHECK_THROWS_WITH(raw_hello("two-sever-names", ""), ContainsSubstring("no ClientHello named \"two-sever-names\"") &&
                                                          ContainsSubstring("two-server-names"));
  CHECK_THROWS_AS(raw_hello_about(""), TlsError);
}

TEST_CASE("a hello holds what its name says", "[tls][raw-hello]") {
  CHECK(read("plain").server_name == "server.example");
  CHECK(count(read("plain").extensions, 10) == 1);
  CHECK(count(read("duplicate-extension").extensions, 10) == 2);
  CHECK(count(read("two-server-name-extensions").extensions, 0) == 2);
  CHECK(read("two-server-names").extension_bytes == read("plain").extension_bytes + 3 + 14);  // "second.example"
  CHECK(read("reversed-extensions").extensions.back() == 0);
  CHECK(read("reversed-extensions").extensions.front() == 51);
  CHECK(read("empty-last-extension").extensions.back() == 23);
  CHECK(read("many-extensions").extensions.size() == read("plain").extensions.size() + 200);
  CHECK(read("many-cipher-suites").cipher_suites == read("plain").cipher_suites + 200);
  CHECK(read("no-extensions").extensions.empty());
  CHECK_FALSE(read("no-server-name").server_name);
  CHECK(read("empty-server-name").server_name == "");
  CHECK(read("long-server-name").server_name.value().size() == 255);
  CHECK(read("upper-case-server-name").server_name == "SERVER.EXAMPLE");
  CHECK(read("server-name-with-dot").server_name == "server.example.");
  for (const int size : {0, 1, 31, 33, 255}) {
    CHECK(read("session-id-" + std::to_string(size)).session_id_bytes == static_cast<std::size_t>(size));
  }
  CHECK(read("grease").extensions.front() == 0x5A5A);
  CHECK(read("grease").extensions.back() == 0x6A6A);
  CHECK(read("grease").alpn.front() == "\x4A\x4A");
  CHECK(read("huge").message_bytes > 120'000);
  CHECK(read("huge").whole);
  CHECK(read("legacy-version-0304").legacy_version == 0x0304);
  // 4 octets of group and length, and the share; 2 of the group in supported_groups.
  CHECK(read("post-quantum-key-shares").message_bytes == read("plain").message_bytes + 4 + 1216 + 2);
  CHECK(read("two-key-shares").message_bytes == read("plain").message_bytes + 4 + 65);
}

TEST_CASE("a long name is cut to 255 octets whatever the server's name", "[tls][raw-hello]") {
  for (const std::size_t size : {1U, 63U, 253U, 254U, 255U, 400U}) {
    const RawHello hello = raw_hello("long-server-name", std::string(size, 'x'));
    CHECK(read(hello).server_name.value().size() == 255);
  }
}

TEST_CASE("records have the version and the sizes that they are given", "[tls][raw-hello][records]") {
  const auto records = [](std::string_view name) {
    std::vector<std::size_t> sizes;
    const Octets octets = write(raw_hello(name, "server.example"));
    for (const wire::TlsRecord& record : wire::read_tls_records(octets)) sizes.push_back(record.payload.size());
    return sizes;
  };
  const std::size_t plain = read("plain").message_bytes;
  CHECK(records("empty-record-first") == std::vector<std::size_t>{0, plain});
  CHECK(records("empty-record-inside") == std::vector<std::size_t>{100, 0, plain - 100});
  CHECK(records("cut-message-header") == std::vector<std::size_t>{3, plain - 3});
  CHECK(records("long-record").at(0) == 16'385);
  CHECK(records("huge").at(0) == 16'384);
  CHECK(write(raw_hello("record-version-03ff", "a"))[2] == 0xFF);

  RawHello hello = raw_hello("plain", "server.example");
  hello.pieces = {1, 0, 2};
  CHECK(wire::read_tls_records(write(hello)).size() == 3 + (plain - 3 + 1) / 2);
  CHECK(read(hello).whole);
  hello.pieces = {0, 0};
  CHECK(wire::read_tls_records(write(hello)).size() == 3);
}

// RFC 5246 appendix E.2: length, type, version, and the lengths of suites, session ID and challenge.
TEST_CASE("the hello of SSL 2.0 has its own form", "[tls][raw-hello][rfc5246]") {
  const Octets octets = write(raw_hello("sslv2", "server.example"));
  CHECK((octets[0] & 0x80) != 0);
  CHECK(wire::load16(octets, 0) - 0x8000 == static_cast<int>(octets.size()) - 2);
  CHECK(octets[2] == 1);
  CHECK(wire::load16(octets, 3) == 0x0303);
  CHECK(wire::load16(octets, 5) == 9 * 3);
  CHECK(wire::load16(octets, 7) == 0);
  CHECK(wire::load16(octets, 9) == 32);
  CHECK_FALSE(wire::read_client_hello(octets));
}

TEST_CASE("what a length cannot say is refused", "[tls][raw-hello]") {
  RawHello hello = raw_hello("plain", "server.example");
  hello.session_id.assign(256, 0);
  CHECK_THROWS_WITH(write(hello), ContainsSubstring("256 octets of session ID: 255 are possible"));
  hello = raw_hello("plain", "server.example");
  hello.extensions.push_back({21, Octets(65'536, 0)});
  CHECK_THROWS_WITH(write(hello), ContainsSubstring("65535 are possible"));
  hello.extensions.back().octets.resize(65'500);
  CHECK_THROWS_WITH(write(hello), ContainsSubstring("octets of extensions"));
  hello = raw_hello("plain", "server.example");
  hello.pieces = {65'536};
  CHECK_THROWS_AS(write(hello), TlsError);
  hello = raw_hello("sslv2", "server.example");
  hello.cipher_suites.assign(11'000, 0x1301);
  CHECK_THROWS_WITH(write(hello), ContainsSubstring("32767"));
}
