// SPDX-License-Identifier: Apache-2.0
// Servers and clients are made when a connection first needs one like it, and kept. A server remembers its sessions, so
// that a client which comes back with the same name and protocol finds the one that gave it its session; forgetting
// them is dropping the servers, whose connections under way live on. Each client makes a full handshake every time,
// because no session is ever handed to it.
#include "harness/device/terminating_tls.hpp"

namespace twinwire::device {
namespace {

/// What is kept of each kind. Whoever asks for ever new names makes the proxy begin again, sessions included.
constexpr std::size_t most_kept = 256;

template <typename Kept>
void make_room(Kept& kept) {
  if (kept.size() >= most_kept) kept.clear();
}

}  // namespace

void ProxyTls::trust(const tls::Credentials& origin) {
  if (origin_ && origin_->certificate == origin.certificate && origin_->key == origin.key) return;
  origin_ = origin;
  if (settings_.certificate == ProxyCertificate::Origin) servers_.clear();
}

void ProxyTls::configure(const ProxyTlsSettings& settings) {
  if (settings == settings_) return;
  settings_ = settings;
  servers_.clear();
  clients_.clear();
}

const tls::Credentials& ProxyTls::credentials(const std::string& name) {
  if (settings_.certificate == ProxyCertificate::Origin) {
    if (!origin_) throw tls::TlsError("the server's certificate and key are not known");
    return *origin_;
  }
  if (const auto known = forged_.find(name); known != forged_.end()) return known->second;
  make_room(forged_);
  return forged_.emplace(name, tls::make_credentials({name})).first->second;
}

std::unique_ptr<tls::Peer> ProxyTls::toward_server(const wire::ClientHello& hello) {
  auto key = std::pair(hello.server_name.value_or(""), hello.alpn);
  auto known = clients_.find(key);
  if (known == clients_.end()) {
    make_room(clients_);
    tls::ClientSettings asked;
    asked.version = settings_.highest;
    asked.also_older = true;
    asked.server_name = key.first;
    asked.alpn = key.second;
    known = clients_.emplace(std::move(key), tls::Client(asked)).first;
  }
  return known->second.connect();
}

std::unique_ptr<tls::Peer> ProxyTls::toward_client(const std::string& name, const std::string& protocol) {
  const bool forged = settings_.certificate == ProxyCertificate::Forged;
  const auto key = std::pair(forged ? name : std::string(), protocol);
  auto known = servers_.find(key);
  if (known == servers_.end()) {
    make_room(servers_);
    tls::ServerSettings offered;
    offered.highest = settings_.highest;
    offered.credentials = credentials(name);
    offered.tickets = settings_.tickets;
    offered.ticket_bytes = settings_.ticket_bytes;
    offered.most_early_data = settings_.early_data;
    if (!protocol.empty()) offered.alpn = {protocol};
    known = servers_.emplace(key, tls::Server(offered)).first;
  }
  return known->second.accept();
}

}  // namespace twinwire::device
