// SPDX-License-Identifier: Apache-2.0
// A certificate of version 3 with a random serial number, valid from yesterday for ten years, whose names stand in
// subjectAltName (RFC 5280 section 4.2.1.6); issuer and subject are the same. P-256 because such a key is made in some
// ten microseconds, so every server can have its own.
#include "generator/tls/identity.hpp"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace twinwire::tls {
namespace {

constexpr long day = 86'400;
/// Upper bound of commonName (RFC 5280 appendix A.1, ub-common-name).
constexpr std::size_t longest_common_name = 64;

void set_subject(X509* certificate, const std::string& name) {
  X509_NAME* subject = X509_get_subject_name(certificate);
  const std::string common = name.substr(0, longest_common_name);
  require(X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_UTF8,
                                     reinterpret_cast<const unsigned char*>(common.data()),
                                     static_cast<int>(common.size()), -1, 0),
          "a certificate cannot have the name \"" + name + "\"");
  require(X509_set_issuer_name(certificate, subject), "a certificate cannot be issued by itself");
}

void append_name(GENERAL_NAMES* list, const std::string& name) {
  GENERAL_NAME* entry = GENERAL_NAME_new();
  ASN1_IA5STRING* text = ASN1_IA5STRING_new();
  require(ASN1_STRING_set(text, name.data(), static_cast<int>(name.size())), "no memory for a name");
  GENERAL_NAME_set0_value(entry, GEN_DNS, text);
  sk_GENERAL_NAME_push(list, entry);
}

void set_alternative_names(X509* certificate, const std::vector<std::string>& names) {
  GENERAL_NAMES* list = sk_GENERAL_NAME_new_null();
  for (const std::string& name : names) append_name(list, name);
  const int added = X509_add1_ext_i2d(certificate, NID_subject_alt_name, list, 0, X509V3_ADD_DEFAULT);
  GENERAL_NAMES_free(list);
  require(added, "a certificate cannot have so many names");
}

void set_serial_number(X509* certificate) {
  std::array<unsigned char, 8> random{};
  require(RAND_bytes(random.data(), static_cast<int>(random.size())), "there is no random number");
  std::uint64_t serial = 1;
  for (const unsigned char octet : random) serial = (serial << 7U) | (octet & 0x7FU);
  require(ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial), "a certificate needs a number");
}

template <class Write>
std::string written(Write write) {
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> memory(BIO_new(BIO_s_mem()), &BIO_free_all);
  require(write(memory.get()), "PEM cannot be written");
  char* text = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

}  // namespace

Identity make_identity(const std::vector<std::string>& names, OSSL_LIB_CTX* library) {
  if (names.empty()) throw TlsError("a certificate needs at least one name");
  Identity identity;
  identity.key.reset(EVP_PKEY_Q_keygen(library, nullptr, "EC", "P-256"));
  if (!identity.key) refuse("a P-256 key cannot be made");
  identity.certificate.reset(X509_new_ex(library, nullptr));
  X509* certificate = identity.certificate.get();
  require(X509_set_version(certificate, X509_VERSION_3), "a certificate needs a version");
  set_serial_number(certificate);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -day);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3650 * day);
  require(X509_set_pubkey(certificate, identity.key.get()), "a certificate cannot have the key");
  set_subject(certificate, names.front());
  set_alternative_names(certificate, names);
  if (X509_sign(certificate, identity.key.get(), EVP_sha256()) <= 0) refuse("a certificate cannot be signed");
  return identity;
}

Identity read_identity(const Credentials& credentials, OSSL_LIB_CTX* library) {
  const auto memory = [](const std::string& text) {
    return std::unique_ptr<BIO, decltype(&BIO_free_all)>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())),
                                                         &BIO_free_all);
  };
  Identity identity;
  identity.key.reset(
      PEM_read_bio_PrivateKey_ex(memory(credentials.key).get(), nullptr, nullptr, nullptr, library, nullptr));
  if (!identity.key) refuse("a private key cannot be read");
  X509* certificate = X509_new_ex(library, nullptr);
  if (PEM_read_bio_X509(memory(credentials.certificate).get(), &certificate, nullptr, nullptr) == nullptr) {
    X509_free(certificate);
    refuse("a certificate cannot be read");
  }
  identity.certificate.reset(certificate);
  return identity;
}

Credentials make_credentials(const std::vector<std::string>& names) {
  const Identity identity = make_identity(names, nullptr);
  return {to_pem(*identity.certificate), to_pem(*identity.key)};
}

std::vector<std::string> numbered_names(std::uint32_t count) {
  std::vector<std::string> names;
  names.reserve(count);
  for (std::uint32_t i = 1; i <= count; ++i) {
    const std::string number = std::to_string(i);
    names.push_back("host-" + std::string(5 - std::min<std::size_t>(number.size(), 5), '0') + number + ".example");
  }
  return names;
}

std::string to_pem(const X509& certificate) {
  return written([&](BIO* memory) { return PEM_write_bio_X509(memory, &certificate); });
}

std::string to_pem(const EVP_PKEY& key) {
  return written(
      [&](BIO* memory) { return PEM_write_bio_PrivateKey(memory, &key, nullptr, nullptr, 0, nullptr, nullptr); });
}

std::string fingerprint(const X509& certificate) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  require(X509_digest(&certificate, EVP_sha256(), digest.data(), &size), "a certificate has no digest");
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (unsigned int i = 0; i < size; ++i) {
    text += digits[digest[i] >> 4U];
    text += digits[digest[i] & 0xFU];
  }
  return text;
}

}  // namespace twinwire::tls
