// SPDX-License-Identifier: Apache-2.0
// The path on which a device may take connections for itself: whose the connections are that arrive at the server.
#include <memory>
#include <set>

#include "generator/wire/packet.hpp"
#include "harness/judge/verdict.hpp"
#include "harness/run/run.hpp"
#include "harness/run/wires.hpp"
#include "harness/scenario/load.hpp"
#include "tests/support/catch.hpp"

using namespace twinwire;
using judge::Verdict;
using observe::Event;
using scenario::Party;

namespace {

constexpr wire::Family family = wire::Family::Ipv4;
constexpr std::uint16_t client_port = 20001, device_port = 41000, server_port = 443;

scenario::BenchSpec bench_of(scenario::PathSpec::Kind path, const std::string& model) {
  scenario::BenchSpec spec;
  spec.world = scenario::World::Simulation;
  spec.profile = scenario::Profile::Proxy;
  spec.client.address = {*wire::parse_prefix("198.18.0.1/24"), *wire::parse_prefix("2001:2::1/64")};
  spec.server.address = {*wire::parse_prefix("198.18.0.2/24"), *wire::parse_prefix("2001:2::2/64")};
  spec.device.kind = "model";
  spec.device.layer = 2;
  spec.device.model = model;
  spec.path.kind = path;
  return spec;
}

/// Counts what it hears on the server's wire.
class Ear final : public run::Listener {
 public:
  void on_frame(Party wire, time::Instant, const wire::Packet&, wire::Bytes) override {
    if (wire == Party::Server) ++heard_;
  }
  bool expects(const wire::Packet&) const override { return false; }
  int heard() const { return heard_; }

 private:
  int heard_ = 0;
};

/// Two wires with nothing between them, and a hand that puts SYNs on the client's.
class Stage {
 public:
  explicit Stage(scenario::PathSpec::Kind path = scenario::PathSpec::Kind::Intercept)
      : bench_(bench::bind(bench_of(path, "wire"))), wires_(*bench_) {}

  run::Wires& wires() { return wires_; }

  void syn(const std::string& from, std::uint16_t port, std::uint32_t seq, std::uint16_t to = server_port) {
    craft::Segment segment;
    segment.src_mac = wires_.station(Party::Client).mac();
    segment.dst_mac = wires_.station(Party::Server).mac();
    segment.src = *wire::parse_address(from);
    segment.dst = *wires_.station(Party::Server).address(family);
    segment.src_port = port;
    segment.dst_port = to;
    segment.seq = seq;
    segment.flags = wire::tcp_flag::Syn;
    wires_.send(Party::Client, wires_.builder().tcp(segment));
    bool passed = false;
    bench_->timeline().at(bench_->timeline().now() + std::chrono::milliseconds(1), [&passed] { passed = true; });
    bench_->timeline().run([&passed] { return passed; });
    wires_.poll();
  }

 private:
  std::unique_ptr<bench::Bench> bench_;
  run::Wires wires_;
};

constexpr const char* client = "198.18.0.1";
constexpr const char* device_address = "198.18.0.9";

std::vector<scenario::Scenario> two_handshakes(const std::string& resume, const std::string& more = {}) {
  return scenario::parse_scenario(R"(format = 1
title = "t"
why = "w"
[client]
tls = { resume = ")" + resume + R"(" }
)" + more + R"([script]
ladder = '''
client.a connects
client.a starts tls @full
client.a closes
client.b connects
client.b resumes tls @handshake
client.b closes
'''
[expect]
full = "full"
handshake = "resumed"
)",
                                  "test.toml");
}

struct Outcome {
  Verdict verdict = Verdict::Error;
  std::vector<std::map<std::string, std::string>> said;  ///< by the client, one for each act
};

std::vector<Outcome> walk(const std::vector<scenario::Scenario>& cells, const scenario::BenchSpec& spec) {
  const auto bench = bench::bind(spec);
  std::vector<const scenario::Scenario*> pointers;
  for (const auto& cell : cells) pointers.push_back(&cell);
  std::vector<Outcome> outcomes;
  run::Floor(*bench, 1).walk(pointers, {}, [&](const run::Walked& walked) {
    INFO(walked.error);
    CHECK(walked.error.empty());
    const auto result = judge::judge(cells[walked.cell], spec, walked.transcript);
    for (const auto& finding : result.findings) UNSCOPED_INFO(finding.text);
    Outcome& outcome = outcomes.emplace_back();
    outcome.verdict = result.verdict;
    for (const Event& event : walked.transcript.events) {
      if (event.kind == Event::Kind::Says && event.wire == Party::Client) outcome.said.push_back(event.facts);
    }
  });
  return outcomes;
}

}  // namespace

TEST_CASE("what a device forwards belongs to the flow whose address and port it carries", "[run][intercept]") {
  Stage stage;
  Ear own, other;
  stage.wires().listen(family, client_port, own);
  stage.wires().listen_behind(family, server_port, other);
  stage.syn(client, client_port, 1000);
  CHECK(own.heard() == 1);
  CHECK(other.heard() == 0);
}

TEST_CASE("the same port at another address is a connection of the device's own", "[run][intercept]") {
  Stage stage;
  Ear own, other;
  stage.wires().listen(family, client_port, own);
  stage.wires().listen_behind(family, server_port, other);
  stage.syn(device_address, client_port, 1000);
  CHECK(own.heard() == 0);
  CHECK(other.heard() == 1);
}

TEST_CASE("a SYN that a device repeats for an older connection is not taken for the next one", "[run][intercept]") {
  for (const auto path : {scenario::PathSpec::Kind::Intercept, scenario::PathSpec::Kind::Relay}) {
    Stage stage(path);
    Ear older, next;
    stage.wires().listen_behind(family, server_port, older);
    stage.syn(device_address, device_port, 1000);
    CHECK(older.heard() == 1);
    stage.wires().mute(older);
    stage.wires().listen_behind(family, server_port, next);
    stage.syn(device_address, device_port, 1000);
    CHECK(next.heard() == 0);
    stage.syn(device_address, device_port, 2000);
    CHECK(next.heard() == 1);
  }
}

TEST_CASE("a proxy may use one port of its own toward several ports of the server", "[run][intercept]") {
  Stage stage(scenario::PathSpec::Kind::Proxy);
  constexpr std::uint16_t other_port = server_port + 1;
  Ear one, other;
  stage.wires().listen_behind(family, server_port, one);
  stage.wires().listen_behind(family, other_port, other);
  stage.syn(device_address, device_port, 1000);
  stage.syn(device_address, device_port, 2000, other_port);
  CHECK(one.heard() == 1);
  CHECK(other.heard() == 1);
  stage.syn(device_address, device_port, 1000);  // each is known again
  CHECK(one.heard() == 2);
  CHECK(other.heard() == 1);
}

TEST_CASE("nor is one that came first when nobody was there", "[run][intercept]") {
  Stage stage;
  Ear next;
  stage.syn(device_address, device_port, 1000);
  stage.wires().listen_behind(family, server_port, next);
  stage.syn(device_address, device_port, 1000);
  CHECK(next.heard() == 0);
}

TEST_CASE("sessions of each kind are resumed where nothing is intercepted", "[run][intercept]") {
  const auto spec = bench_of(scenario::PathSpec::Kind::Intercept, "wire");
  for (const std::string kind : {"id", "ticket", "psk"}) {
    INFO(kind);
    const auto outcomes = walk(two_handshakes(kind), spec);
    REQUIRE(outcomes.size() == 2);  // one for each family
    for (const auto& outcome : outcomes) CHECK(outcome.verdict == Verdict::Pass);
  }
}

TEST_CASE("the server shows the bench's certificate unless it is to have other names", "[run][intercept]") {
  const auto spec = bench_of(scenario::PathSpec::Kind::Intercept, "wire");
  const auto certificates = [&](const std::string& more) {
    std::set<std::string> seen;
    for (const auto& outcome : walk(two_handshakes("psk", more), spec)) {
      REQUIRE(outcome.said.size() > 1);
      seen.insert(outcome.said[1].at("certificate"));
    }
    return seen;
  };
  CHECK(certificates({}).size() == 1);
  CHECK(certificates("[server]\ntls = { names = [\"other.example\"] }\n").size() == 2);
}
