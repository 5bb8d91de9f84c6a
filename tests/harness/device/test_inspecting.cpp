// SPDX-License-Identifier: Apache-2.0
// What inspection that is switched on makes of sessions: those from before break, as the settings say; those that it
// saw come about resume; full handshakes pass, however everything is cut.
#include <algorithm>

#include "tests/harness/device/session_ends.hpp"
#include "tests/harness/device/stage.hpp"

using namespace twinwire;
using namespace twinwire::test;
namespace flag = wire::tcp_flag;

namespace {

/// Octets of payload that the client was sent in the last connection.
std::size_t octets_to_client(const TlsPath& path) {
  std::size_t octets = 0;
  for (const auto& [toward, frame] : path.came_out) {
    if (toward == Party::Client) octets += wire::decode(frame)->tcp->payload.size();
  }
  return octets;
}

device::Settings reacting(const std::string& word) { return {{"inspection", "on"}, {"unknown-session", word}}; }

}  // namespace

// Sessions from before.

TEST_CASE("a session from before inspection breaks, and both ends are reset", "[inspecting][T50]") {
  for (const Kind& kind : kinds) {
    INFO(kind.name);
    SessionEnds ends(kind);
    const tls::Session session = ends.session();
    REQUIRE(ends.connect(&session).resumed());
    ends.set(on);
    const Course course = ends.connect(&session);
    CHECK_FALSE(course.complete());
    CHECK(course.client_ending == tcp::Ending::Reset);
    CHECK(course.server_ending == tcp::Ending::Reset);
    CHECK(octets_to_client(ends.path) == 0);
    CHECK(course.log == std::vector{decrypt_error(kind, course, "reset")});
    CHECK(ends.counter("decrypt_error") == 1);
    CHECK(ends.counter("resets_sent") == 2);
    CHECK(ends.counter("alerts_sent") == 0);
  }
}

TEST_CASE("a session from before inspection breaks by an alert in place of the ServerHello", "[inspecting][T50]") {
  for (const Kind& kind : kinds) {
    INFO(kind.name);
    SessionEnds ends(kind);
    const tls::Session session = ends.session();
    ends.set(reacting("alert"));
    const Course course = ends.connect(&session);
    CHECK(course.client.progress == tls::Progress::Failed);
    CHECK(course.client.alert_received == 51);
    CHECK_FALSE(course.client.version);  // it has seen no ServerHello
    CHECK(course.client_saw_fin);
    CHECK(course.client_ending == tcp::Ending::None);
    CHECK(course.client_state == tcp::State::Closed);
    CHECK(course.server_ending == tcp::Ending::Reset);
    CHECK(octets_to_client(ends.path) == 7);
    CHECK(course.log == std::vector{decrypt_error(kind, course, "alert")});
    CHECK(ends.counter("alerts_sent") == 1);
    CHECK(ends.counter("resets_sent") == 1);
  }
}

TEST_CASE("a session from before inspection leads nowhere where it is dropped", "[inspecting][T50]") {
  for (const Kind& kind : kinds) {
    INFO(kind.name);
    SessionEnds ends(kind);
    const tls::Session session = ends.session();
    ends.set(reacting("drop"));
    ends.path.route.farewell = Farewell::None;
    const Course course = ends.connect(&session);
    CHECK(course.client.progress == tls::Progress::Handshaking);
    CHECK(course.client_ending == tcp::Ending::None);
    CHECK(course.server_ending == tcp::Ending::None);
    CHECK(octets_to_client(ends.path) == 0);
    CHECK(course.log == std::vector{decrypt_error(kind, course, "dropped")});
    CHECK(ends.counter("segments_dropped") > 1);  // retransmissions too
    CHECK(ends.counter("resets_sent") == 0);
    ends.path.model->forget(course.tuple);
  }
}

TEST_CASE("a tolerant device lets sessions from before pass, and counts them", "[inspecting]") {
  for (const Kind& kind : kinds) {
    INFO(kind.name);
    SessionEnds ends(kind);
    const tls::Session session = ends.session();
    ends.set(reacting("pass"));
    const Course course = ends.connect(&session);
    CHECK(course.resumed());
    CHECK(course.log == std::vector{decrypt_error(kind, course, "passed")});
    CHECK(ends.counter("decrypt_error") == 1);
    CHECK(ends.counter("resumptions_passed") == 1);
    CHECK(ends.counter("sessions_learnt") == 0);
    CHECK(ends.counter("segments_dropped") == 0);
  }
}

// Sessions that it saw come about.

TEST_CASE("a session that came about under inspection resumes, and so does the one that it brings", "[inspecting]") {
  for (const Kind& kind : kinds) {
    INFO(kind.name);
    SessionEnds ends(kind, on);
    tls::Session session = ends.session();
    CHECK(ends.counter("handshakes_followed") == 1);
    CHECK(ends.counter("sessions_learnt") == 1);
    for (std::uint64_t times = 1; times <= 3; ++times) {
      const Course course = ends.connect(&session);
      CHECK(course.resumed());
      CHECK(ends.counter("resumptions_followed") == times);
      if (!course.sessions.empty()) session = course.sessions.back();
    }
    CHECK(ends.counter("decrypt_error") == 0);
    CHECK(ends.counter("undecryptable") == 0);
    CHECK(ends.counter("segments_dropped") == 0);
  }
}

TEST_CASE("each of several tickets resumes", "[inspecting]") {
  tls::ServerSettings settings;
  settings.ticket_count = 4;
  settings.ticket_bytes = 20'000;
  SessionEnds ends(tls::ClientSettings{}, settings, on);
  const Course first = ends.connect();
  REQUIRE(first.sessions.size() == 4);
  CHECK(ends.counter("sessions_learnt") == 4);
  for (const auto& session : first.sessions) CHECK(ends.connect(&session).resumed());
}

// Full handshakes.

TEST_CASE("full handshakes pass, whatever becomes of unknown sessions", "[inspecting]") {
  for (const char* word : {"reset", "alert", "drop", "pass"}) {
    for (const Kind& kind : kinds) {
      INFO(kind.name << ", " << word);
      SessionEnds ends(kind, reacting(word));
      for (int times = 0; times < 5; ++times) {
        const Course course = ends.connect();
        CHECK(course.full());
        CHECK(course.log.empty());
      }
      CHECK(ends.counter("handshakes_followed") == 5);
      CHECK(ends.counter("decrypt_error") == 0);
    }
  }
}

TEST_CASE("an old session that the server does not take is a full handshake, and passes", "[inspecting]") {
  for (const char* word : {"reset", "alert", "drop", "pass"}) {
    for (const Kind& kind : kinds) {
      INFO(kind.name << ", " << word);
      tls::ServerSettings settings = server_of(kind);
      settings.session_lifetime = std::chrono::seconds(60);
      SessionEnds ends(client_of(kind), settings);
      const tls::Session expired = ends.session();
      ends.server.age_sessions(std::chrono::seconds(100));
      const tls::Session forgotten = ends.session();
      ends.server.forget_sessions();
      ends.set(reacting(word));
      for (const tls::Session* session : {&expired, &forgotten}) {
        const Course course = ends.connect(session);
        CHECK(course.full());
        REQUIRE_FALSE(course.sessions.empty());
        CHECK(ends.connect(&course.sessions.back()).resumed());
      }
      CHECK(ends.counter("decrypt_error") == 0);
      CHECK(ends.counter("sessions_declined") == 0);
      CHECK(ends.counter("handshakes_followed") == 2);
    }
  }
}

TEST_CASE("of 300 clients with sessions of three kinds exactly those break that resume", "[inspecting][T50]") {
  std::size_t broken = 0;
  std::size_t passed_through = 0;
  for (std::size_t kind = 0; kind < 3; ++kind) {
    SessionEnds ends(kinds[kind]);
    std::vector<tls::Session> sessions;
    for (int clients = 0; clients < 100; ++clients) sessions.push_back(ends.session());
    ends.set(on);
    for (std::size_t client = 0; client < sessions.size(); ++client) {
      const bool resumes = client % 3 != 0;
      const Course course = ends.connect(resumes ? &sessions[client] : nullptr);
      CHECK(course.complete() != resumes);
      ++(course.complete() ? passed_through : broken);
    }
    CHECK(ends.counter("decrypt_error") == 66);
  }
  CHECK(broken == 198);
  CHECK(passed_through == 102);
}

// Segments and records.

namespace {

struct Cut {
  const char* name;
  std::vector<std::uint32_t> segments, records;
  bool reversed = false;
};

std::vector<Cut> cuts() {
  return {{"segments of one octet", {1}, {}},
          {"segments of seven octets", {7}, {}},
          {"records of one octet", {}, {1}},
          {"records of three octets in segments of one", {1}, {3}},
          {"records of 64 octets in segments of 100", {100}, {64}},
          {"segments of 200 octets, the last first", {200}, {}, true},
          {"records of 50 octets in segments of 33, the last first", {33}, {50}, true}};
}

SessionEnds cut_ends(const Kind& kind, const Cut& cut) {
  tls::ClientSettings client = client_of(kind);
  tls::ServerSettings server = server_of(kind);
  client.records.sizes = server.records.sizes = cut.records;
  SessionEnds ends(client, server);
  ends.path.route.client.cuts.sizes = ends.path.route.server.cuts.sizes = cut.segments;
  ends.path.route.client_bends.reversed = ends.path.route.server_bends.reversed = cut.reversed;
  return ends;
}

}  // namespace

TEST_CASE("old sessions break and new ones resume, however segments and records are cut", "[inspecting]") {
  for (const Kind& kind : kinds) {
    for (const Cut& cut : cuts()) {
      INFO(kind.name << ", " << cut.name);
      SessionEnds ends = cut_ends(kind, cut);
      const tls::Session old = ends.session();
      ends.set(on);
      const Course broken = ends.connect(&old);
      CHECK_FALSE(broken.complete());
      CHECK(broken.client_ending == tcp::Ending::Reset);
      CHECK(broken.server_ending == tcp::Ending::Reset);
      const tls::Session fresh = ends.session();
      CHECK(ends.connect(&fresh).resumed());
      CHECK(ends.counter("decrypt_error") == 1);
      CHECK(ends.counter("not_followed") == 0);
      CHECK(ends.counter("undecryptable") == 0);
    }
  }
}

TEST_CASE("IPv6 is inspected like IPv4", "[inspecting]") {
  for (const char* word : {"reset", "alert"}) {
    for (const Kind& kind : kinds) {
      INFO(kind.name << ", " << word);
      SessionEnds ends(kind);
      ends.path.route.family = wire::Family::Ipv6;
      const tls::Session old = ends.session();
      ends.set(reacting(word));
      const Course course = ends.connect(&old);
      CHECK_FALSE(course.complete());
      CHECK(course.server_ending == tcp::Ending::Reset);
      CHECK(course.log == std::vector{decrypt_error(kind, course, word)});
      CHECK_THAT(course.log.at(0), ContainsSubstring(" > [2001:2:0:2::2]:443: "));
      const tls::Session fresh = ends.session();
      CHECK(ends.connect(&fresh).resumed());
    }
  }
}

TEST_CASE("an alert that would stand inside a record is a reset", "[inspecting]") {
  for (const Kind& kind : kinds) {
    INFO(kind.name);
    SessionEnds ends = cut_ends(kind, {"segments of one octet", {1}, {}});
    const tls::Session old = ends.session();
    ends.set(reacting("alert"));
    const Course course = ends.connect(&old);
    CHECK(course.client_ending == tcp::Ending::Reset);
    CHECK(course.server_ending == tcp::Ending::Reset);
    CHECK(course.log == std::vector{decrypt_error(kind, course, "reset")});
    CHECK(ends.counter("alerts_sent") == 0);
  }
}

TEST_CASE("an alert that would stand before what the client already has is a reset", "[inspecting]") {
  for (const Kind& kind : kinds) {
    INFO(kind.name);
    SessionEnds ends = cut_ends(kind, {"segments of 100 octets, the last first", {100}, {}, true});
    const tls::Session old = ends.session();
    ends.set(reacting("alert"));
    const Course course = ends.connect(&old);
    CHECK(course.client_ending == tcp::Ending::Reset);
    CHECK(course.server_ending == tcp::Ending::Reset);
    CHECK(ends.counter("alerts_sent") == 0);
  }
}

// What is not inspected.

TEST_CASE("switched off, which it is at first, nothing is learnt and all passes", "[inspecting]") {
  for (const Kind& kind : kinds) {
    SessionEnds ends(kind, {});
    const tls::Session session = ends.session();
    CHECK(ends.connect(&session).resumed());
    for (const auto& [name, count] : ends.path.model->counters()) {
      INFO(name);
      CHECK(count == 0);
    }
    ends.set(on);
    CHECK_FALSE(ends.connect(&session).complete());
    ends.set(off);
    CHECK(ends.connect(&session).resumed());
  }
}

TEST_CASE("a connection that began before inspection passes for ever", "[inspecting]") {
  for (const Kind& kind : kinds) {
    INFO(kind.name);
    SessionEnds ends(kind);
    const tls::Session session = ends.session();
    ends.path.route.interlude_before = 2;  // the SYN,ACK
    ends.path.route.interlude = [&] { ends.set(on); };
    CHECK(ends.connect(&session).resumed());
    CHECK(ends.counter("connections") == 0);
  }
}

TEST_CASE("inspection that is switched off lets go of connections under way", "[inspecting]") {
  for (const Kind& kind : kinds) {
    INFO(kind.name);
    SessionEnds ends(kind);
    const tls::Session session = ends.session();
    ends.set(on);
    ends.path.route.interlude_before = 3;
    ends.path.route.interlude = [&] { ends.set(off); };
    CHECK(ends.connect(&session).resumed());
    CHECK(ends.counter("connections") == 1);
    CHECK(ends.counter("decrypt_error") == 0);
  }
}

TEST_CASE("a connection that saw inspection switched off is not taken up again", "[inspecting]") {
  for (const Kind& kind : kinds) {
    INFO(kind.name);
    SessionEnds ends(kind);
    const tls::Session session = ends.session();
    ends.set(on);
    ends.path.route.interlude_before = 3;
    ends.path.route.interlude = [&] {
      ends.set(off);
      ends.set(on);
    };
    CHECK(ends.connect(&session).resumed());
    CHECK(ends.counter("decrypt_error") == 0);
    ends.path.route.interlude_before = 0;
    CHECK_FALSE(ends.connect(&session).complete());
  }
}

TEST_CASE("what is no TLS passes, and is counted once", "[inspecting]") {
  Stage stage("inspecting", on);
  stage.shake_hands();
  const Octets words{'E', 'H', 'L', 'O', '\r', '\n'};
  CHECK(passed(stage.client({flag::Ack, client_iss + 1, server_iss + 1, words})));
  CHECK(stage.counter("not_followed") == 0);
  for (std::uint32_t sent = 0; sent < 3; ++sent) {
    CHECK(passed(stage.server({flag::Ack, server_iss + 1 + sent * 6, client_iss + 7, words}), Party::Server));
  }
  CHECK(stage.counter("not_followed") == 1);
  CHECK(stage.log().empty());
}

TEST_CASE("what the receiver throws away is not read", "[inspecting]") {
  Stage stage("inspecting", on);
  stage.shake_hands();
  Sent wrong{flag::Ack, server_iss + 1, client_iss + 1, Octets{'2', '2', '0'}};
  wrong.checksum = craft::Checksum::Wrong;
  CHECK(passed(stage.server(wrong), Party::Server));
  CHECK(stage.counter("not_followed") == 0);
  wrong.checksum = craft::Checksum::Right;
  CHECK(passed(stage.server(wrong), Party::Server));
  CHECK(stage.counter("not_followed") == 1);
}

TEST_CASE("a connection without an end of holes is not followed", "[inspecting]") {
  Stage stage("inspecting", on);
  stage.shake_hands();
  for (std::uint32_t piece = 0; piece < 64; ++piece) {
    CHECK(passed(stage.server({flag::Ack, server_iss + 2 + 2 * piece, client_iss + 1, {22}}), Party::Server));
  }
  CHECK(stage.counter("not_followed") == 0);
  CHECK(passed(stage.server({flag::Ack, server_iss + 2 + 2 * 64, client_iss + 1, {22}}), Party::Server));
  CHECK(stage.counter("not_followed") == 1);
}
