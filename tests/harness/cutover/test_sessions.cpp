// SPDX-License-Identifier: Apache-2.0
// The model of sessions against real ends: what it says is what OpenSSL does, for each kind, age and policy.
//
// Time that passes is told to both ends. OpenSSL adds the seconds that really go by meanwhile, so these are added for
// the model as well; a handshake during which the machine's clock has gone on by a second is done again.
#include <ctime>

#include "harness/cutover/draws.hpp"
#include "harness/cutover/sessions.hpp"
#include "tests/generator/tls/exchange.hpp"
#include "tests/harness/cutover/support.hpp"
#include "tests/support/catch.hpp"

using namespace twinwire;
using namespace twinwire::cutover;
using namespace twinwire::cutover::test;
using namespace std::chrono_literals;

namespace {

using Seconds = std::chrono::seconds;

Seconds clock_of_the_machine() { return Seconds(std::time(nullptr)); }

tls::ServerSettings server_of(ClientKind kind, const LifetimePolicy& policy) {
  tls::ServerSettings settings;
  settings.tickets = kind != ClientKind::SessionId;
  settings.session_lifetime = policy.lifetime;
  if (kind == ClientKind::EarlyData) settings.most_early_data = 16'384;
  return settings;
}

tls::ClientSettings client_of(ClientKind kind) {
  tls::ClientSettings settings;
  const bool older = kind == ClientKind::SessionId || kind == ClientKind::Ticket;
  settings.version = older ? tls::Version::Tls12 : tls::Version::Tls13;
  settings.offer_expired = false;
  if (kind == ClientKind::EarlyData) settings.early_data = 100;
  return settings;
}

/// Two ends of OpenSSL and the model beside them. Times count from the change.
class Ends {
 public:
  Ends(ClientKind kind, const LifetimePolicy& policy, Duration begin)
      : kind_(kind), policy_(policy), server_(server_of(kind, policy)), client_(client_of(kind)), at_(begin) {}

  /// Time goes by, by what is told.
  void wait_until(Duration at) {
    server_.age_sessions(at - at_);
    at_ = at;
  }

  struct Seen {
    Answer answer{};            ///< the model's
    bool model_renews = false;  ///< by the model a resumption brings a session
    bool offered = false, resumed = false, renewed = false;
    bool in_the_last_second = false;
  };

  /// A full handshake; the session that it leaves is what is held then.
  void begin_session() { shake(nullptr); }

  /// Offers the session, and keeps what comes of it. The model is asked for the same moment.
  Seen come_back() {
    const tls::Session session = session_;
    const Held held = held_;
    const tls::Exchange exchange = shake(&session);
    Seen seen;
    seen.answer = offer(kind_, policy_, held, moment_);
    seen.model_renews = seen.answer == Answer::Accepted && resume(kind_, held, moment_ + 1s).issued != held.issued;
    seen.offered = offers(exchange, session);
    seen.resumed = exchange.server->facts().resumed;
    seen.renewed = seen.resumed && renewed_;
    seen.in_the_last_second =
        std::chrono::floor<Seconds>(moment_) - std::chrono::floor<Seconds>(held.issued) == held.lifetime;
    return seen;
  }

  const Held& held() const { return held_; }

 private:
  /// What the server does once, as soon as a handshake is at that time or behind it: nobody sees a difference before.
  void follow_policy() {
    const auto lowering = lowered_at(policy_);
    if (followed_ || !lowering || moment_ < *lowering) return;
    if (policy_.lowered_to) server_.set_session_lifetime(*policy_.lowered_to);
    if (policy_.forgets) server_.forget_sessions();
    followed_ = true;
  }

  bool offers(const tls::Exchange& exchange, const tls::Session& session) const {
    const wire::ClientHello hello = exchange.hello();
    if (kind_ == ClientKind::SessionId) return hello.session_id_bytes == 32;
    return (kind_ == ClientKind::Ticket ? hello.ticket_bytes : hello.psk_identity_bytes) == session.ticket_bytes;
  }

  tls::Exchange shake(const tls::Session* session) {
    for (;;) {
      const Seconds before = clock_of_the_machine();
      moment_ = at_ + (before - started_);
      follow_policy();
      tls::Session aged;
      if (session != nullptr)
        aged =
            tls::with_age(*session, std::chrono::floor<Seconds>(moment_) - std::chrono::floor<Seconds>(held_.issued));
      tls::Exchange exchange = tls::handshake(client_, server_, session != nullptr ? &aged : nullptr);
      if (clock_of_the_machine() != before) continue;
      keep(exchange);
      return exchange;
    }
  }

  void keep(const tls::Exchange& exchange) {
    const std::vector<tls::Session> came = exchange.client->take_sessions();
    const bool resumed = exchange.server->facts().resumed;
    renewed_ = !came.empty();
    held_ = resumed ? resume(kind_, held_, moment_) : issue(kind_, policy_, moment_).value();
    if (!came.empty()) session_ = came.back();
  }

  ClientKind kind_;
  LifetimePolicy policy_;
  tls::Server server_;
  tls::Client client_;
  Duration at_, moment_{};  ///< as told, and as OpenSSL counts
  Seconds started_ = clock_of_the_machine();
  tls::Session session_;
  Held held_;
  bool renewed_ = false, followed_ = false;
};

constexpr std::array kinds{ClientKind::SessionId, ClientKind::Ticket, ClientKind::Psk, ClientKind::EarlyData};

/// From OpenSSL 3.2 on fractions of seconds count at the server, so that a session is too old a moment earlier.
bool takes_in_the_last_second(ClientKind kind) {
  for (;;) {
    Ends ends(kind, kept(60s), -1h);
    ends.begin_session();
    ends.wait_until(-1h + 60s);
    const Ends::Seen seen = ends.come_back();
    if (seen.in_the_last_second) return seen.resumed;
  }
}

void check(const Ends::Seen& seen, bool last_second) {
  if (seen.in_the_last_second && !last_second) return;
  CHECK(seen.resumed == (seen.answer == Answer::Accepted));
  CHECK(seen.offered == (seen.answer != Answer::NotOffered));
  CHECK(seen.renewed == seen.model_renews);
}

}  // namespace

TEST_CASE("all kinds of sessions end at the same moment", "[cutover][session]") {
  const bool taken = takes_in_the_last_second(ClientKind::SessionId);
  for (const ClientKind kind : kinds) CHECK(takes_in_the_last_second(kind) == taken);
}

TEST_CASE("a session of any kind, age and policy does with real ends what the model says", "[cutover][session]") {
  const bool last_second = takes_in_the_last_second(ClientKind::Ticket);
  std::size_t sessions = 0;
  for (const ClientKind kind : kinds) {
    for (const Duration age : {0s, 1s, 19s, 20s, 21s, 22s, 40s, 59s, 60s, 61s, 62s, 120s}) {
      // Issued before the lowering, at it, and behind it; lowered while it lives and long before.
      for (const Duration lowered_before : {0s, 30s, 100s}) {
        for (const LifetimePolicy& policy : {kept(60s), lowered(60s, 20s, lowered_before),
                                             forgetting(lowered(60s, 20s, lowered_before)), forgetting(kept(60s))}) {
          Ends ends(kind, policy, -120s);
          ends.wait_until(-60s);
          INFO(name(kind) << " of age " << age.count() / 1'000'000'000 << " s, " << policy.name << " "
                          << policy.lowered_before.count() / 1'000'000'000 << " s before");
          ends.begin_session();
          ends.wait_until(-60s + age);
          check(ends.come_back(), last_second);
          ++sessions;
        }
      }
    }
  }
  CHECK(sessions >= 300);
}

TEST_CASE("a client that comes again and again fares with real ends as the model says", "[cutover][session]") {
  const bool last_second = takes_in_the_last_second(ClientKind::Ticket);
  std::size_t came_back = 0, taken = 0;
  for (const ClientKind kind : kinds) {
    for (const LifetimePolicy& policy : {kept(60s), lowered(60s, 20s, 60s), lowered(60s, 20s, 0s),
                                         forgetting(lowered(60s, 20s, 30s)), forgetting(kept(60s))}) {
      for (std::uint64_t client = 0; client < 5; ++client) {
        Draws draws(20, client);
        Ends ends(kind, policy, -120s);
        ends.begin_session();
        for (Duration at = -120s; at < 120s; at += draws.below(Duration(50s))) {
          ends.wait_until(at);
          INFO(name(kind) << ", " << policy.name << ", client " << client << " at " << at.count() / 1'000'000 << " ms");
          const auto seen = ends.come_back();
          check(seen, last_second);
          ++came_back;
          if (seen.resumed) ++taken;
        }
      }
    }
  }
  CHECK(came_back >= 300);
  CHECK(taken > came_back / 4);
  CHECK(taken < came_back);
}

// Found with OpenSSL: a ticket of TLS 1.3 that a resumption brings has the lifetime of the session that it came of.
TEST_CASE("a lowered lifetime does not reach a TLS 1.3 client that comes often enough", "[cutover][session]") {
  Ends ends(ClientKind::Psk, lowered(60s, 20s, 50s), -60s);
  ends.begin_session();
  for (const Duration at : {-30s, 10s, 50s, 90s}) {
    ends.wait_until(at);
    CHECK(ends.come_back().resumed);
  }
  CHECK(ends.held().lifetime == 60s);

  Ends forgotten(ClientKind::Psk, forgetting(lowered(60s, 20s, 50s)), -60s);
  forgotten.begin_session();
  forgotten.wait_until(-30s);
  CHECK_FALSE(forgotten.come_back().resumed);
  CHECK(forgotten.held().lifetime == 20s);
  forgotten.wait_until(-5s);
  CHECK_FALSE(forgotten.come_back().resumed);
}

TEST_CASE("a client that keeps no session has nothing to offer", "[cutover][session]") {
  CHECK_FALSE(issue(ClientKind::Fresh, kept(60s), -1s));
  CHECK(issue(ClientKind::Ticket, kept(60s), -1s)->of_before());
  CHECK_FALSE(issue(ClientKind::Ticket, kept(60s), 0s)->of_before());
  const Held renewed = resume(ClientKind::Psk, *issue(ClientKind::Psk, kept(60s), -1s), 30s);
  CHECK(renewed.issued == 30s);
  CHECK(renewed.of_before());
}

TEST_CASE("the lifetime is the lower one from the lowering on", "[cutover][session]") {
  const LifetimePolicy policy = lowered(3600s, 60s, 1h);
  CHECK(lifetime_at(policy, -1h - 1ns) == 3600s);
  CHECK(lifetime_at(policy, -1h) == 60s);
  CHECK(lifetime_at(policy, 1h) == 60s);
  CHECK(lifetime_at(kept(3600s), 0s) == 3600s);
  CHECK(lifetime_at(forgetting(kept(3600s)), 0s) == 3600s);
  CHECK(lowered_at(policy) == -1h);
  CHECK(lowered_at(forgetting(kept(3600s))) == 0s);
  CHECK_FALSE(lowered_at(kept(3600s)));
}
