// SPDX-License-Identifier: Apache-2.0
// A server makes a key, a certificate and an OpenSSL context of its own, unless it is given them; the context draws its
// ticket keys at random. Tickets are filled by a callback before they are encrypted; sessions without a ticket are kept
// here. Either way a session is dated by the server's clock, which may be another than the machine's: OpenSSL, which
// knows that one only, is shown a session whose age is right.
#include <openssl/rand.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <map>

#include "generator/tls/connection.hpp"
#include "generator/tls/context.hpp"
#include "generator/tls/hello_padding.hpp"

namespace twinwire::tls {
namespace {

/// OpenSSL issues larger tickets in TLS 1.3, but with some of these the client can build no hello any more.
constexpr std::uint32_t most_ticket_bytes = 65'000;

/// What connections of one server share.
struct Common {
  explicit Common(const ServerSettings& asked);

  ServerSettings settings;
  GroupLibrary library;
  Identity identity;
  Owned<SSL_CTX> context;
  Octets ticket_octets;
  std::map<Octets, Octets> kept;     ///< sessions without a ticket as DER, by ID
  std::optional<std::int64_t> told;  ///< what the clock shows, if it is not the machine's
  time::Duration passed{};           ///< by which it is ahead

  std::int64_t now() const {
    return told.value_or(machine_seconds()) + std::chrono::duration_cast<std::chrono::seconds>(passed).count();
  }
  /// Of a session that was dated by this clock.
  void show_age(SSL_SESSION& session) const { set_time(session, machine_seconds() - (now() - time_of(session))); }
};

int fill_ticket(SSL* ssl, void* argument) {
  const auto& common = *static_cast<const Common*>(argument);
  SSL_SESSION* session = SSL_get_session(ssl);
  if (common.settings.tickets) set_time(*session, common.now());
  const Octets& octets = common.ticket_octets;
  return octets.empty() ? 1 : SSL_SESSION_set1_ticket_appdata(session, octets.data(), octets.size());
}

SSL_TICKET_RETURN read_ticket(SSL*, SSL_SESSION* session, const unsigned char*, std::size_t, SSL_TICKET_STATUS status,
                              void* argument) {
  const auto& common = *static_cast<const Common*>(argument);
  if (session == nullptr) return SSL_TICKET_RETURN_IGNORE_RENEW;
  common.show_age(*session);
  return status == SSL_TICKET_SUCCESS_RENEW ? SSL_TICKET_RETURN_USE_RENEW : SSL_TICKET_RETURN_USE;
}

Common& common_of(SSL_CTX* context) { return *static_cast<Common*>(SSL_CTX_get_app_data(context)); }

Octets id_of(const SSL_SESSION& session) {
  unsigned int size = 0;
  const unsigned char* id = SSL_SESSION_get_id(&session, &size);
  return {id, id + size};
}

int keep_session(SSL* ssl, SSL_SESSION* session) {
  Common& common = common_of(SSL_get_SSL_CTX(ssl));
  const std::int64_t dated = time_of(*session);
  set_time(*session, common.now());
  common.kept[id_of(*session)] = encode(*session);
  set_time(*session, dated);
  return 0;  // no reference is kept
}

SSL_SESSION* find_session(SSL* ssl, const unsigned char* id, int size, int* copy) {
  *copy = 0;
  const Common& common = common_of(SSL_get_SSL_CTX(ssl));
  const auto found = common.kept.find(Octets(id, id + size));
  if (found == common.kept.end()) return nullptr;
  Owned<SSL_SESSION> session = decode(found->second);
  common.show_age(*session);
  return session.release();
}

void drop_session(SSL_CTX* context, SSL_SESSION* session) { common_of(context).kept.erase(id_of(*session)); }

bool offers(wire::Bytes list, const std::string& protocol) {
  for (std::size_t at = 0; at < list.size(); at += list[at] + std::size_t{1}) {
    const wire::Bytes offered = list.subspan(at + 1, list[at]);
    if (std::ranges::equal(offered, protocol, {}, {}, [](char octet) { return static_cast<std::uint8_t>(octet); })) {
      return true;
    }
  }
  return false;
}

bool offers_padding_only(wire::Bytes list) {
  for (std::size_t at = 0; at < list.size(); at += list[at] + std::size_t{1}) {
    if (!is_padding(list.subspan(at + 1, list[at]))) return false;
  }
  return true;
}

/// The server's preference decides; where nothing is shared the connection fails (RFC 7301 section 3.2).
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
                    unsigned int offered_size, void* argument) {
  const auto& common = *static_cast<const Common*>(argument);
  const wire::Bytes list(offered, offered_size);
  for (const std::string& protocol : common.settings.alpn) {
    if (!offers(list, protocol)) continue;
    *chosen = reinterpret_cast<const unsigned char*>(protocol.data());
    *size = static_cast<unsigned char>(protocol.size());
    return SSL_TLSEXT_ERR_OK;
  }
  return offers_padding_only(list) ? SSL_TLSEXT_ERR_NOACK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

void check(const ServerSettings& settings) {
  check(settings.records);
  check_protocols(settings.alpn);
  if (settings.ticket_bytes > most_ticket_bytes) {
    throw TlsError("a ticket cannot carry " + std::to_string(settings.ticket_bytes) +
                   " octets of application data: " + std::to_string(most_ticket_bytes) + " are possible");
  }
  if (settings.session_lifetime < std::chrono::seconds(1)) throw TlsError("a session lives for one second at least");
  if (settings.lowest > settings.highest) throw TlsError("the lowest version is above the highest");
}

long seconds_of(time::Duration lifetime) {
  return static_cast<long>(std::chrono::duration_cast<std::chrono::seconds>(lifetime).count());
}

void set_sessions(SSL_CTX* context, Common& common) {
  const ServerSettings& settings = common.settings;
  constexpr std::string_view name = "twinwire";
  require(SSL_CTX_set_session_id_context(context, reinterpret_cast<const unsigned char*>(name.data()),
                                         static_cast<unsigned int>(name.size())),
          "sessions cannot be kept");
  SSL_CTX_set_timeout(context, seconds_of(settings.session_lifetime));
  SSL_CTX_set_app_data(context, &common);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_SERVER | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context, keep_session);
  SSL_CTX_sess_set_get_cb(context, find_session);
  SSL_CTX_sess_set_remove_cb(context, drop_session);
  if (!settings.tickets) SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
  require(SSL_CTX_set_num_tickets(context, settings.ticket_count), "the count of tickets cannot be set");
  require(SSL_CTX_set_session_ticket_cb(context, fill_ticket, read_ticket, &common), "tickets cannot be filled");
  // Without this option OpenSSL would accept early data once for each session, and keep it by ID instead of a ticket.
  SSL_CTX_set_options(context, SSL_OP_NO_ANTI_REPLAY);
  require(SSL_CTX_set_max_early_data(context, settings.most_early_data), "early data cannot be allowed");
  // Bounds early data that is refused as well: what comes of it is skipped, whatever its size. OpenSSL adds to this
  // number without a look at its largest value.
  require(SSL_CTX_set_recv_max_early_data(context, UINT32_MAX / 2), "early data cannot be taken");
}

Common::Common(const ServerSettings& asked) : settings(asked), library(asked.key_share_bytes) {
  check(settings);
  identity = settings.credentials ? read_identity(*settings.credentials, library.get())
                                  : make_identity(settings.names, library.get());
  context = make_context(library, settings.lowest, settings.highest, settings.groups);
  watch_connections(*context, Role::Server);
  use_identity(*context, identity);
  ticket_octets.assign(settings.ticket_bytes, 0);
  set_sessions(context.get(), *this);
  if (!settings.alpn.empty()) SSL_CTX_set_alpn_select_cb(context.get(), choose_protocol, this);
  if (settings.ask_for_certificate) SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
}

}  // namespace

struct Server::State {
  std::shared_ptr<Common> common;
};

Server::Server(const ServerSettings& settings)
    : state_(std::make_unique<State>(State{std::make_shared<Common>(settings)})) {}
Server::~Server() = default;
Server::Server(Server&&) noexcept = default;
Server& Server::operator=(Server&&) noexcept = default;

std::unique_ptr<Peer> Server::accept() {
  Common& common = *state_->common;
  auto connection =
      std::make_unique<Connection>(*common.context, state_->common, Role::Server, common.settings.records);
  if (common.settings.most_early_data > 0) connection->expect_early_data();
  return connection;
}

void Server::age_sessions(time::Duration by) { state_->common->passed += by; }

void Server::tell_time(std::int64_t seconds) { state_->common->told = seconds; }

void Server::forget_sessions() {
  Common& common = *state_->common;
  common.kept.clear();
  SSL_CTX* context = common.context.get();
  Octets keys(static_cast<std::size_t>(SSL_CTX_get_tlsext_ticket_keys(context, nullptr, 0)));
  require(RAND_bytes(keys.data(), static_cast<int>(keys.size())), "there is no random number");
  require(SSL_CTX_set_tlsext_ticket_keys(context, keys.data(), static_cast<long>(keys.size())),
          "ticket keys cannot be set");
}

void Server::set_session_lifetime(time::Duration lifetime) {
  Common& common = *state_->common;
  common.settings.session_lifetime = lifetime;
  check(common.settings);
  SSL_CTX_set_timeout(common.context.get(), seconds_of(lifetime));
}

Credentials Server::credentials() const {
  const Identity& identity = state_->common->identity;
  return {to_pem(*identity.certificate), to_pem(*identity.key)};
}

}  // namespace twinwire::tls
