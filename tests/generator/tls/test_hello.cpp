// SPDX-License-Identifier: Apache-2.0
// The size and the shape of a ClientHello: made as asked, read back from the octets.
#include <set>

#include "tests/generator/tls/exchange.hpp"
#include "tests/support/catch.hpp"

using namespace twinwire;
using namespace twinwire::tls;

namespace {

constexpr Version versions[] = {Version::Tls12, Version::Tls13};
constexpr Padding places[] = {Padding::BeforeServerName, Padding::AfterServerName};

/// With groups that are named, because OpenSSL 3.5 sends a share of 1,216 octets if it is left the choice.
ClientSettings client_of(Version version) {
  ClientSettings settings;
  settings.version = version;
  settings.groups = {"X25519", "P-256", "P-384"};
  return settings;
}

/// The hello that a client makes, without a server.
wire::ClientHello hello_of(const ClientSettings& settings, const Session* resume = nullptr) {
  const std::vector<Octets> writes = Client(settings).connect(resume)->take();
  return wire::read_client_hello(writes.at(0)).value();
}

std::string refusal(const ClientSettings& settings) {
  try {
    Client(settings).connect();
  } catch (const TlsError& error) {
    return error.what();
  }
  return "";
}

ClientSettings sized(ClientSettings settings, std::size_t bytes) {
  settings.hello_bytes = static_cast<std::uint32_t>(bytes);
  return settings;
}

/// Checks that the hello has the size, and that a server takes it.
void check_size(const ClientSettings& settings, Server& server, const Session* resume) {
  INFO(*settings.hello_bytes << " octets, TLS " << name(settings.version) << ", padding "
                             << (settings.padding == Padding::BeforeServerName ? "before" : "after"));
  Client client(settings);
  Exchange exchange = handshake(client, server, resume);
  const wire::ClientHello hello = exchange.hello();
  CHECK(hello.whole);
  CHECK(hello.wire_bytes == *settings.hello_bytes);
  CHECK(hello.server_name == "server.example");
  CHECK(exchange.client->facts().progress == Progress::Complete);
  CHECK(exchange.client->facts().error.empty());
  CHECK(exchange.server->facts().resumed == (resume != nullptr));
}

}  // namespace

TEST_CASE("a hello has exactly the wanted octets from its natural size on", "[tls][hello]") {
  for (const Version version : versions) {
    for (const Padding place : places) {
      for (const bool resumed : {false, true}) {
        ClientSettings settings = client_of(version);
        settings.padding = place;
        Client client(settings);
        Server server{ServerSettings{}};
        const Session session = session_of(client, server);
        const Session* resume = resumed ? &session : nullptr;
        const std::size_t natural = hello_of(settings, resume).wire_bytes;
        for (std::size_t more = 0; more < 20; ++more) check_size(sized(settings, natural + more), server, resume);
        for (const int bytes : {600, 777, 1024, 1461, 4096, 6432, 6433, 16'389, 16'395, 32'000, 65'000}) {
          check_size(sized(settings, static_cast<std::size_t>(bytes)), server, resume);
        }
      }
    }
  }
}

TEST_CASE("a hello has any size up to 65,600 octets", "[tls][hello]") {
  for (const Version version : versions) {
    for (const Padding place : places) {
      ClientSettings settings = client_of(version);
      settings.padding = place;
      for (std::size_t bytes = 400; bytes < 65'600; bytes += 997) {
        INFO(bytes);
        CHECK(hello_of(sized(settings, bytes)).wire_bytes == bytes);
      }
      CHECK(hello_of(sized(settings, 65'600)).wire_bytes == 65'600);
    }
  }
}

TEST_CASE("a hello has the wanted octets also when it is cut into records", "[tls][hello]") {
  for (const Version version : versions) {
    for (const Padding place : places) {
      for (const std::vector<std::uint32_t>& sizes : {std::vector<std::uint32_t>{256}, {5, 1000}, {1, 2, 3, 16'384}}) {
        ClientSettings settings = client_of(version);
        settings.padding = place;
        settings.records.sizes = sizes;
        Server server{ServerSettings{}};
        for (std::size_t bytes = 500; bytes < 540; ++bytes) {
          if (const std::string why = refusal(sized(settings, bytes)); !why.empty()) {
            CHECK_THAT(why, ContainsSubstring("a record begins there"));
            continue;
          }
          check_size(sized(settings, bytes), server, nullptr);
        }
      }
    }
  }
}

TEST_CASE("records of one octet make a hello of a multiple of six octets", "[tls][hello]") {
  ClientSettings settings = client_of(Version::Tls13);
  settings.records.sizes = {1};
  Server server{ServerSettings{}};
  check_size(sized(settings, 6000), server, nullptr);
  CHECK(refusal(sized(settings, 6001)) ==
        "a ClientHello of 6001 octets cannot be had: a record begins there; the nearest are 6000 and 6006");
}

// The message of 16,384 octets fills a record; the next one has a second header.
TEST_CASE("a size that cannot be had is refused with the nearest that can", "[tls][hello]") {
  const ClientSettings settings = client_of(Version::Tls12);
  CHECK(hello_of(sized(settings, 16'389)).records == 1);
  for (std::size_t bytes = 16'390; bytes < 16'395; ++bytes) {
    CHECK_THAT(refusal(sized(settings, bytes)), ContainsSubstring("the nearest are 16389 and 16395"));
  }
  CHECK(hello_of(sized(settings, 16'395)).records == 2);
  const std::size_t natural = hello_of(settings).wire_bytes;
  CHECK_THAT(refusal(sized(settings, natural - 1)),
             ContainsSubstring("without padding it has " + std::to_string(natural)));
  CHECK_THAT(refusal(sized(settings, 70'000)), ContainsSubstring("its extensions have room for 65"));
}

// 65,535 octets of extensions, and what stands before them.
TEST_CASE("the largest hello is as large as its extensions may be", "[tls][hello]") {
  for (const Version version : versions) {
    for (const Padding place : places) {
      ClientSettings settings = client_of(version);
      settings.padding = place;
      const std::string why = refusal(sized(settings, 100'000));
      const std::size_t most = std::stoul(why.substr(why.rfind(' ')));
      const wire::ClientHello hello = hello_of(sized(settings, most));
      CHECK(hello.wire_bytes == most);
      CHECK(hello.extension_bytes == 65'535);
      Server server{ServerSettings{}};
      check_size(sized(settings, most), server, nullptr);
    }
  }
}

TEST_CASE("padding behind the server name leaves its place alone, padding before it does not", "[tls][hello]") {
  for (const Version version : versions) {
    ClientSettings settings = client_of(version);
    const std::size_t place = hello_of(settings).server_name_offset;
    settings.hello_bytes = 6000;
    CHECK(hello_of(settings).server_name_offset == place);
    settings.padding = Padding::BeforeServerName;
    CHECK(hello_of(settings).server_name_offset > 5000);
  }
}

TEST_CASE("the server name is put off by exactly the wanted octets", "[tls][hello]") {
  for (const Version version : versions) {
    ClientSettings settings = client_of(version);
    const std::size_t place = hello_of(settings).server_name_offset;
    Server server{ServerSettings{}};
    for (const int octets : {4, 5, 100, 536, 1460, 6432, 12'000}) {
      settings.server_name_offset = static_cast<std::uint32_t>(octets);
      CHECK(hello_of(settings).server_name_offset == place + static_cast<std::size_t>(octets));
      check_size(sized(settings, 16'000), server, nullptr);
      CHECK(hello_of(sized(settings, 16'000)).server_name_offset == place + static_cast<std::size_t>(octets));
    }
    settings.server_name_offset = 3;
    CHECK_THAT(refusal(settings), ContainsSubstring("an extension has at least 4"));
  }
}

TEST_CASE("an empty server name is not sent", "[tls][hello]") {
  ClientSettings settings = client_of(Version::Tls13);
  settings.server_name.clear();
  const wire::ClientHello hello = hello_of(settings);
  CHECK_FALSE(hello.server_name);
  CHECK(hello.server_name_offset == 0);
  Client client(settings);
  Server server{ServerSettings{}};
  Exchange exchange = handshake(client, server);
  CHECK(exchange.client->facts().progress == Progress::Complete);
  CHECK(exchange.server->facts().server_name.empty());
}

TEST_CASE("protocols are offered in order, and the server's preference is taken", "[tls][hello][rfc7301]") {
  for (const Version version : versions) {
    ClientSettings settings = client_of(version);
    settings.alpn = {"h2", "http/1.1"};
    CHECK(hello_of(settings).alpn == settings.alpn);
    ServerSettings server_settings;
    server_settings.alpn = {"http/1.1", "h2"};
    Server server(server_settings);
    Exchange exchange{};
    for (const int bytes : {0, 1000, 20'000}) {
      if (bytes > 0) settings.hello_bytes = static_cast<std::uint32_t>(bytes);
      Client client(settings);
      exchange = handshake(client, server);
      CHECK(exchange.client->facts().alpn == "http/1.1");
      CHECK(exchange.server->facts().alpn == "http/1.1");
    }
    // Protocols that were added for their length are no offer: the server does not refuse them.
    ClientSettings without = client_of(version);
    without.hello_bytes = 1000;
    Client client(without);
    exchange = handshake(client, server);
    CHECK(exchange.client->facts().progress == Progress::Complete);
    CHECK(exchange.client->facts().alpn.empty());
  }
}

TEST_CASE("a protocol of no octets, or of too many, is refused", "[tls][hello][rfc7301]") {
  ClientSettings settings;
  settings.alpn = {""};
  CHECK_THAT(refusal(settings), ContainsSubstring("1 to 255 octets, not 0"));
  settings.alpn = {std::string(256, 'a')};
  CHECK_THAT(refusal(settings), ContainsSubstring("1 to 255 octets, not 256"));
}

TEST_CASE("both versions are offered when the older one may be taken", "[tls][hello]") {
  ClientSettings settings = client_of(Version::Tls13);
  settings.also_older = true;
  for (const Version version : versions) {
    ServerSettings server_settings;
    server_settings.highest = version;
    Server server(server_settings);
    for (const int bytes : {0, 330, 335, 20'000}) {
      if (bytes > 0) settings.hello_bytes = static_cast<std::uint32_t>(bytes) + 1000;
      Client client(settings);
      Exchange exchange = handshake(client, server);
      CHECK(exchange.client->facts().progress == Progress::Complete);
      CHECK(exchange.client->facts().version == version);
      CHECK(exchange.server->facts().version == version);
    }
  }
}

// Groups.

TEST_CASE("a share for a group that the server does not take is asked for again", "[tls][hello][rfc8446]") {
  ServerSettings server_settings;
  server_settings.groups = {"P-384"};
  Server server(server_settings);
  for (const std::uint32_t size : {0U, 1U, 100U}) {
    ClientSettings settings = client_of(Version::Tls13);
    settings.groups = {"X25519", "P-384"};
    settings.hello_bytes = size == 0 ? std::optional<std::uint32_t>(6006) : std::nullopt;
    if (size > 0) settings.records.sizes = {size};
    Client client(settings);
    Exchange exchange = handshake(client, server);
    CHECK(exchange.client->facts().progress == Progress::Complete);
    CHECK(exchange.client->facts().hello_retry);
    CHECK(exchange.server->facts().hello_retry);
    const auto retry = wire::read_server_hello(exchange.from_server);
    REQUIRE(retry);
    CHECK(retry->hello_retry);
    CHECK(retry->group == 24);  // secp384r1
    CHECK(retry->version == 0x0304);

    // The second hello stands behind a ChangeCipherSpec of six octets (RFC 8446 appendix D.4).
    const wire::ClientHello first = exchange.hello();
    const auto second = wire::read_client_hello(wire::Bytes(exchange.from_client).subspan(first.wire_bytes + 6));
    REQUIRE(second);
    CHECK(second->whole);
    CHECK(second->random == first.random);
    CHECK(second->message_bytes == first.message_bytes + 97 - 32);  // a point of P-384 instead of one of X25519
    if (size > 0) CHECK(second->records == (second->message_bytes + size - 1) / size);
  }
}

TEST_CASE("a made-up group has shares of any size and carries a handshake", "[tls][hello][group]") {
  struct Shape {
    std::uint32_t share, answer;
    int code;
  };
  // Those with a number below 0xFE00 are the sizes of ML-KEM and its hybrids.
  const Shape shapes[] = {{32, 32, 0xFE20},     {800, 768, 0x0200},       {1184, 1088, 0x0201},
                          {1216, 1120, 0x11EC}, {1249, 1153, 0x11EB},     {1568, 1568, 0x0202},
                          {1665, 1665, 0x11ED}, {16'000, 16'000, 0xFE80}, {65'000, 65'000, 0xFEE8}};
  ClientSettings settings = client_of(Version::Tls13);
  settings.groups = {"X25519"};
  Client ordinary(settings);
  Server ordinary_server{ServerSettings{}};
  Exchange usual = handshake(ordinary, ordinary_server);
  const std::size_t usual_answer = wire::read_server_hello(usual.from_server).value().wire_bytes;
  for (const Shape& shape : shapes) {
    INFO(shape.share);
    settings.key_share_bytes = shape.share;
    ServerSettings server_settings;
    server_settings.key_share_bytes = shape.share;
    Client client(settings);
    Server server(server_settings);
    Exchange exchange = handshake(client, server);
    CAPTURE(exchange.client->facts().error, exchange.server->facts().error);
    CHECK(exchange.client->facts().progress == Progress::Complete);
    CHECK(exchange.server->facts().progress == Progress::Complete);
    CHECK_FALSE(exchange.client->facts().hello_retry);
    // Two octets more in supported_groups.
    CHECK(exchange.hello().message_bytes == usual.hello().message_bytes + shape.share - 32 + 2);
    const auto answer = wire::read_server_hello(exchange.from_server);
    REQUIRE(answer);
    CHECK(answer->group == shape.code);
    if (shape.share <= 16'000) CHECK(answer->wire_bytes == usual_answer + shape.answer - 32);

    const Session session = exchange.client->take_sessions().at(0);
    CHECK(handshake(client, server, &session).server->facts().resumed);
  }
}

TEST_CASE("a server that does not know the made-up group asks for another share", "[tls][hello][group]") {
  ClientSettings settings = client_of(Version::Tls13);
  settings.key_share_bytes = 1200;
  settings.hello_bytes = 3000;
  Client client(settings);
  ServerSettings other;
  other.key_share_bytes = 1184;
  for (const ServerSettings& server_settings : {ServerSettings{}, other}) {
    Server server(server_settings);
    Exchange exchange = handshake(client, server);
    CHECK(exchange.client->facts().progress == Progress::Complete);
    CHECK(exchange.client->facts().hello_retry);
    CHECK(exchange.hello().wire_bytes == 3000);
  }
}

TEST_CASE("a share of no possible size, and a group that is none, are refused", "[tls][hello][group]") {
  ClientSettings settings;
  settings.key_share_bytes = 31;
  CHECK_THAT(refusal(settings), ContainsSubstring("32 to 65000 are possible"));
  settings.key_share_bytes = 0;
  settings.groups = {"P-999"};
  CHECK_THAT(refusal(settings), ContainsSubstring("the groups \"P-999\" cannot be used"));
}

TEST_CASE("each record is a write of its own when it is asked for", "[tls][records]") {
  ClientSettings settings = client_of(Version::Tls13);
  settings.records.sizes = {5, 100};
  CHECK(Client(settings).connect()->take().size() == 1);
  settings.records.flush_each = true;
  const std::vector<Octets> writes = Client(settings).connect()->take();
  REQUIRE(writes.size() >= 3);
  CHECK(writes[0].size() == 10);
  for (std::size_t i = 1; i + 1 < writes.size(); ++i) CHECK(writes[i].size() == 105);
  settings.records.sizes = {0};
  CHECK_THAT(refusal(settings), ContainsSubstring("1 to 16384 are possible"));
  settings.records.sizes = {16'385};
  CHECK_THAT(refusal(settings), ContainsSubstring("1 to 16384 are possible"));
}
