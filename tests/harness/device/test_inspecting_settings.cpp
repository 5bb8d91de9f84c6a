// SPDX-License-Identifier: Apache-2.0
// Inspection by its settings, by what the key agent tells, and where a handshake takes another way than usual.
#include <algorithm>

#include "tests/harness/device/session_ends.hpp"

using namespace twinwire;
using namespace twinwire::test;

namespace {

device::Settings on_with(const std::string& key, const std::string& value) {
  return {{"inspection", "on"}, {key, value}};
}

constexpr const Kind& psk = kinds[2];

std::string without_secret(const Course& course) {
  return "undecryptable: no secret was told, TLS 1.3, " + device::to_text(course.tuple) + ": passed";
}

}  // namespace

// Settings.

TEST_CASE("with single use a session is known once", "[inspecting]") {
  for (const Kind& kind : kinds) {
    INFO(kind.name);
    SessionEnds ends(kind, on_with("single-use", "yes"));
    const tls::Session session = ends.session();
    const Course second = ends.connect(&session);
    CHECK(second.resumed());
    const Course third = ends.connect(&session);
    CHECK_FALSE(third.complete());
    CHECK(third.log == std::vector{decrypt_error(kind, third, "reset")});
    if (!second.sessions.empty() && kind.words == psk.words) CHECK(ends.connect(&second.sessions.back()).resumed());
    ends.set({{"single-use", "no"}});
    const tls::Session another = ends.session();
    CHECK(ends.connect(&another).resumed());
    CHECK(ends.connect(&another).resumed());
  }
}

TEST_CASE("a session may be known under its server_name only", "[inspecting]") {
  for (const Kind& kind : kinds) {
    INFO(kind.name);
    SessionEnds ends(kind, on_with("server-name", "same"));
    const tls::Session session = ends.session();
    tls::ClientSettings other = client_of(kind);
    other.server_name = "other.example";
    tls::Client renamed(other);
    CHECK(ends.connect(&session).resumed());
    CHECK_FALSE(ends.path.connect(renamed, ends.server, &session).complete());
    CHECK(ends.counter("decrypt_error") == 1);
    ends.set({{"server-name", "any"}});
    CHECK(ends.path.connect(renamed, ends.server, &session).resumed());
  }
}

TEST_CASE("a full handshake in answer to a known session is followed, or broken", "[inspecting]") {
  for (const Kind& kind : kinds) {
    INFO(kind.name);
    SessionEnds ends(kind, on);
    const tls::Session session = ends.session();
    ends.server.forget_sessions();
    CHECK(ends.connect(&session).full());
    CHECK(ends.counter("sessions_declined") == 1);
    ends.set({{"declined", "reset"}});
    const Course course = ends.connect(&session);
    CHECK(course.client_ending == tcp::Ending::Reset);
    CHECK(course.server_ending == tcp::Ending::Reset);
    CHECK(course.log ==
          std::vector<std::string>{"session-declined: full handshake in answer to a known session, " +
                                   std::string(kind.words) + ", " + device::to_text(course.tuple) + ": reset"});
    CHECK(ends.counter("sessions_declined") == 2);
    CHECK(ends.counter("decrypt_error") == 0);
    CHECK(ends.connect().full());
  }
}

TEST_CASE("sessions that are cleared are not known any more", "[inspecting][T52]") {
  for (const Kind& kind : kinds) {
    INFO(kind.name);
    SessionEnds ends(kind, on);
    const tls::Session session = ends.session();
    ends.set({{"sessions", "keep"}});
    CHECK(ends.connect(&session).resumed());
    ends.set({{"sessions", "clear"}});
    CHECK_FALSE(ends.connect(&session).complete());
    CHECK(ends.counter("decrypt_error") == 1);
    const tls::Session fresh = ends.session();
    CHECK(ends.connect(&fresh).resumed());
  }
}

TEST_CASE("a wrong setting is refused, and changes nothing", "[inspecting]") {
  SessionEnds ends(psk);
  const tls::Session session = ends.session();
  CHECK_THROWS_WITH(ends.set({{"inspection", "on"}, {"unknown-session", "rst"}}),
                    "setting 'unknown-session' of the model 'inspecting' is 'rst', expected one of reset, alert, drop, "
                    "pass");
  CHECK_THROWS_WITH(ends.set({{"key", "x"}}), ContainsSubstring("it has declined, inspection, server-name, sessions"));
  CHECK_THROWS_AS(ends.set({{"inspection", "yes"}}), device::ModelError);
  CHECK_THROWS_AS(ends.set({{"single-use", "2"}}), device::ModelError);
  CHECK_THROWS_AS(ends.set({{"sessions", "forget"}}), device::ModelError);
  CHECK(ends.connect(&session).resumed());
  CHECK(ends.counter("connections") == 0);
}

// The key agent.

TEST_CASE("without secrets TLS 1.3 tickets are not learnt, and the log says so once", "[inspecting]") {
  SessionEnds ends(psk, on);
  ends.path.route.agent = KeyAgent::Silent;
  const Course first = ends.connect();
  CHECK(first.full());
  CHECK(first.log == std::vector{without_secret(first)});
  CHECK(ends.counter("undecryptable") == 1);
  CHECK(ends.counter("sessions_learnt") == 0);
  CHECK_FALSE(ends.connect(&first.sessions.back()).complete());
  CHECK(ends.counter("decrypt_error") == 1);
}

TEST_CASE("TLS 1.2 is learnt without any secret", "[inspecting]") {
  for (const Kind& kind : {kinds[0], kinds[1]}) {
    SessionEnds ends(kind, on);
    ends.path.route.agent = KeyAgent::Silent;
    const tls::Session session = ends.session();
    CHECK(ends.connect(&session).resumed());
    CHECK(ends.counter("undecryptable") == 0);
  }
}

TEST_CASE("secrets that come late open what has waited", "[inspecting]") {
  tls::ServerSettings settings;
  settings.ticket_count = 2;
  settings.names.assign(300, std::string(60, 'n') + ".example");  // a certificate of some size before the tickets
  SessionEnds ends(client_of(psk), settings, on);
  ends.path.route.agent = KeyAgent::Late;
  const Course course = ends.connect();
  REQUIRE(course.sessions.size() == 2);
  CHECK(ends.counter("sessions_learnt") == 2);
  CHECK(course.log.empty());
  for (const auto& session : course.sessions) CHECK(ends.connect(&session).resumed());
}

TEST_CASE("a connection that ends without a secret says so, however it ends", "[inspecting]") {
  SessionEnds ends(psk, on);
  ends.path.route.agent = KeyAgent::Silent;
  ends.path.route.farewell = Farewell::None;
  const Course course = ends.connect();
  CHECK(course.log.empty());
  ends.path.model->forget(course.tuple);
  CHECK(ends.path.model->take_log(course.tuple) == std::vector{without_secret(course)});
  ends.path.model->forget(course.tuple);
  CHECK(ends.path.model->take_log(course.tuple).empty());
}

TEST_CASE("what is no secret of a connection under way is passed over", "[inspecting]") {
  SessionEnds ends(psk, on);
  ends.path.route.interlude_before = 5;
  ends.path.route.interlude = [&] {
    ends.path.model->learn_secret("no key log");
    ends.path.model->learn_secret("SERVER_TRAFFIC_SECRET_0 " + std::string(64, 'a') + " " + std::string(96, 'b'));
  };
  const tls::Session session = ends.session();
  ends.path.route.interlude_before = 0;
  CHECK(ends.connect(&session).resumed());
  CHECK(ends.counter("undecryptable") == 0);
}

// Other ways of a handshake.

TEST_CASE("a HelloRetryRequest confuses neither a full handshake nor a resumption", "[inspecting][rfc8446]") {
  for (const std::uint32_t records : {0U, 1U, 20U}) {
    for (const std::uint32_t segments : {0U, 1U}) {
      INFO("records of " << records << ", segments of " << segments);
      tls::ClientSettings client = client_of(psk);
      client.groups = {"X25519", "P-384"};
      tls::ServerSettings server = server_of(psk);
      server.groups = {"P-384"};
      if (records > 0) client.records.sizes = server.records.sizes = {records};
      SessionEnds ends(client, server);
      if (segments > 0) ends.path.route.client.cuts.sizes = ends.path.route.server.cuts.sizes = {segments};
      const tls::Session old = ends.session();
      ends.set(on);
      const Course broken = ends.connect(&old);
      CHECK_FALSE(broken.complete());
      CHECK(broken.client.hello_retry);
      CHECK(broken.client_ending == tcp::Ending::Reset);
      CHECK(broken.server_ending == tcp::Ending::Reset);
      const Course full = ends.connect();
      CHECK(full.full());
      CHECK(full.client.hello_retry);
      const Course resumed = ends.connect(&full.sessions.back());
      CHECK(resumed.resumed());
      CHECK(resumed.client.hello_retry);
      CHECK(ends.counter("decrypt_error") == 1);
      CHECK(ends.counter("not_followed") == 0);
    }
  }
}

TEST_CASE("an alert may stand behind a HelloRetryRequest", "[inspecting][rfc8446]") {
  tls::ClientSettings client = client_of(psk);
  client.groups = {"X25519", "P-384"};
  tls::ServerSettings server = server_of(psk);
  server.groups = {"P-384"};
  SessionEnds ends(client, server);
  const tls::Session old = ends.session();
  ends.set(on_with("unknown-session", "alert"));
  const Course course = ends.connect(&old);
  CHECK(course.client.hello_retry);
  CHECK(course.client.alert_received == 51);
  CHECK(course.client_state == tcp::State::Closed);
  CHECK(course.server_ending == tcp::Ending::Reset);
}

TEST_CASE("early data confuses neither a resumption nor a full handshake", "[inspecting][rfc8446]") {
  for (const std::uint32_t octets : {100U, 40'000U}) {
    INFO(octets);
    tls::ClientSettings client = client_of(psk);
    client.early_data = octets;
    tls::ServerSettings server = server_of(psk);
    server.most_early_data = octets;
    SessionEnds ends(client, server);
    const tls::Session old = ends.session();
    ends.set(on);
    CHECK_FALSE(ends.connect(&old).complete());
    CHECK(ends.counter("decrypt_error") == 1);
    const tls::Session fresh = ends.session();
    const Course resumed = ends.connect(&fresh);
    CHECK(resumed.resumed());
    CHECK(resumed.client.early_data_accepted);
    ends.server.forget_sessions();
    const Course declined = ends.connect(&fresh);
    CHECK(declined.full());
    CHECK_FALSE(declined.client.early_data_accepted);
    CHECK(ends.connect(&declined.sessions.back()).resumed());
    CHECK(ends.counter("decrypt_error") == 1);
    CHECK(ends.counter("undecryptable") == 0);
  }
}

TEST_CASE("a client that offers both versions is followed in the one that the server takes", "[inspecting]") {
  for (const bool older : {false, true}) {
    tls::ClientSettings client = client_of(psk);
    client.also_older = true;
    tls::ServerSettings server;
    if (older) server.highest = tls::Version::Tls12;
    SessionEnds ends(client, server, on);
    const Course first = ends.connect();
    CHECK(first.full());
    CHECK(first.client.version == (older ? tls::Version::Tls12 : tls::Version::Tls13));
    CHECK(ends.connect(&first.sessions.back()).resumed());
    ends.set({{"sessions", "clear"}});
    CHECK_FALSE(ends.connect(&first.sessions.back()).complete());
  }
}

TEST_CASE("a connection that is forgotten passes from there on", "[inspecting]") {
  for (const Kind& kind : kinds) {
    INFO(kind.name);
    SessionEnds ends(kind);
    const tls::Session session = ends.session();
    const Course before = ends.connect();
    wire::FourTuple next = before.tuple;
    ++next.client_port;
    ends.set(on);
    ends.path.route.interlude_before = 4;
    ends.path.route.interlude = [&] { ends.path.model->forget(next); };
    CHECK(ends.connect(&session).resumed());
    CHECK(ends.counter("connections") == 1);
    CHECK(ends.counter("decrypt_error") == 0);
  }
}
