// SPDX-License-Identifier: Apache-2.0
// A client makes each ClientHello by OpenSSL. When a size is wanted, a first hello is made without padding and
// measured; from what it lacks the shape of the real one follows, and that one is measured as well before it is given
// out, so that a size is never assumed. The session is decoded anew each time: OpenSSL marks a TLS 1.3 session as used
// up when it has been offered, and would not offer the same object again.
#include <openssl/ssl.h>

#include <algorithm>

#include "generator/tls/connection.hpp"
#include "generator/tls/context.hpp"
#include "generator/tls/hello_padding.hpp"
#include "generator/wire/tls.hpp"

namespace twinwire::tls {
namespace {

/// Of the extensions for private use (RFC 8446 section 11).
constexpr unsigned int extension_type = 0xFF77;
constexpr std::uint32_t extension_header = 4;

int add_extension(SSL* ssl, unsigned int, unsigned int, const unsigned char** octets, std::size_t* size, X509*,
                  std::size_t, int*, void*) {
  const Octets& extension = Connection::of(ssl).extension;
  if (extension.empty()) return 0;
  *octets = extension.data() + extension_header;
  *size = extension.size() - extension_header;
  return 1;
}

/// A session that came too long ago is offered all the same: what a device does with it may be the question. OpenSSL
/// would leave it out of a TLS 1.3 hello, so it is told that it came just now.
void renew_if_expired(SSL_SESSION& session) {
  const std::int64_t now = machine_seconds();
  const auto lifetime = static_cast<std::int64_t>(SSL_SESSION_get_ticket_lifetime_hint(&session));
  if (time_of(session) + lifetime <= now) set_time(session, now);
}

Owned<SSL_SESSION> decode(const Session& saved) { return tls::decode(saved.der); }

/// Leaves four octets out of the hello: two suites of TLS 1.2 that stand last in the list and so are never preferred,
/// or, where TLS 1.3 alone is offered, the session_ticket extension, which it has no use for (RFC 8446 section 4.6.1).
void leave_out_last(SSL* ssl, const ClientSettings& settings) {
  if (settings.version == Version::Tls13 && !settings.also_older) {
    SSL_set_options(ssl, SSL_OP_NO_TICKET);
    return;
  }
  STACK_OF(SSL_CIPHER)* suites = SSL_get1_supported_ciphers(ssl);
  std::string list;
  for (int i = 0; i + 2 < sk_SSL_CIPHER_num(suites); ++i) {
    const SSL_CIPHER* suite = sk_SSL_CIPHER_value(suites, i);
    if (SSL_CIPHER_get_protocol_id(suite) >> 8U == 0x13) continue;  // those of TLS 1.3 have a list of their own
    list += (list.empty() ? "" : ":") + std::string(SSL_CIPHER_get_name(suite));
  }
  sk_SSL_CIPHER_free(suites);
  require(SSL_set_cipher_list(ssl, list.c_str()), "two cipher suites cannot be left out");
}

void check(const ClientSettings& settings) {
  check(settings.records);
  check_protocols(settings.alpn);
  const std::uint32_t offset = settings.server_name_offset;
  if (offset > 0 && offset < extension_header) {
    throw TlsError("server_name cannot be put off by " + std::to_string(offset) +
                   " octets: an extension has at least " + std::to_string(extension_header));
  }
  if (offset > 65'535) throw TlsError("the extensions of a ClientHello have room for 65535 octets");
}

/// What connections of one client share.
struct Common {
  explicit Common(const ClientSettings& asked);

  ClientSettings settings;
  GroupLibrary library;
  Owned<SSL_CTX> context;
};

Common::Common(const ClientSettings& asked) : settings(asked), library(asked.key_share_bytes) {
  check(settings);
  const Version lowest = settings.also_older ? Version::Tls12 : settings.version;
  context = make_context(library, lowest, settings.version, settings.groups);
  watch_connections(*context, Role::Client);
  require(SSL_CTX_add_custom_ext(context.get(), extension_type, SSL_EXT_CLIENT_HELLO, add_extension, nullptr, nullptr,
                                 nullptr, nullptr),
          "an extension cannot be added");
  if (settings.certificate_names > 0) {
    use_identity(*context, make_identity(numbered_names(settings.certificate_names), library.get()));
  }
}

void apply(SSL* ssl, const ClientSettings& settings, const HelloShape& shape) {
  if (!settings.server_name.empty()) {
    std::string name = settings.server_name;
    require(SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data()),
            "the server name \"" + settings.server_name + "\" cannot be used");
  }
  const Octets protocols = alpn_list(settings.alpn, shape.protocol_bytes);
  // Of OpenSSL's functions the only one that says 0 when all is well.
  if (SSL_set_alpn_protos(ssl, protocols.data(), static_cast<unsigned int>(protocols.size())) != 0) {
    refuse("the ALPN protocols cannot be used");
  }
  if (shape.without_encrypt_then_mac) SSL_set_options(ssl, SSL_OP_NO_ENCRYPT_THEN_MAC);
  if (shape.without_last_suites) leave_out_last(ssl, settings);
  Connection::of(ssl).extension.resize(shape.extension_bytes);
}

Octets early_data(const ClientSettings& settings, const SSL_SESSION& session) {
  Octets octets(std::min(settings.early_data, SSL_SESSION_get_max_early_data(&session)));
  for (std::size_t i = 0; i < octets.size(); ++i) octets[i] = static_cast<std::uint8_t>('a' + i % 26);
  return octets;
}

std::unique_ptr<Connection> begin(const std::shared_ptr<const Common>& common, const HelloShape& shape,
                                  const Session* resume) {
  auto connection = std::make_unique<Connection>(*common->context, common, Role::Client, common->settings.records);
  apply(connection->ssl(), common->settings, shape);
  Octets early;
  if (resume != nullptr) {
    const Owned<SSL_SESSION> session = decode(*resume);
    if (common->settings.offer_expired) renew_if_expired(*session);
    require(SSL_set_session(connection->ssl(), session.get()), "a session cannot be offered");
    if (common->settings.version == Version::Tls13) early = early_data(common->settings, *session);
  }
  connection->begin(early);
  return connection;
}

wire::ClientHello hello_of(const Connection& connection) {
  const auto hello = wire::read_client_hello(connection.written());
  if (!hello || !hello->whole) throw TlsError("OpenSSL has written no ClientHello");
  return *hello;
}

}  // namespace

Session with_age(const Session& session, time::Duration age) {
  const Owned<SSL_SESSION> decoded = decode(session);
  set_time(*decoded, machine_seconds() - std::chrono::duration_cast<std::chrono::seconds>(age).count());
  Session older = session;
  older.der = encode(*decoded);
  return older;
}

struct Client::State {
  std::shared_ptr<const Common> common;
};

Client::Client(const ClientSettings& settings)
    : state_(std::make_unique<State>(State{std::make_shared<const Common>(settings)})) {}
Client::~Client() = default;
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;

std::unique_ptr<Peer> Client::connect(const Session* resume) {
  const ClientSettings& settings = state_->common->settings;
  std::unique_ptr<Connection> connection = begin(state_->common, unpadded_hello(settings), resume);
  if (!settings.hello_bytes) return connection;
  const wire::ClientHello natural = hello_of(*connection);
  const HelloShape shape = pad_hello(settings, {natural.message_bytes, natural.extension_bytes});
  connection = begin(state_->common, shape, resume);
  const std::size_t made = wire_bytes(settings.records, hello_of(*connection).message_bytes);
  if (made != *settings.hello_bytes) {
    throw TlsError("OpenSSL has made a ClientHello of " + std::to_string(made) + " octets instead of " +
                   std::to_string(*settings.hello_bytes));
  }
  return connection;
}

}  // namespace twinwire::tls
