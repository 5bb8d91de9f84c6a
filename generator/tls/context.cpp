// SPDX-License-Identifier: Apache-2.0
// The peer's certificate is taken as it is, by both roles: what is under test is the device between them. Limits that
// OpenSSL has on what it takes are lifted so far that no wanted size meets one.
#include "generator/tls/context.hpp"

#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace twinwire::tls {
namespace {

constexpr long most_certificate_bytes = 16L << 20U;

int protocol_version(Version version) { return version == Version::Tls12 ? TLS1_2_VERSION : TLS1_3_VERSION; }

int take_any_certificate(X509_STORE_CTX*, void*) { return 1; }

}  // namespace

Owned<SSL_CTX> make_context(const GroupLibrary& library, Version lowest, Version highest,
                            const std::vector<std::string>& groups) {
  OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
  Owned<SSL_CTX> context(SSL_CTX_new_ex(library.get(), nullptr, TLS_method()));
  if (!context) refuse("a TLS context cannot be made");
  SSL_CTX* ssl = context.get();
  require(SSL_CTX_set_min_proto_version(ssl, protocol_version(lowest)), "the lowest version cannot be set");
  require(SSL_CTX_set_max_proto_version(ssl, protocol_version(highest)), "the highest version cannot be set");
  if (const std::string list = library.groups(groups); !list.empty()) {
    require(SSL_CTX_set1_groups_list(ssl, list.c_str()), "the groups \"" + list + "\" cannot be used");
  }
  SSL_CTX_set_max_cert_list(ssl, most_certificate_bytes);
#ifdef SSL_OP_NO_TX_CERTIFICATE_COMPRESSION
  // From OpenSSL 3.2 on: hundreds of names would be pressed into a fraction of the octets that they are there for.
  SSL_CTX_set_options(ssl, SSL_OP_NO_TX_CERTIFICATE_COMPRESSION);
#endif
  SSL_CTX_set_cert_verify_callback(ssl, take_any_certificate, nullptr);
  return context;
}

void use_identity(SSL_CTX& context, const Identity& identity) {
  require(SSL_CTX_use_certificate(&context, identity.certificate.get()), "a certificate cannot be used");
  require(SSL_CTX_use_PrivateKey(&context, identity.key.get()), "a key cannot be used");
}

void check_protocols(const std::vector<std::string>& protocols) {
  for (const std::string& protocol : protocols) {
    if (protocol.empty() || protocol.size() > 255) {
      throw TlsError("an ALPN protocol has 1 to 255 octets, not " + std::to_string(protocol.size()));
    }
  }
}

}  // namespace twinwire::tls
