// SPDX-License-Identifier: Apache-2.0
// OpenSSL's objects as owned values, for the sources of this folder. OpenSSL's headers are not needed to read this one.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "generator/tls/peer.hpp"

struct evp_pkey_st;
struct ossl_lib_ctx_st;
struct ossl_provider_st;
struct ssl_ctx_st;
struct ssl_session_st;
struct ssl_st;
struct x509_st;

namespace twinwire::tls {

struct Release {
  void operator()(evp_pkey_st* key) const;
  void operator()(ossl_lib_ctx_st* library) const;
  void operator()(ossl_provider_st* provider) const;
  void operator()(ssl_ctx_st* context) const;
  void operator()(ssl_session_st* session) const;
  /// Without the flags of a shutdown OpenSSL would take the session for broken and forget it.
  void operator()(ssl_st* connection) const;
  void operator()(x509_st* certificate) const;
};
template <class Object>
using Owned = std::unique_ptr<Object, Release>;

/// The words of the errors that OpenSSL holds for this thread, in the order they came; it forgets them. "" if none.
std::string take_openssl_words();

/// Throws TlsError: `what`, and OpenSSL's own words behind it.
[[noreturn]] void refuse(std::string_view what);

Octets encode(const ssl_session_st& session);
/// Throws TlsError for what is no DER of a session.
Owned<ssl_session_st> decode(wire::Bytes der);

/// The clock that OpenSSL goes by, in whole seconds.
std::int64_t machine_seconds();

/// When a session came about, in seconds of the machine's clock.
std::int64_t time_of(const ssl_session_st& session);
void set_time(ssl_session_st& session, std::int64_t seconds);

/// Throws unless OpenSSL has said 1.
void require(long result, std::string_view what);

}  // namespace twinwire::tls
