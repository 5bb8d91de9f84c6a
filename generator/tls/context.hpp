// SPDX-License-Identifier: Apache-2.0
// What clients and servers have in common when they set OpenSSL up.
#pragma once

#include "generator/tls/identity.hpp"
#include "generator/tls/made_up_group.hpp"
#include "generator/tls/openssl.hpp"

namespace twinwire::tls {

/// A context for these versions and groups that depends on no configuration file. Throws TlsError.
Owned<ssl_ctx_st> make_context(const GroupLibrary& library, Version lowest, Version highest,
                               const std::vector<std::string>& groups);

void use_identity(ssl_ctx_st& context, const Identity& identity);

/// Throws TlsError if one of them is no ALPN protocol: 1 to 255 octets (RFC 7301 section 3.1).
void check_protocols(const std::vector<std::string>& protocols);

}  // namespace twinwire::tls
