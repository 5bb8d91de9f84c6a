// SPDX-License-Identifier: Apache-2.0
// TLS as a proxy in the server's name speaks it: toward clients as servers with one certificate or the other, which
// know the sessions that they gave and no others; toward servers as clients without any session.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "generator/tls/peer.hpp"
#include "generator/wire/tls.hpp"

namespace twinwire::device {

enum class ProxyCertificate : std::uint8_t { Origin, Forged };

struct ProxyTlsSettings {
  ProxyCertificate certificate = ProxyCertificate::Origin;
  tls::Version highest = tls::Version::Tls13;
  bool tickets = true;
  std::uint32_t ticket_bytes = 0;
  std::uint32_t early_data = 0;
  bool operator==(const ProxyTlsSettings&) const = default;
};

class ProxyTls {
 public:
  /// Sessions that were given with another certificate of the origin's are known no more.
  void trust(const tls::Credentials& origin);
  /// Sessions that were given under other settings are known no more.
  void configure(const ProxyTlsSettings& settings);
  const ProxyTlsSettings& settings() const { return settings_; }
  void forget_sessions() { servers_.clear(); }
  /// Asks for the name and the protocols that the client asked for. Throws TlsError.
  std::unique_ptr<tls::Peer> toward_server(const wire::ClientHello& hello);
  /// `name` is what a forged certificate is made out to, `protocol` what the server chose by ALPN, "" if nothing.
  /// Throws TlsError.
  std::unique_ptr<tls::Peer> toward_client(const std::string& name, const std::string& protocol);

 private:
  const tls::Credentials& credentials(const std::string& name);

  ProxyTlsSettings settings_;
  std::optional<tls::Credentials> origin_;
  std::map<std::string, tls::Credentials> forged_;
  /// By the name of a forged certificate, and by protocol: OpenSSL fixes both for all connections of a server.
  std::map<std::pair<std::string, std::string>, tls::Server> servers_;
  /// By server_name and protocols.
  std::map<std::pair<std::string, std::vector<std::string>>, tls::Client> clients_;
};

}  // namespace twinwire::device
