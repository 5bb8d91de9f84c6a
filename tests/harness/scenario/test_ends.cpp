// SPDX-License-Identifier: Apache-2.0
// [client] and [server]: how they cut, what their TLS peers are asked, which program they are.
#include <chrono>

#include "tests/harness/scenario/support.hpp"
#include "tests/support/catch.hpp"

using namespace twinwire;
using namespace twinwire::scenario;
using namespace twinwire::scenario::test;
using namespace std::chrono_literals;

namespace {

using List = std::vector<std::string>;
using Sizes = std::vector<std::uint32_t>;

EndConfig client_with(const std::string& keys) {
  return cells_of("client connects", "[client]\n" + keys).front().client;
}

Scenario ends(const std::string& client, const std::string& server = "") {
  std::string text = "format = 1\ntitle = \"A title\"\n";
  if (!client.empty()) text += "[client]\n" + client + "\n";
  if (!server.empty()) text += "[server]\n" + server + "\n";
  return parse_scenario(text, "ends.toml").front();
}

TlsConfig tls_with(const std::string& client, const std::string& server = "") {
  return *ends("tls = { " + client + " }", "tls = { " + server + " }").tls;
}

}  // namespace

// ---------------------------------------------------------------------------------------------------------------------
// Segments

TEST_CASE("an end that says nothing of live acts has what is usual", "[scenario][ends]") {
  const EndConfig end = client_with("");
  CHECK_FALSE(end.timestamps);
  CHECK(end.sack);
  CHECK(end.challenge_acks);
  CHECK(end.cuts.sizes.empty());
  CHECK(end.cuts.every == 0ns);
  CHECK_FALSE(end.cuts.octets);
  CHECK(end.push == tcp::Push::LastOfSend);
  CHECK_FALSE(end.deviations.any());
  CHECK_FALSE(end.program);
}

TEST_CASE("an end may offer timestamps, and refuse SACK and challenge ACKs", "[scenario][ends]") {
  const EndConfig end = client_with("timestamps = true\nsack = false\nchallenge_acks = false");
  CHECK(end.timestamps);
  CHECK_FALSE(end.sack);
  CHECK_FALSE(end.challenge_acks);
}

TEST_CASE("segments are one size, a list of sizes, or a table", "[scenario][ends]") {
  CHECK(client_with("segments = 536").cuts.sizes == Sizes{536});
  CHECK(client_with("segments = [1, 5, 100]").cuts.sizes == Sizes{1, 5, 100});
  CHECK(client_with("segments = { of = 536 }").cuts.sizes == Sizes{536});
  const EndConfig all = client_with(R"(
[client.segments]
of = [1, 5]
every = "10ms"
octets = 600
push = "never"
order = [2, 3, 1]
twice = [1, 4]
overlap = 4
gap = "20ms")");
  CHECK(all.cuts.sizes == Sizes{1, 5});
  CHECK(all.cuts.every == 10ms);
  CHECK(all.cuts.octets == 600U);
  CHECK(all.push == tcp::Push::Never);
  CHECK(all.deviations.order == Sizes{2, 3, 1});
  CHECK_FALSE(all.deviations.reversed);
  CHECK(all.deviations.twice == Sizes{1, 4});
  CHECK(all.deviations.overlap == 4);
  CHECK(all.deviations.gap == 20ms);
}

TEST_CASE("the order of segments may be reversed as a whole", "[scenario][ends]") {
  const tcp::Deviations deviations = client_with("segments = { order = \"reversed\", gap = \"5ms\" }").deviations;
  CHECK(deviations.reversed);
  CHECK(deviations.order.empty());
  CHECK(deviations.gap == 5ms);
  CHECK(client_with("segments = { push = \"always\" }").push == tcp::Push::Always);
}

// ---------------------------------------------------------------------------------------------------------------------
// Programs

TEST_CASE("a program is split at its blanks, and brings what it needs", "[scenario][ends]") {
  const Scenario scenario = ends(
      "program = \"curl  -K {dir}/curl.conf\"\npackage = \"curl\"\nneeds = [\"openssl\"]\n"
      "[client.files]\n\"curl.conf\" = \"url = https://{name}\"");
  REQUIRE(scenario.client.program);
  const Program& program = *scenario.client.program;
  CHECK(program.command == List{"curl", "-K", "{dir}/curl.conf"});
  CHECK(program.files.at("curl.conf") == "url = https://{name}");
  CHECK(program.needs == List{"curl", "openssl"});
  CHECK(program.package == "curl");
  CHECK(scenario.capabilities == List{"programs", "program:curl", "program:openssl"});
  CHECK_FALSE(scenario.tls);
}

TEST_CASE("an argument with blanks is one of an array", "[scenario][ends]") {
  const auto program = ends("program = [\"{dir}/run me\", \"a b\"]\nfiles = { \"run me\" = \"x\" }").client.program;
  CHECK(program->command == List{"{dir}/run me", "a b"});
  CHECK(program->needs.empty());  // what stands in its own folder need not be installed
}

TEST_CASE("a client may meet a server that is a program", "[scenario][ends]") {
  const Scenario scenario = ends("tls = { version = \"1.2\" }", "program = \"nginx -c {dir}/nginx.conf\"");
  CHECK(scenario.capabilities == List{"programs", "program:nginx"});
  CHECK(scenario.steps.size() == 3);
  CHECK(scenario.tls->client.version == tls::Version::Tls12);
}

// ---------------------------------------------------------------------------------------------------------------------
// TLS

TEST_CASE("without a table of TLS there is none", "[scenario][tls]") {
  CHECK_FALSE(cells_of("client connects").front().tls);
}

TEST_CASE("either table makes peers that are else as usual", "[scenario][tls]") {
  for (const TlsConfig& tls : {*ends("tls = {}").tls, *ends("", "tls = {}").tls}) {
    CHECK(tls.client.version == tls::Version::Tls13);
    CHECK(tls.client.server_name == "server.example");
    CHECK(tls.server.lowest == tls::Version::Tls12);
    CHECK(tls.server.highest == tls::Version::Tls13);
    CHECK(tls.server.tickets);
    CHECK(tls.resume == tls::Resumption::None);
    CHECK(tls.raw_hello.empty());
  }
}

TEST_CASE("the client's peer is asked for each key", "[scenario][tls]") {
  const tls::ClientSettings client =
      tls_with(
          "version = \"1.3\", also_older = true, server_name = \"\", alpn = [\"h2\", \"http/1.1\"], hello_bytes = "
          "6433, pad = \"before-sni\", sni_offset = 1400, key_share_bytes = 1184, groups = [\"X25519\"], "
          "certificate_names = 300, early_data = 1000, resume = \"psk\", records = [1, 5, 100]")
          .client;
  CHECK(client.version == tls::Version::Tls13);
  CHECK(client.also_older);
  CHECK(client.server_name.empty());
  CHECK(client.alpn == List{"h2", "http/1.1"});
  CHECK(client.hello_bytes == 6433U);
  CHECK(client.padding == tls::Padding::BeforeServerName);
  CHECK(client.server_name_offset == 1400);
  CHECK(client.key_share_bytes == 1184);
  CHECK(client.groups == List{"X25519"});
  CHECK(client.certificate_names == 300);
  CHECK(client.early_data == 1000);
  CHECK(client.records.sizes == Sizes{1, 5, 100});
  CHECK_FALSE(client.records.flush_each);
}

TEST_CASE("the server's peer is asked for each key", "[scenario][tls]") {
  const tls::ServerSettings server =
      tls_with("",
               "versions = [\"1.3\"], names = [\"a.example\", \"b.example\"], ticket_bytes = 65000, ticket_count = "
               "0, session_lifetime = \"60s\", alpn = [\"h2\"], groups = [\"P-384\"], key_share_bytes = 1184, "
               "ask_for_certificate = true, early_data = 16384, records = { of = 256, flush = true }")
          .server;
  CHECK(server.lowest == tls::Version::Tls13);
  CHECK(server.highest == tls::Version::Tls13);
  CHECK(server.names == List{"a.example", "b.example"});
  CHECK(server.ticket_bytes == 65000);
  CHECK(server.ticket_count == 0);
  CHECK(server.session_lifetime == 60s);
  CHECK(server.alpn == List{"h2"});
  CHECK(server.groups == List{"P-384"});
  CHECK(server.key_share_bytes == 1184);
  CHECK(server.ask_for_certificate);
  CHECK(server.most_early_data == 16384);
  CHECK(server.records.sizes == Sizes{256});
  CHECK(server.records.flush_each);
}

TEST_CASE("the server's versions are a range", "[scenario][tls]") {
  CHECK(tls_with("", "versions = \"1.2\"").server.highest == tls::Version::Tls12);
  const tls::ServerSettings both = tls_with("", "versions = [\"1.3\", \"1.2\"]").server;
  CHECK(both.lowest == tls::Version::Tls12);
  CHECK(both.highest == tls::Version::Tls13);
}

TEST_CASE("what a session is resumed by brings its version and how the server keeps it", "[scenario][tls]") {
  struct Row {
    std::string word;
    tls::Resumption resume;
    tls::Version version;
    bool tickets;
  };
  for (const Row& row :
       {Row{.word = "id", .resume = tls::Resumption::SessionId, .version = tls::Version::Tls12, .tickets = false},
        Row{.word = "ticket", .resume = tls::Resumption::Ticket, .version = tls::Version::Tls12, .tickets = true},
        Row{.word = "psk", .resume = tls::Resumption::Psk, .version = tls::Version::Tls13, .tickets = true}}) {
    INFO(row.word);
    const TlsConfig tls = tls_with("resume = \"" + row.word + "\"");
    CHECK(tls.resume == row.resume);
    CHECK(tls.client.version == row.version);
    CHECK(tls.server.tickets == row.tickets);
  }
}

TEST_CASE("a client with a certificate is asked for it", "[scenario][tls]") {
  CHECK(tls_with("certificate_names = 300").server.ask_for_certificate);
  CHECK_FALSE(tls_with("certificate_names = 0").server.ask_for_certificate);
}

TEST_CASE("a raw ClientHello is known by its name", "[scenario][tls]") {
  CHECK(tls_with("raw = \"two-server-names\", server_name = \"a.example\"").raw_hello == "two-server-names");
}

// ---------------------------------------------------------------------------------------------------------------------
// Paths

TEST_CASE("a matrix and a setting reach into inner tables", "[scenario][matrix]") {
  const std::string tables =
      "[client]\ntls = { records = 256 }\nsegments = 536\n[matrix]\n\"server.tls.tickets\" = [true, false]\n"
      "\"client.segments.of\" = [[1, 5], 100]\n";
  const auto cells =
      cells_of("client connects\nclient starts tls", tables,
               {{"client.tls.version", "1.2"}, {"client.tls.records.flush", "true"}, {"client.tls.alpn", "[\"h2\"]"}});
  REQUIRE(cells.size() == 8);
  CHECK(cells[0].cell == "true-1_5");
  CHECK(cells[6].cell == "false-100");
  CHECK(cells[0].tls->server.tickets);
  CHECK_FALSE(cells[6].tls->server.tickets);
  CHECK(cells[0].client.cuts.sizes == Sizes{1, 5});
  CHECK(cells[6].client.cuts.sizes == Sizes{100});
  CHECK(cells[0].tls->client.version == tls::Version::Tls12);
  CHECK(cells[0].tls->client.records.sizes == Sizes{256});  // what was written short stays
  CHECK(cells[0].tls->client.records.flush_each);
  CHECK(cells[0].tls->client.alpn == List{"h2"});
}

TEST_CASE("a handshake that resumes has the settings of others, and what is written over them", "[scenario][tls]") {
  CHECK_FALSE(tls_with("resume = \"psk\"").resuming);
  const TlsConfig tls =
      tls_with("resume = \"psk\", alpn = [\"h2\"], early_data = 5, resuming = { server_name = \"other.example\" }");
  REQUIRE(tls.resuming);
  CHECK(tls.resuming->server_name == "other.example");
  CHECK(tls.resuming->alpn == List{"h2"});
  CHECK(tls.resuming->early_data == 5);
  CHECK(tls.resuming->version == tls::Version::Tls13);
  CHECK(tls.client.server_name == "server.example");
}

TEST_CASE("what an older version does not have is left out where a session is resumed with it", "[scenario][tls]") {
  const TlsConfig older = tls_with(
      "resume = \"psk\", also_older = true, key_share_bytes = 1184, early_data = 5, resuming = { version = \"1.2\" }");
  REQUIRE(older.resuming);
  CHECK(older.resuming->version == tls::Version::Tls12);
  CHECK_FALSE(older.resuming->also_older);
  CHECK(older.resuming->key_share_bytes == 0);
  CHECK(older.resuming->early_data == 0);
  CHECK(older.client.early_data == 5);
  const TlsConfig newer = tls_with("resume = \"ticket\", resuming = { version = \"1.3\", also_older = true }");
  CHECK(newer.client.version == tls::Version::Tls12);
  CHECK(newer.resuming->version == tls::Version::Tls13);
  CHECK(newer.resuming->also_older);
}

TEST_CASE("what is different when a session is resumed can be multiplied by", "[scenario][tls]") {
  const auto cells = parse_scenario(
      "format = 1\ntitle = \"A title\"\nfamily = \"ipv4\"\n[client]\ntls = { resume = \"psk\" }\n"
      "[matrix]\n\"client.tls.resuming.server_name\" = [\"a.example\", \"\"]\n",
      "ends.toml");
  REQUIRE(cells.size() == 2);
  CHECK(cells[0].tls->resuming->server_name == "a.example");
  CHECK(cells[1].tls->resuming->server_name.empty());
}
