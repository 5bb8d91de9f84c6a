// SPDX-License-Identifier: Apache-2.0
// Octets that arrive are put into the one memory BIO, then OpenSSL is driven as far as they carry it: early data, the
// handshake, application data. What it has written meanwhile lies in the other BIO until take() cuts it into records.
// Records with handshake messages that OpenSSL encrypts can only be cut by itself; it knows one size for all of them,
// and is given the last of the list until the handshake is over. What is known of the connection is gathered by
// callbacks while OpenSSL works, because much of it can no longer be asked for once a handshake has failed.
#include "generator/tls/connection.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "generator/tls/identity.hpp"
#include "generator/wire/tls.hpp"

namespace twinwire::tls {
namespace {

constexpr std::uint8_t client_hello = 1;
constexpr std::uint8_t server_hello = 2;
constexpr std::uint8_t new_session_ticket = 4;

/// After a HelloRetryRequest an OpenSSL server measures early data, which it has to skip, as if it were in plain text;
/// so 256 octets are left for what encryption adds (RFC 8446 section 5.2).
constexpr std::size_t largest_early_record = largest_record - 256;

/// A message as the stream that would carry it.
Octets as_stream(wire::Bytes message) {
  Octets stream;
  while (!message.empty()) {
    const std::size_t size = std::min<std::size_t>(message.size(), largest_record);
    std::array<std::uint8_t, record_header_bytes> header{wire::tls_content::Handshake, 3, 3};
    wire::store16(header, 3, static_cast<std::uint16_t>(size));
    stream.insert(stream.end(), header.begin(), header.end());
    stream.insert(stream.end(), message.begin(), message.begin() + static_cast<std::ptrdiff_t>(size));
    message = message.subspan(size);
  }
  return stream;
}

/// Of a NewSessionTicket message (RFC 5077 section 3.3, RFC 8446 section 4.6.1).
std::uint32_t ticket_size(wire::Bytes message, std::optional<Version> version) {
  constexpr std::size_t header = 4, lifetime = 4, age_add = 4;
  std::size_t at = header + lifetime;
  if (version == Version::Tls13) {
    at += age_add;
    if (at < message.size()) at += std::size_t{1} + message[at];  // the nonce
  }
  return at + 2 <= message.size() ? wire::load16(message, at) : 0;
}

void on_message(int /*written*/, int /*version*/, int type, const void* octets, std::size_t size, SSL* ssl, void*) {
  if (type == SSL3_RT_HANDSHAKE) {
    Connection::of(ssl).saw_message({static_cast<const std::uint8_t*>(octets), size});
  }
}

void on_change(const SSL* ssl, int where, int value) {
  if ((where & SSL_CB_ALERT) == 0) return;
  Connection& connection = Connection::of(ssl);
  (where & SSL_CB_READ) != 0 ? connection.saw_alert_received(value) : connection.saw_alert_sent(value);
}

int on_session(SSL* ssl, SSL_SESSION* session) {
  Connection::of(ssl).saw_session(*session);
  return 0;  // the session is not kept
}

void on_key(const SSL* ssl, const char* line) { Connection::of(ssl).saw_key(line); }

}  // namespace

void watch_connections(SSL_CTX& context, Role role) {
  SSL_CTX_set_msg_callback(&context, on_message);
  SSL_CTX_set_info_callback(&context, on_change);
  SSL_CTX_set_keylog_callback(&context, on_key);
  if (role == Role::Server) return;
  // A session is told once, as it came, and then lives on as DER: one that OpenSSL kept would be used up by use.
  SSL_CTX_set_session_cache_mode(&context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(&context, on_session);
}

Connection& Connection::of(const SSL* ssl) { return *static_cast<Connection*>(SSL_get_app_data(ssl)); }

Connection::Connection(SSL_CTX& context, std::shared_ptr<const void> keeps, Role role, const Records& records)
    : keeps_(std::move(keeps)),
      ssl_(SSL_new(&context)),
      role_(role),
      flush_each_(records.flush_each),
      encrypted_record_(records.sizes.empty() ? largest_record : records.sizes.back()),
      cutter_(records) {
  if (!ssl_) refuse("a TLS connection cannot be made");
  SSL* ssl = ssl_.get();
  SSL_set_app_data(ssl, this);
  SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  SSL_set_split_send_fragment(ssl, encrypted_record_);
  role == Role::Client ? SSL_set_connect_state(ssl) : SSL_set_accept_state(ssl);
  if (role == Role::Server) facts_.certificate = fingerprint(*SSL_get_certificate(ssl));
}

void Connection::begin(wire::Bytes early_data) {
  ERR_clear_error();
  if (!early_data.empty()) write_early_data(early_data);
  advance();
  if (facts_.progress == Progress::Failed) throw TlsError("the ClientHello cannot be made: " + facts_.error);
}

void Connection::write_early_data(wire::Bytes octets) {
  SSL_set_split_send_fragment(ssl(), largest_record);
  while (!octets.empty()) {
    const wire::Bytes piece = octets.first(std::min(octets.size(), largest_early_record));
    std::size_t count = 0;
    require(SSL_write_early_data(ssl(), piece.data(), piece.size(), &count), "early data cannot be sent");
    octets = octets.subspan(count);
  }
  SSL_set_split_send_fragment(ssl(), encrypted_record_);
}

wire::Bytes Connection::written() const {
  char* octets = nullptr;
  const long size = BIO_get_mem_data(SSL_get_wbio(ssl()), &octets);
  return {reinterpret_cast<const std::uint8_t*>(octets), static_cast<std::size_t>(size)};
}

void Connection::receive(wire::Bytes octets) {
  std::size_t count = 0;
  if (!octets.empty()) require(BIO_write_ex(SSL_get_rbio(ssl()), octets.data(), octets.size(), &count), "no memory");
  advance();
}

std::vector<Octets> Connection::take() {
  std::vector<Octets> records = cutter_.cut(written(), facts_.version);
  (void)BIO_reset(SSL_get_wbio(ssl()));
  if (flush_each_ || records.size() < 2) return records;
  std::vector<Octets> joined(1);
  for (const Octets& record : records) joined[0].insert(joined[0].end(), record.begin(), record.end());
  return joined;
}

void Connection::write(wire::Bytes octets) {
  if (SSL_is_init_finished(ssl()) == 0 || facts_.progress == Progress::Failed ||
      (SSL_get_shutdown(ssl()) & SSL_SENT_SHUTDOWN) != 0) {
    throw std::logic_error("application data is written to a TLS connection that is not open");
  }
  if (octets.empty()) return;
  ERR_clear_error();
  std::size_t count = 0;
  if (SSL_write_ex(ssl(), octets.data(), octets.size(), &count) != 1) fail();
}

Octets Connection::read() { return std::exchange(inbox_, {}); }

void Connection::close() {
  // OpenSSL has no way to say it in the middle of a handshake.
  if (SSL_is_init_finished(ssl()) == 0 || facts_.progress == Progress::Failed) return;
  ERR_clear_error();
  SSL_shutdown(ssl());
  facts_.progress = Progress::Closed;
}

void Connection::advance() {
  if (facts_.progress == Progress::Failed) return;
  if (expects_early_data_) read_early_data();
  if (facts_.progress == Progress::Handshaking && !expects_early_data_) shake_hands();
  if (facts_.progress == Progress::Complete || facts_.progress == Progress::Closed) read_application_data();
}

void Connection::read_early_data() {
  std::array<std::uint8_t, largest_record> buffer{};
  while (true) {
    ERR_clear_error();
    std::size_t count = 0;
    const int result = SSL_read_early_data(ssl(), buffer.data(), buffer.size(), &count);
    inbox_.insert(inbox_.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(count));
    if (result == SSL_READ_EARLY_DATA_SUCCESS) continue;
    if (result == SSL_READ_EARLY_DATA_FINISH) {
      expects_early_data_ = false;
    } else if (SSL_get_error(ssl(), 0) != SSL_ERROR_WANT_READ) {
      fail();
    }
    return;
  }
}

void Connection::shake_hands() {
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl());
  if (result == 1) {
    complete();
  } else if (SSL_get_error(ssl(), result) != SSL_ERROR_WANT_READ) {
    fail();
  }
}

void Connection::complete() {
  facts_.progress = Progress::Complete;
  facts_.resumed = SSL_session_reused(ssl()) == 1;
  facts_.early_data_accepted = SSL_get_early_data_status(ssl()) == SSL_EARLY_DATA_ACCEPTED;
  const unsigned char* protocol = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(ssl(), &protocol, &size);
  facts_.alpn.assign(protocol, protocol + size);
  if (role_ == Role::Client && !facts_.resumed) facts_.certificate = peer_certificate();
  // Of a ticket that comes with a resumption OpenSSL tells in TLS 1.3 only.
  const bool tells = !facts_.resumed || facts_.version == Version::Tls13;
  if (role_ == Role::Client && !tells && ticket_came_) saw_session(*SSL_get0_session(ssl()));
  SSL_set_split_send_fragment(ssl(), largest_record);
}

std::string Connection::peer_certificate() const {
  const X509* certificate = SSL_get0_peer_certificate(ssl());
  return certificate == nullptr ? std::string() : fingerprint(*certificate);
}

void Connection::read_application_data() {
  std::array<std::uint8_t, largest_record> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  while (true) {
    ERR_clear_error();
    std::size_t count = 0;
    const int result = SSL_read_ex(ssl(), buffer.data(), buffer.size(), &count);
    if (result != 1) {
      const int error = SSL_get_error(ssl(), result);
      if (error == SSL_ERROR_ZERO_RETURN) facts_.progress = Progress::Closed;
      if (error != SSL_ERROR_ZERO_RETURN && error != SSL_ERROR_WANT_READ) fail();
      return;
    }
    inbox_.insert(inbox_.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(count));
  }
}

void Connection::fail() {
  facts_.progress = Progress::Failed;
  facts_.error = take_openssl_words();
  if (facts_.error.empty()) facts_.error = "the connection failed without a reason";
}

void Connection::saw_message(wire::Bytes message) {
  if (message.empty()) return;
  if (message[0] == new_session_ticket) {
    ticket_came_ = true;
    facts_.ticket_bytes = ticket_size(message, facts_.version);
  }
  if (message[0] == client_hello && role_ == Role::Server) {
    const auto hello = wire::read_client_hello(as_stream(message));
    if (hello && hello->server_name) facts_.server_name = *hello->server_name;
  }
  if (message[0] == server_hello) {
    const auto hello = wire::read_server_hello(as_stream(message));
    if (!hello) return;
    facts_.hello_retry = facts_.hello_retry || hello->hello_retry;
    if (hello->version == TLS1_2_VERSION) facts_.version = Version::Tls12;
    if (hello->version == TLS1_3_VERSION) facts_.version = Version::Tls13;
  }
}

void Connection::saw_alert_received(int value) {
  saw_alert(value, facts_.alert_received);
  if ((value & 0xFF) == SSL_AD_CLOSE_NOTIFY) facts_.close_notify_received = true;
}

void Connection::saw_alert(int value, std::optional<int>& description) {
  const int number = value & 0xFF;  // the level stands above it
  if (number != SSL_AD_CLOSE_NOTIFY) description = number;
}

void Connection::saw_session(SSL_SESSION& session) {
  Session saved;
  saved.der = encode(session);
  if (saved.der.empty()) return;
  saved.version = SSL_SESSION_get_protocol_version(&session) == TLS1_3_VERSION ? Version::Tls13 : Version::Tls12;
  const unsigned char* ticket = nullptr;
  std::size_t ticket_bytes = 0;
  SSL_SESSION_get0_ticket(&session, &ticket, &ticket_bytes);
  saved.ticket_bytes = static_cast<std::uint32_t>(ticket_bytes);
  sessions_.push_back(std::move(saved));
}

}  // namespace twinwire::tls
