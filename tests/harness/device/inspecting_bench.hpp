// SPDX-License-Identifier: Apache-2.0
// The built-in bench with the inspecting firewall, in whichever world: it comes up switched off, its changes switch it,
// and secrets that are told to the bench come to it.
#pragma once

#include <filesystem>

#include "harness/scenario/load.hpp"
#include "tests/generator/tls/exchange.hpp"
#include "tests/harness/device/ends.hpp"
#include "tests/support/catch.hpp"

namespace twinwire::test {

inline scenario::BenchSpec builtin_bench(const std::string& name) {
  const auto folder = std::filesystem::path(TWINWIRE_SOURCE_DIR) / "harness/bench/builtin";
  return scenario::load_bench(folder / (name + ".toml"), folder);
}

/// Sends what the ends of an exchange have said, and says whether the client was given all of the server's.
inline bool passes(Ends& ends, const tls::Exchange& exchange) {
  namespace flag = wire::tcp_flag;
  constexpr std::size_t piece_bytes = 1200;
  ends.client_heard.clear();
  ends.server_heard.clear();
  ends.shake_hands();
  std::uint32_t client_next = client_iss + 1;
  for (const auto& piece : cut(exchange.from_client, piece_bytes)) {
    ends.send(Party::Client, {flag::Ack, client_next, server_iss + 1, piece});
    client_next += static_cast<std::uint32_t>(piece.size());
    REQUIRE(ends.hears(Party::Server, ends.server_heard.size() + 1));
  }
  std::uint32_t server_next = server_iss + 1;
  for (const auto& piece : cut(exchange.from_server, piece_bytes)) {
    ends.send(Party::Server, {flag::Ack, server_next, client_next, piece});
    server_next += static_cast<std::uint32_t>(piece.size());
    REQUIRE(ends.hears(Party::Client, ends.client_heard.size() + 1));
    if (ends.client_heard.back().tcp().has(flag::Rst)) return false;
  }
  return true;
}

inline void check_changes(Ends& ends) {
  tls::Client client{tls::ClientSettings{}};
  tls::Server server{tls::ServerSettings{}};
  const tls::Session old = session_of(client, server);
  const tls::Exchange full = handshake(client, server);
  const tls::Session fresh = full.client->take_sessions().at(0);
  const tls::Exchange old_again = handshake(client, server, &old);
  const tls::Exchange fresh_again = handshake(client, server, &fresh);

  CHECK(passes(ends, old_again));
  CHECK(ends.bench->counters().at("connections") == 0);
  ends.bench->apply("inspection");
  CHECK_FALSE(passes(ends, old_again));
  CHECK(ends.bench->take_log(ends.tuple) ==
        std::vector<std::string>{
            "decrypt-error: session not seen before, TLS 1.3 PSK, 198.18.1.2:40001 > 198.18.2.2:443: reset"});
  CHECK(passes(ends, full));
  for (const auto& line : full.server->take_key_log()) ends.bench->tell_secret(line);
  CHECK(ends.bench->counters().at("sessions_learnt") == 1);
  ends.bench->forget(ends.tuple);
  CHECK(passes(ends, fresh_again));
  ends.bench->forget(ends.tuple);
  ends.bench->apply("failover");
  CHECK_FALSE(passes(ends, fresh_again));
  ends.bench->apply("no-inspection");
  CHECK(passes(ends, old_again));
  CHECK(ends.bench->counters().at("decrypt_error") == 2);
}

}  // namespace twinwire::test
