// SPDX-License-Identifier: Apache-2.0
// A key and the certificate that it signs for itself, made anew each time.
#pragma once

#include <string>
#include <vector>

#include "generator/tls/openssl.hpp"

namespace twinwire::tls {

struct Identity {
  Owned<evp_pkey_st> key;
  Owned<x509_st> certificate;
};

/// A P-256 key and a certificate for these names, the first of which is its subject as well. A null library is
/// OpenSSL's own.
Identity make_identity(const std::vector<std::string>& names, ossl_lib_ctx_st* library);

/// What the PEM of `credentials` says. Throws TlsError.
Identity read_identity(const Credentials& credentials, ossl_lib_ctx_st* library);

/// So many names below one domain, each as long as the others.
std::vector<std::string> numbered_names(std::uint32_t count);

std::string to_pem(const x509_st& certificate);
std::string to_pem(const evp_pkey_st& key);
/// SHA-256 of the DER, in hexadecimal.
std::string fingerprint(const x509_st& certificate);

}  // namespace twinwire::tls
