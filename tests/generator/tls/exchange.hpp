// SPDX-License-Identifier: Apache-2.0
// Two peers without a wire between them: what one says the other hears, and the octets are kept.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>

#include "generator/tls/peer.hpp"
#include "generator/wire/tls.hpp"

namespace twinwire::tls {

struct Exchange {
  std::unique_ptr<Peer> client, server;
  Octets from_client, from_server;  ///< all that was said
  std::size_t client_writes = 0, server_writes = 0;

  /// Carries octets until both are silent.
  void run() {
    while (pass(*client, *server, from_client, client_writes) || pass(*server, *client, from_server, server_writes)) {
    }
  }
  wire::ClientHello hello() const { return wire::read_client_hello(from_client).value(); }

 private:
  static bool pass(Peer& from, Peer& to, Octets& said, std::size_t& writes) {
    const std::vector<Octets> taken = from.take();
    for (const Octets& write : taken) {
      said.insert(said.end(), write.begin(), write.end());
      to.receive(write);
    }
    writes += taken.size();
    return !taken.empty();
  }
};

/// A handshake as far as it gets.
inline Exchange handshake(Client& client, Server& server, const Session* resume = nullptr) {
  Exchange exchange{client.connect(resume), server.accept(), {}, {}};
  exchange.run();
  return exchange;
}

/// The session that a full handshake leaves.
inline Session session_of(Client& client, Server& server) {
  Exchange exchange = handshake(client, server);
  return exchange.client->take_sessions().at(0);
}

}  // namespace twinwire::tls
