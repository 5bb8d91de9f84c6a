// SPDX-License-Identifier: Apache-2.0
// A group for key exchange whose shares have any wanted size, so that a hello has the shape of a post-quantum one with
// an OpenSSL that knows no such group. It is a shape only: the secret can be read off the wire. An OpenSSL that has a
// group with shares of that size (from 3.5 on) uses that one, and is understood by everybody who has it.
#pragma once

#include <string>

#include "generator/tls/openssl.hpp"

namespace twinwire::tls {

/// An OpenSSL library of its own that knows the group besides its usual ones.
class GroupLibrary {
 public:
  /// `share_bytes` is what a client sends; 0: no group, and OpenSSL's own library. Throws TlsError.
  explicit GroupLibrary(std::uint32_t share_bytes);

  ossl_lib_ctx_st* get() const { return library_.get(); }
  /// The list of groups in OpenSSL's form: the made-up one before those of the settings. "" for OpenSSL's default.
  std::string groups(const std::vector<std::string>& others) const;

 private:
  std::string group_;
  Owned<ossl_lib_ctx_st> library_;
  Owned<ossl_provider_st> made_up_, usual_;
};

/// Octets of what a server answers to a share: those of ML-KEM and its hybrids where the client's size is one of theirs
/// (FIPS 203; draft-ietf-tls-ecdhe-mlkem), else as many as the client's.
std::uint32_t answer_bytes(std::uint32_t share_bytes);

/// The code point of the group: of the real one of that size, or one for private use (RFC 8446 section 4.2.7).
std::uint16_t group_code(std::uint32_t share_bytes);

}  // namespace twinwire::tls
