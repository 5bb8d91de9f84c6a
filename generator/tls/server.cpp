// SPDX-License-Identifier: Apache-2.0
// A server makes a key, a certificate and an OpenSSL context of its own; the context draws its ticket keys at random
// and remembers sessions for itself, so no other server knows them. Tickets are filled by a callback before they are
// encrypted. OpenSSL reads the clock of the machine for the age of a session; what has passed on a simulated clock is
// added: a ticket is dated by what had passed when it was issued, and read by what has passed since.
#include <openssl/rand.h>
#include <openssl/ssl.h>

#include <algorithm>

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
  time::Duration passed{};  ///< by which sessions are older than the machine's clock says

  std::int64_t seconds_passed() const { return std::chrono::duration_cast<std::chrono::seconds>(passed).count(); }
};

int fill_ticket(SSL* ssl, void* argument) {
  const auto& common = *static_cast<const Common*>(argument);
  SSL_SESSION* session = SSL_get_session(ssl);
  if (common.settings.tickets) set_time(*session, time_of(*session) + common.seconds_passed());
  const Octets& octets = common.ticket_octets;
  return octets.empty() ? 1 : SSL_SESSION_set1_ticket_appdata(session, octets.data(), octets.size());
}

SSL_TICKET_RETURN read_ticket(SSL*, SSL_SESSION* session, const unsigned char*, std::size_t, SSL_TICKET_STATUS status,
                              void* argument) {
  const auto& common = *static_cast<const Common*>(argument);
  if (session == nullptr) return SSL_TICKET_RETURN_IGNORE_RENEW;
  set_time(*session, time_of(*session) - common.seconds_passed());
  return status == SSL_TICKET_SUCCESS_RENEW ? SSL_TICKET_RETURN_USE_RENEW : SSL_TICKET_RETURN_USE;
}

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

void Server::age_sessions(time::Duration by) {
  Common& common = *state_->common;
  const std::int64_t before = common.seconds_passed();
  common.passed += by;
  std::int64_t older = common.seconds_passed() - before;
  const auto date_back = [](void* session, void* argument) {
    auto& remembered = *static_cast<SSL_SESSION*>(session);
    set_time(remembered, time_of(remembered) - *static_cast<std::int64_t*>(argument));
  };
  OPENSSL_LH_doall_arg(reinterpret_cast<OPENSSL_LHASH*>(SSL_CTX_sessions(common.context.get())), date_back, &older);
}

void Server::forget_sessions() {
  SSL_CTX* context = state_->common->context.get();
  // OpenSSL 3.4 has a new function for times beyond 2038, and warns of the old one.
#if OPENSSL_VERSION_NUMBER >= 0x30400000L
  SSL_CTX_flush_sessions_ex(context, 0);
#else
  SSL_CTX_flush_sessions(context, 0);
#endif
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
