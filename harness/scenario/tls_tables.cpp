// SPDX-License-Identifier: Apache-2.0
// Read key by key, then `resume` is settled: it needs one version and one way of keeping sessions, which it sets where
// they are not written and contradicts where they are written otherwise. A contradiction is told at the key that loses,
// which is the one that would have had no effect.
#include "harness/scenario/tls_tables.hpp"

#include <algorithm>
#include <array>

#include "harness/scenario/ends.hpp"
#include "harness/scenario/lexer.hpp"
#include "harness/scenario/numbers.hpp"
#include "harness/scenario/scenario_keys.hpp"

namespace twinwire::scenario {
namespace {

using tls::Resumption;
using tls::Version;

constexpr std::array resumption_versions{Version::Tls13, Version::Tls12, Version::Tls12, Version::Tls13};

Version version_of(Resumption resume) { return resumption_versions.at(static_cast<std::size_t>(resume)); }
std::string text_of(Version version) { return std::string(version_words[static_cast<std::size_t>(version)]); }
std::string in_double_quotes(std::string_view word) { return "\"" + std::string(word) + "\""; }

/// Texts that stand behind one octet of length, as protocols of ALPN and names do (RFC 7301 section 3.1).
void check_lengths(const Node& table, std::string_view key) {
  constexpr std::size_t longest = 255;
  const Node* list = table.find(key);
  if (list == nullptr || !list->is(Node::Kind::Array)) return;
  for (const Node& item : list->items) {
    if (!item.text.empty() && item.text.size() <= longest) continue;
    fail(phrase_of(item).where, in_quotes(key) + " holds a text of " + std::to_string(item.text.size()) +
                                    " octets; expected 1 to 255 in each");
  }
}

tls::Records read_records(const Node& table) {
  const Node* node = table.find("records");
  if (node == nullptr) return {};
  if (!node->is(Node::Kind::Table)) return {integers_of(table, "records"), false};
  return {integers_of(*node, "of"), boolean_of(*node, "flush")};
}

/// What is written, over what `client` has already.
tls::ClientSettings read_client(const Node& table, tls::ClientSettings client = {}) {
  client.version = enum_of<Version>(table, "version", version_words).value_or(client.version);
  if (table.find("also_older") != nullptr) client.also_older = boolean_of(table, "also_older");
  if (const Node* name = table.find("server_name")) client.server_name = name->text;
  if (table.find("alpn") != nullptr) client.alpn = strings_of(table, "alpn");
  if (const Node* bytes = table.find("hello_bytes")) client.hello_bytes = static_cast<std::uint32_t>(bytes->integer);
  client.padding = enum_of<tls::Padding>(table, "pad", padding_words).value_or(client.padding);
  take_integer(table, "sni_offset", client.server_name_offset);
  take_integer(table, "key_share_bytes", client.key_share_bytes);
  if (table.find("groups") != nullptr) client.groups = strings_of(table, "groups");
  take_integer(table, "certificate_names", client.certificate_names);
  take_integer(table, "early_data", client.early_data);
  if (table.find("records") != nullptr) client.records = read_records(table);
  for (const std::string_view key : {"alpn", "groups"}) check_lengths(table, key);
  return client;
}

/// Seconds are what a ticket counts its life in (RFC 8446 section 4.6.1).
time::Duration read_lifetime(const Node& node) {
  const time::Duration lifetime = read_plain_duration(phrase_of(node));
  if (lifetime % std::chrono::seconds(1) != time::Duration{})
    fail(phrase_of(node).where, "a session lives whole seconds; expected such as \"60s\"");
  return lifetime;
}

tls::ServerSettings read_server(const Node& table) {
  tls::ServerSettings server;
  if (const Node* versions = table.find("versions")) {
    const auto words = strings_of(table, "versions");
    if (words.empty()) fail(versions->where, "'versions' is empty; expected \"1.2\", \"1.3\" or both");
    const auto has = [&](Version v) { return std::find(words.begin(), words.end(), text_of(v)) != words.end(); };
    server.lowest = has(Version::Tls12) ? Version::Tls12 : Version::Tls13;
    server.highest = has(Version::Tls13) ? Version::Tls13 : Version::Tls12;
  }
  if (const Node* names = table.find("names")) {
    server.names = strings_of(table, "names");
    if (server.names.empty() || server.names.front().empty())
      fail(names->where, "a certificate needs a name; expected such as \"server.example\"");
  }
  if (table.find("tickets") != nullptr) server.tickets = boolean_of(table, "tickets");
  take_integer(table, "ticket_bytes", server.ticket_bytes);
  take_integer(table, "ticket_count", server.ticket_count);
  if (const Node* lifetime = table.find("session_lifetime")) server.session_lifetime = read_lifetime(*lifetime);
  server.alpn = strings_of(table, "alpn");
  server.groups = strings_of(table, "groups");
  take_integer(table, "key_share_bytes", server.key_share_bytes);
  server.ask_for_certificate = boolean_of(table, "ask_for_certificate");
  take_integer(table, "early_data", server.most_early_data);
  server.records = read_records(table);
  for (const std::string_view key : {"alpn", "groups", "names"}) check_lengths(table, key);
  return server;
}

/// The two tables side by side, to be asked for the place of a key.
class Settling {
 public:
  Settling(const Node* client, const Node* server, TlsConfig& tls) : client_(client), server_(server), tls_(tls) {}

  void run() {
    settle_resumption();
    check_versions();
    check_tickets();
    check_early_data();
    check_raw();
    settle_certificate();
    settle_resuming();
  }

 private:
  const Node* client(std::string_view key) const { return client_ == nullptr ? nullptr : client_->find(key); }
  const Node* server(std::string_view key) const { return server_ == nullptr ? nullptr : server_->find(key); }
  std::string resume_text() const {
    return "resume = " + in_double_quotes(resume_words[static_cast<std::size_t>(tls_.resume)]);
  }

  void settle_resumption() {
    if (tls_.resume == Resumption::None) return;
    const Version wanted = version_of(tls_.resume);
    const std::string text = text_of(wanted);
    if (const Node* version = client("version"); version == nullptr)
      tls_.client.version = wanted;
    else if (tls_.client.version != wanted)
      fail(phrase_of(*version).where, resume_text() + " is a matter of TLS " + text +
                                          "; expected version = " + in_double_quotes(text) + ", or none written");
    if (const Node* also = client("also_older"); tls_.client.also_older && wanted == Version::Tls12)
      fail(also->where, resume_text() + " is a matter of TLS 1.2 alone; expected no also_older");
    if (tls_.server.lowest > wanted || tls_.server.highest < wanted)
      fail(server("versions")->where, resume_text() + " needs a server that speaks TLS " + text + "; expected " +
                                          in_double_quotes(text) + " in it");
    const Node* tickets = server("tickets");
    if (tls_.resume == Resumption::SessionId) {
      if (tickets != nullptr && tls_.server.tickets)
        fail(tickets->where, resume_text() + " needs a server that keeps sessions itself; expected tickets = false");
      tls_.server.tickets = false;
    }
    if (tls_.resume == Resumption::Ticket && !tls_.server.tickets)
      fail(tickets->where, resume_text() + " needs a server that gives tickets; expected tickets = true");
  }

  void check_versions() const {
    if (client_ != nullptr) check_version(*client_, tls_.client);
  }

  static void check_version(const Node& table, const tls::ClientSettings& client) {
    if (client.version != Version::Tls12) return;
    if (const Node* also = table.find("also_older"); also != nullptr && client.also_older)
      fail(also->where, "nothing older than TLS 1.2 can be offered; expected version = \"1.3\" beside also_older");
    if (const Node* share = table.find("key_share_bytes"); share != nullptr && client.key_share_bytes != 0)
      fail(share->where, "a ClientHello of TLS 1.2 has no key share; expected version = \"1.3\"");
  }

  /// What handshakes that resume have from the others is left out where their version does not have it.
  void settle_resuming() {
    const Node* table = client("resuming");
    if (table == nullptr) return;
    if (table->members.empty())
      fail(table->where, "'resuming' says nothing; expected what is different when a session is resumed");
    tls_.resuming = read_client(*table, tls_.client);
    tls::ClientSettings& resuming = *tls_.resuming;
    check_version(*table, resuming);
    const Node* early = table->find("early_data");
    if (early != nullptr && resuming.early_data != 0) check_early_data(*early, resuming);
    if (resuming.version == Version::Tls13) return;
    resuming.also_older = false;
    resuming.key_share_bytes = 0;
    resuming.early_data = 0;
  }

  void check_tickets() const {
    if (const Node* bytes = server("ticket_bytes"); !tls_.server.tickets && tls_.server.ticket_bytes != 0)
      fail(bytes->where, "this server keeps sessions itself and gives no ticket to put octets into; expected " +
                             std::string(tls_.resume == Resumption::SessionId ? "another resume" : "tickets = true"));
  }

  void check_early_data() const {
    if (tls_.client.early_data != 0) check_early_data(*client("early_data"), tls_.client);
  }

  void check_early_data(const Node& early, const tls::ClientSettings& client) const {
    if (client.version == Version::Tls12) fail(early.where, "TLS 1.2 knows no early data; expected version = \"1.3\"");
    if (tls_.resume != Resumption::Psk)
      fail(early.where, "early data need a session to resume; expected resume = \"psk\" beside them");
  }

  /// A raw ClientHello is written octet by octet, so that whatever asks a library for something has no effect on it.
  void check_raw() const {
    const Node* raw = client("raw");
    if (raw == nullptr) return;
    if (!is_name(raw->text))
      fail(phrase_of(*raw).where, in_quotes(raw->text) +
                                      " is no name of a ClientHello; expected letters, digits and -, "
                                      "such as \"two-server-names\"");
    for (const Member& member : client_->members) {
      static const Words fit{"raw", "server_name", "version", "records"};
      if (std::find(fit.begin(), fit.end(), member.key) != fit.end()) continue;
      if (member.key == "resume" && tls_.resume == Resumption::None) continue;
      fail(member.key_where, in_quotes(member.key) + " has no effect on a raw ClientHello; expected only " +
                                 alternatives({"server_name", "version", "records"}) + " beside 'raw'");
    }
  }

  void settle_certificate() {
    if (tls_.client.certificate_names == 0) return;
    const Node* ask = server("ask_for_certificate");
    if (ask != nullptr && !tls_.server.ask_for_certificate)
      fail(ask->where,
           "the client has a certificate, and sends it only to a server that asks; expected "
           "ask_for_certificate = true, or certificate_names = 0");
    tls_.server.ask_for_certificate = true;
  }

  const Node* client_;
  const Node* server_;
  TlsConfig& tls_;
};

}  // namespace

std::optional<TlsConfig> read_tls(const Node& document) {
  const Node* client = find_path(document, "client.tls");
  const Node* server = find_path(document, "server.tls");
  if (client == nullptr && server == nullptr) return std::nullopt;
  TlsConfig tls;
  if (client != nullptr) {
    tls.client = read_client(*client);
    tls.resume = enum_of<Resumption>(*client, "resume", resume_words).value_or(Resumption::None);
    tls.raw_hello = string_of(*client, "raw");
  }
  if (server != nullptr) tls.server = read_server(*server);
  Settling(client, server, tls).run();
  return tls;
}

void imply_resumption(TlsConfig& tls) {
  if (tls.client.version == Version::Tls13)
    tls.resume = Resumption::Psk;
  else
    tls.resume = tls.server.tickets ? Resumption::Ticket : Resumption::SessionId;
}

}  // namespace twinwire::scenario
