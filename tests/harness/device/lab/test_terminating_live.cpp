// SPDX-License-Identifier: Apache-2.0
// The proxy live: ends that speak for themselves, the proxy between two veths, and the machine's own clock.
#include "generator/host/live_end.hpp"
#include "harness/bench/bench.hpp"
#include "tests/harness/device/stage.hpp"
#include "tests/support/catch.hpp"

using namespace twinwire;
using namespace twinwire::test;
using namespace std::chrono_literals;

namespace {

scenario::BenchSpec live_proxy() {
  scenario::BenchSpec spec;
  spec.name = "live";
  spec.world = scenario::World::Namespaces;
  spec.client.address = {*wire::parse_prefix("198.18.1.2/24")};
  spec.server.address = {*wire::parse_prefix("198.18.1.3/24")};
  spec.device.layer = 2;
  spec.device.kind = "model";
  spec.device.model = "terminating";
  spec.apply["inspection"].model = {{"inspection", "on"}};
  return spec;
}

const tcp::Policy policy;

/// One connection over the wires of a bench.
class LiveCall {
 public:
  LiveCall(bench::Bench& bench, std::uint16_t port)
      : tuple_{*wire::parse_address("198.18.1.2"), *wire::parse_address("198.18.2.2"), port, 443},
        bench_(bench),
        client(policy, {}, 1000U + port, [this](const tcp::Segment& segment) { put(Party::Client, segment); }),
        server(policy, {}, 9'000'000U + port, [this](const tcp::Segment& segment) { put(Party::Server, segment); }) {
    hear(Party::Client, client);
    hear(Party::Server, server);
    server.listen();
    client.connect(now());
  }
  ~LiveCall() {
    for (const Party end : {Party::Client, Party::Server}) bench_.wire(end).on_frame({});
  }
  LiveCall(const LiveCall&) = delete;
  LiveCall& operator=(const LiveCall&) = delete;

  time::Instant now() const { return bench_.timeline().now(); }

  bool until(const std::function<bool()>& so) {
    const time::Instant end = now() + 5s;
    client.pump(now());
    server.pump(now());
    while (!so()) {
      if (now() >= end) return false;
      wait(end);
      for (host::LiveEnd* side : {&client, &server}) {
        side->expires(now());
        side->pump(now());
      }
    }
    return true;
  }

 private:
  wire::FourTuple tuple_;
  bench::Bench& bench_;
  craft::Builder builder_;
  bool heard_ = false;

 public:
  host::LiveEnd client, server;

 private:
  void hear(Party party, host::LiveEnd& end) {
    bench_.wire(party).on_frame([this, &end](time::Instant at, wire::Bytes frame) {
      const auto packet = wire::decode(frame);
      if (!packet || !packet->tcp) return;
      heard_ = true;
      end.arrives(*packet->tcp, at);
    });
  }

  void put(Party from, const tcp::Segment& segment) {
    const Sent sent{segment.flags, segment.seq, segment.ack, {segment.payload.begin(), segment.payload.end()}};
    bench_.wire(from).send(
        write_segment(builder_, tuple_, from, sent, {segment.options.begin(), segment.options.end()}));
  }

  /// Until something is heard, or one of the ends wants to be called.
  void wait(time::Instant latest) {
    for (const host::LiveEnd* side : {&client, &server}) {
      if (side->deadline()) latest = std::min(latest, *side->deadline());
    }
    bool late = false;
    heard_ = false;
    const auto timer = bench_.timeline().at(latest, [&late] { late = true; });
    bench_.timeline().run([&] { return late || heard_; });
    bench_.timeline().cancel(timer);
  }
};

struct Outcome {
  bool client_resumed = false, server_resumed = false;
  std::optional<tls::Session> session;
};

/// A handshake, a word each way, and the end by FINs; nothing if one of them does not come about.
std::optional<Outcome> call(bench::Bench& bench, std::uint16_t port, tls::Server& origin, tls::Version version,
                            const tls::Session* resume) {
  LiveCall live(bench, port);
  auto& client = live.client;
  auto& server = live.server;
  tls::ClientSettings settings;
  settings.version = version;
  server.start_tls(origin.accept());
  client.start_tls(tls::Client(settings).connect(resume));
  const auto complete = [](const host::LiveEnd& end) {
    return end.peer()->facts().progress == tls::Progress::Complete;
  };
  if (!live.until([&] { return complete(client) && complete(server); })) return {};
  const Octets word{'w', 'o', 'r', 'd'};
  client.send(word, live.now());
  server.send(word, live.now());
  if (!live.until([&] { return client.received() == word && server.received() == word; })) return {};
  Outcome outcome{client.peer()->facts().resumed, server.peer()->facts().resumed, {}};
  for (auto& session : client.peer()->take_sessions()) outcome.session = std::move(session);
  server.follow_close();
  client.close(live.now());
  if (!live.until([&] { return client.gone() && server.gone(); })) return {};
  return outcome;
}

}  // namespace

TEST_CASE("live, a session of before the switch falls back to a full handshake, and the proxy's own is resumed",
          "[lab][terminating]") {
  for (const tls::Version version : {tls::Version::Tls12, tls::Version::Tls13}) {
    INFO("TLS " << tls::name(version));
    const auto bench = bench::bind(live_proxy());
    tls::ServerSettings settings;
    settings.credentials = bench->credentials();
    tls::Server origin{settings};
    const auto before = call(*bench, 40001, origin, version, nullptr);
    REQUIRE(before);
    REQUIRE(before->session);
    const auto again = call(*bench, 40002, origin, version, &*before->session);
    REQUIRE(again);
    CHECK(again->server_resumed);
    CHECK(bench->counters().at("connections_terminated") == 0);

    bench->apply("inspection");
    const auto after = call(*bench, 40003, origin, version, &*before->session);
    REQUIRE(after);
    CHECK_FALSE(after->client_resumed);
    REQUIRE(after->session);
    const auto own = call(*bench, 40004, origin, version, &*after->session);
    REQUIRE(own);
    CHECK(own->client_resumed);
    CHECK_FALSE(own->server_resumed);
    CHECK(bench->counters().at("handshakes_full") == 1);
    CHECK(bench->counters().at("handshakes_resumed") == 1);
    CHECK(bench->counters().at("handshakes_failed") == 0);
  }
}
