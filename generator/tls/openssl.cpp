// SPDX-License-Identifier: Apache-2.0
// How each of OpenSSL's objects is given back, and how its queue of errors becomes one sentence.
#include "generator/tls/openssl.hpp"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/provider.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace twinwire::tls {

void Release::operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
void Release::operator()(OSSL_LIB_CTX* library) const { OSSL_LIB_CTX_free(library); }
void Release::operator()(OSSL_PROVIDER* provider) const { OSSL_PROVIDER_unload(provider); }
void Release::operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
void Release::operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
void Release::operator()(SSL* connection) const {
  SSL_set_shutdown(connection, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
  SSL_free(connection);
}
void Release::operator()(X509* certificate) const { X509_free(certificate); }

std::string take_openssl_words() {
  std::string words;
  while (const unsigned long error = ERR_get_error()) {
    const char* reason = ERR_reason_error_string(error);
    if (!words.empty()) words += "; ";
    words += reason != nullptr ? std::string(reason) : "error " + std::to_string(ERR_GET_REASON(error));
  }
  return words;
}

Octets encode(const SSL_SESSION& session) {
  unsigned char* der = nullptr;
  const int size = i2d_SSL_SESSION(&session, &der);
  if (size <= 0) return {};
  Octets octets(der, der + size);
  OPENSSL_free(der);
  return octets;
}

Owned<SSL_SESSION> decode(wire::Bytes der) {
  const unsigned char* octets = der.data();
  Owned<SSL_SESSION> session(d2i_SSL_SESSION(nullptr, &octets, static_cast<long>(der.size())));
  if (!session) refuse("a session cannot be read from its DER");
  return session;
}

// A session is dated when it is made.
std::int64_t machine_seconds() { return time_of(*Owned<SSL_SESSION>(SSL_SESSION_new())); }

// OpenSSL 3.3 has new functions for times beyond 2038, and 3.4 warns of the old ones.
#if OPENSSL_VERSION_NUMBER >= 0x30300000L
std::int64_t time_of(const SSL_SESSION& session) { return SSL_SESSION_get_time_ex(&session); }
void set_time(SSL_SESSION& session, std::int64_t seconds) { SSL_SESSION_set_time_ex(&session, seconds); }
#else
std::int64_t time_of(const SSL_SESSION& session) { return SSL_SESSION_get_time(&session); }
void set_time(SSL_SESSION& session, std::int64_t seconds) { SSL_SESSION_set_time(&session, seconds); }
#endif

void refuse(std::string_view what) {
  const std::string words = take_openssl_words();
  throw TlsError(words.empty() ? std::string(what) : std::string(what) + ": OpenSSL says: " + words);
}

void require(long result, std::string_view what) {
  if (result != 1) refuse(what);
}

}  // namespace twinwire::tls
