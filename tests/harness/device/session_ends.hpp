// SPDX-License-Identifier: Apache-2.0
// A client and a server that give and take sessions of one kind, with an inspecting firewall between them.
#pragma once

#include "harness/device/crossing.hpp"
#include "tests/harness/device/tls_path.hpp"
#include "tests/support/catch.hpp"

namespace twinwire::test {

inline const device::Settings on{{"inspection", "on"}}, off{{"inspection", "off"}};

struct Kind {
  const char* name;
  tls::Version version;
  bool tickets;
  const char* words;  ///< as the log has it
};
inline constexpr Kind kinds[] = {{"TLS 1.2, session ID", tls::Version::Tls12, false, "TLS 1.2 session ID"},
                                 {"TLS 1.2, ticket", tls::Version::Tls12, true, "TLS 1.2 ticket"},
                                 {"TLS 1.3, PSK", tls::Version::Tls13, true, "TLS 1.3 PSK"},
                                 {"TLS 1.3, PSK that the server remembers", tls::Version::Tls13, false, "TLS 1.3 PSK"}};

inline tls::ClientSettings client_of(const Kind& kind) {
  tls::ClientSettings settings;
  settings.version = kind.version;
  return settings;
}

inline tls::ServerSettings server_of(const Kind& kind) {
  tls::ServerSettings settings;
  settings.tickets = kind.tickets;
  return settings;
}

struct SessionEnds {
  explicit SessionEnds(const Kind& of, const device::Settings& settings = off)
      : SessionEnds(client_of(of), server_of(of), settings) {}
  SessionEnds(const tls::ClientSettings& client_settings, const tls::ServerSettings& server_settings,
              const device::Settings& settings = off)
      : client(client_settings), server(server_settings), path(settings) {}

  Course connect(const tls::Session* resume = nullptr) { return path.connect(client, server, resume); }
  /// The newest session of a full handshake.
  tls::Session session() {
    const Course course = connect();
    REQUIRE(course.full());
    REQUIRE_FALSE(course.sessions.empty());
    return course.sessions.back();
  }
  void set(const device::Settings& settings) { path.model->configure(settings); }
  std::uint64_t counter(const std::string& name) const { return path.counter(name); }

  tls::Client client;
  tls::Server server;
  TlsPath path;
};

inline std::string decrypt_error(const Kind& kind, const Course& course, const std::string& outcome) {
  return "decrypt-error: session not seen before, " + std::string(kind.words) + ", " + device::to_text(course.tuple) +
         ": " + outcome;
}

}  // namespace twinwire::test
