// SPDX-License-Identifier: Apache-2.0
// What inspection that is switched on makes of sessions: those from before break, those that it saw come about resume,
// full handshakes always pass.
#include "harness/device/crossing.hpp"
#include "tests/harness/device/tls_path.hpp"
#include "tests/support/catch.hpp"

using namespace twinwire;
using namespace twinwire::test;
using namespace std::chrono_literals;

namespace {

const device::Settings on{{"inspection", "on"}}, off{{"inspection", "off"}};

struct Kind {
  const char* name;
  tls::Version version;
  bool tickets;
  const char* words;  ///< as the log has it
};
constexpr Kind kinds[] = {{"TLS 1.2, session ID", tls::Version::Tls12, false, "TLS 1.2 session ID"},
                          {"TLS 1.2, ticket", tls::Version::Tls12, true, "TLS 1.2 ticket"},
                          {"TLS 1.3, PSK", tls::Version::Tls13, true, "TLS 1.3 PSK"},
                          {"TLS 1.3, PSK that the server remembers", tls::Version::Tls13, false, "TLS 1.3 PSK"}};

tls::ClientSettings client_of(const Kind& kind) {
  tls::ClientSettings settings;
  settings.version = kind.version;
  return settings;
}

tls::ServerSettings server_of(const Kind& kind) {
  tls::ServerSettings settings;
  settings.tickets = kind.tickets;
  return settings;
}

/// A client and a server of one kind, with a model between them.
struct Ends {
  explicit Ends(const Kind& of, const device::Settings& settings = off)
      : Ends(client_of(of), server_of(of), settings) {}
  Ends(const tls::ClientSettings& client_settings, const tls::ServerSettings& server_settings,
       const device::Settings& settings = off)
      : client(client_settings), server(server_settings), path(settings) {}

  Course connect(const tls::Session* resume = nullptr) { return path.connect(client, server, resume); }
  /// The session of a full handshake.
  tls::Session session() {
    const Course course = connect();
    REQUIRE(course.full());
    REQUIRE_FALSE(course.sessions.empty());
    return course.sessions.back();
  }
  void set(const device::Settings& settings) { path.model->configure(settings); }

  tls::Client client;
  tls::Server server;
  TlsPath path;
};

std::string decrypt_error(const Kind& kind, const Course& course, const std::string& outcome) {
  return "decrypt-error: session not seen before, " + std::string(kind.words) + ", " + device::to_text(course.tuple) +
         ": " + outcome;
}

}  // namespace

TEST_CASE("a session from before inspection breaks, and both ends are reset", "[inspecting][T50]") {
  for (const Kind& kind : kinds) {
    INFO(kind.name);
    Ends ends(kind);
    const tls::Session session = ends.session();
    REQUIRE(ends.connect(&session).resumed());
    ends.set(on);
    const Course course = ends.connect(&session);
    CHECK_FALSE(course.complete());
    CHECK(course.client_ending == tcp::Ending::Reset);
    CHECK(course.server_ending == tcp::Ending::Reset);
    CHECK(course.log == std::vector{decrypt_error(kind, course, "reset")});
    CHECK(ends.path.counter("decrypt_error") == 1);
    CHECK(ends.path.counter("resets_sent") == 2);
  }
}

TEST_CASE("a session that came about under inspection resumes, and so does the one that it brings", "[inspecting]") {
  for (const Kind& kind : kinds) {
    INFO(kind.name);
    Ends ends(kind, on);
    tls::Session session = ends.session();
    CHECK(ends.path.counter("handshakes_followed") == 1);
    CHECK(ends.path.counter("sessions_learnt") == 1);
    for (std::uint64_t times = 1; times <= 3; ++times) {
      const Course course = ends.connect(&session);
      CHECK(course.resumed());
      CHECK(ends.path.counter("resumptions_followed") == times);
      if (!course.sessions.empty()) session = course.sessions.back();
    }
    CHECK(ends.path.counter("decrypt_error") == 0);
    CHECK(ends.path.counter("undecryptable") == 0);
    CHECK(ends.path.counter("segments_dropped") == 0);
  }
}
