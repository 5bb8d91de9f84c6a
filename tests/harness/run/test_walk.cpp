// SPDX-License-Identifier: Apache-2.0
// Ladders walked in the simulated world, where an hour costs nothing.
#include "generator/wire/packet.hpp"
#include "harness/judge/verdict.hpp"
#include "harness/run/run.hpp"
#include "harness/scenario/load.hpp"
#include "tests/support/catch.hpp"

using namespace twinwire;
using judge::Verdict;
using observe::Event;
using scenario::Party;

namespace {

std::vector<scenario::Scenario> ladder(const std::string& lines, const std::string& more = {}) {
  return scenario::parse_scenario(
      "format = 1\ntitle = \"t\"\nwhy = \"w\"\n" + std::string("[script]\nladder = '''\n") + lines + "'''\n" + more,
      "test.toml");
}

scenario::BenchSpec simulation(const std::string& model = "stateful",
                               std::map<std::string, std::string> settings = {}) {
  scenario::BenchSpec spec;
  spec.world = scenario::World::Simulation;
  spec.ordered = true;
  spec.profile = scenario::Profile::Strict;
  spec.client.address = {*wire::parse_prefix("198.18.0.1/24"), *wire::parse_prefix("2001:2::1/64")};
  spec.server.address = {*wire::parse_prefix("198.18.0.2/24"), *wire::parse_prefix("2001:2::2/64")};
  spec.device.kind = "model";
  spec.device.layer = 2;
  spec.device.model = model;
  spec.device.settings = std::move(settings);
  return spec;
}

std::vector<run::Walked> walk(const std::vector<scenario::Scenario>& cells, const scenario::BenchSpec& spec,
                              std::uint64_t seed = 1) {
  const auto bench = bench::bind(spec);
  std::vector<const scenario::Scenario*> pointers;
  for (const auto& cell : cells) pointers.push_back(&cell);
  std::vector<run::Walked> walked;
  run::Options options;
  run::Floor(*bench, seed).walk(pointers, options, [&](run::Walked w) { walked.push_back(std::move(w)); });
  return walked;
}

/// The verdicts of all cells, which must be one and the same.
Verdict verdict(const std::string& lines, const scenario::BenchSpec& spec = simulation(),
                const std::string& more = {}) {
  const auto cells = ladder(lines, more);
  std::optional<Verdict> all;
  for (const auto& walked : walk(cells, spec)) {
    INFO(walked.error);
    CHECK(walked.error.empty());
    const auto result = judge::judge(cells[walked.cell], spec, walked.transcript);
    for (const auto& finding : result.findings) UNSCOPED_INFO(finding.text);
    if (all) CHECK(*all == result.verdict);
    all = result.verdict;
  }
  return all.value_or(Verdict::Error);
}

/// A packet that keeps the octets it is a view of.
struct Sent : wire::Packet {
  explicit Sent(std::vector<std::uint8_t> frame) : octets(std::move(frame)) {
    static_cast<wire::Packet&>(*this) = *wire::decode(octets);
  }
  std::vector<std::uint8_t> octets;
};

std::vector<Sent> sent(const observe::Transcript& transcript, Party from) {
  std::vector<Sent> packets;
  for (const auto& event : transcript.events) {
    if (event.kind == Event::Kind::Sent && !event.marker && event.wire == from) packets.emplace_back(event.frame);
  }
  return packets;
}

}  // namespace

TEST_CASE("a handshake with data both ways crosses in both families", "[run]") {
  CHECK(verdict("client --> server : SYN\n"
                "client <-- server : SYN,ACK\n"
                "client --> server : ACK\n"
                "client --> server : PSH,ACK len=100\n"
                "client <-- server : PSH,ACK len=100\n") == Verdict::Pass);
}

TEST_CASE("an end sends only numbers that follow from what it sent and received", "[run][rfc9293]") {
  const auto cells = ladder(
      "client connects\nclient --> server : PSH,ACK len=100\nclient <-- server : ACK\nclient --> server : FIN,ACK\n");
  const auto walked = walk(cells, simulation());
  const auto client = sent(walked[0].transcript, Party::Client);
  const auto server = sent(walked[0].transcript, Party::Server);
  REQUIRE(client.size() == 4);
  REQUIRE(server.size() == 2);
  const std::uint32_t iss = client[0].tcp->seq;
  const std::uint32_t irs = server[0].tcp->seq;
  CHECK(client[1].tcp->seq == iss + 1);
  CHECK(client[1].tcp->ack == irs + 1);
  CHECK(client[2].tcp->payload.size() == 100);
  CHECK(server[1].tcp->ack == iss + 101);
  CHECK(client[3].tcp->seq == iss + 101);
}

TEST_CASE("what is written is literal, relative to the initial numbers", "[run]") {
  const auto cells = ladder(
      "client connects\nclient --? server : ACK seq=1001 ack=7 win=321 urg=5 ttl=9 tos=4 len=3 <nop,nop,kind "
      "253 0xabcd>\n");
  const auto walked = walk(cells, simulation());
  const auto client = sent(walked[0].transcript, Party::Client);
  const auto server = sent(walked[0].transcript, Party::Server);
  const wire::Packet& packet = client.back();
  CHECK(packet.tcp->seq == client[0].tcp->seq + 1001);
  CHECK(packet.tcp->ack == server[0].tcp->seq + 7);
  CHECK(packet.tcp->window == 321);
  CHECK(packet.tcp->urgent == 5);
  CHECK(packet.ttl == 9);
  CHECK(packet.tos == 4);
  const auto options = wire::parse_tcp_options(packet.tcp->options);
  REQUIRE(options.size() == 3);
  CHECK(options[2].kind == 253);
  CHECK(wire::load16(options[2].data, 0) == 0xabcd);
}

TEST_CASE("a SYN repeats its ISS unless a new one is asked for", "[run][rfc9293]") {
  const auto cells = ladder(
      "client --> server : SYN\nclient --> server : SYN\nclient --> server : SYN iss=new\nclient --> server : SYN\n");
  const auto client = sent(walk(cells, simulation("wire"))[0].transcript, Party::Client);
  REQUIRE(client.size() == 4);
  CHECK(client[0].tcp->seq == client[1].tcp->seq);
  CHECK(client[1].tcp->seq != client[2].tcp->seq);
  CHECK(client[2].tcp->seq == client[3].tcp->seq);
}

TEST_CASE("a retransmission carries the same octets and other data do not", "[run]") {
  const auto cells = ladder(
      "client connects\n"
      "client --> server : PSH,ACK len=64 @x\n"
      "client --> server : again @x\n"
      "client --> server : PSH,ACK seq=1 len=64 data=other\n",
      "");
  const auto client = sent(walk(cells, simulation("wire"))[0].transcript, Party::Client);
  REQUIRE(client.size() == 5);
  CHECK(std::ranges::equal(client[2].tcp->payload, client[3].tcp->payload));
  CHECK_FALSE(std::ranges::equal(client[2].tcp->payload, client[4].tcp->payload));
}

TEST_CASE("the MSS option follows the end's settings", "[run][rfc9293]") {
  const auto mss_of_syn = [](const std::string& more) {
    const auto client =
        sent(walk(ladder("client --> server : SYN\n", more), simulation())[0].transcript, Party::Client);
    const auto options = wire::parse_tcp_options(client.at(0).tcp->options);
    return options.empty() ? -1 : static_cast<int>(wire::load16(options[0].data, 0));
  };
  CHECK(mss_of_syn("") == 1460);
  CHECK(mss_of_syn("[client]\nmtu = 590\n") == 550);
  CHECK(mss_of_syn("[client]\nmss = 700\n") == 700);
  CHECK(mss_of_syn("[client]\nmss = \"omit\"\n") == -1);
}

TEST_CASE("an hour of waiting passes in no time", "[run]") {
  CHECK(verdict("client connects\nwait 1h\nclient --> server : PSH,ACK len=1\n") == Verdict::Pass);
}

TEST_CASE("a device without challenge ACKs loses the client's RST", "[run][rfc5961]") {
  const std::string incident =
      "client connects\nclient forgets\nclient --> server : SYN iss=new\nclient <-- server : ACK\nclient --> server : "
      "RST seq=seg.ack\n";
  CHECK(verdict(incident) == Verdict::Pass);
  CHECK(verdict(incident, simulation("stateful", {{"allow-challenge-ack", "no"}})) == Verdict::Fail);
}

TEST_CASE("after a failed line the rest is not reached", "[run]") {
  const auto cells = ladder("client connects\nclient --> server : RST seq=snd.nxt+3000000\nclient --> server : ACK\n");
  const auto walked = walk(cells, simulation());
  CHECK(std::ranges::any_of(walked[0].transcript.events,
                            [](const Event& e) { return e.kind == Event::Kind::NotReached && e.step == 2; }));
}

TEST_CASE("lines joined by an ampersand leave before the first has arrived", "[run]") {
  const auto cells = ladder(
      "client connects\nclient --> server : ACK seq=101 len=100\n& client --> server : ACK seq=1 len=100\nclient <-- "
      "server : ACK\n");
  const auto walked = walk(cells, simulation("wire"));
  std::vector<Event::Kind> of_both;
  for (const auto& event : walked[0].transcript.events) {
    const bool frame = event.kind == Event::Kind::Sent || event.kind == Event::Kind::Received;
    if (frame && !event.marker && wire::decode(event.frame)->tcp->payload.size() == 100) of_both.push_back(event.kind);
  }
  CHECK(of_both == std::vector{Event::Kind::Sent, Event::Kind::Sent, Event::Kind::Received, Event::Kind::Received});
  CHECK(sent(walked[0].transcript, Party::Server).back().tcp->ack ==
        sent(walked[0].transcript, Party::Client)[0].tcp->seq + 201);
}

TEST_CASE("a guarded line is walked only when its label arrived", "[run]") {
  const std::string lines =
      "client connects\n"
      "client --? server : RST seq=snd.nxt+3000000 @far\n"
      "client <-- server : ACK if @far\n"
      "client --> server : ACK unless @far\n";
  const auto kinds = [&](const scenario::BenchSpec& spec) {
    std::vector<int> passed;
    const auto walked = walk(ladder(lines), spec);
    for (const auto& event : walked[0].transcript.events) {
      if (event.kind == Event::Kind::Passed) passed.push_back(event.step);
    }
    return passed;
  };
  CHECK(kinds(simulation("wire")) == std::vector{3});
  CHECK(kinds(simulation("stateful")) == std::vector{2});
}

TEST_CASE("a close is acknowledged on both sides", "[run][rfc9293]") {
  CHECK(verdict("client connects\nclient closes\n") == Verdict::Pass);
  CHECK(verdict("client connects\nserver closes\n") == Verdict::Pass);
}

TEST_CASE("a packet carried around the device is received and not judged", "[run]") {
  CHECK(verdict("client ~~> server : SYN\nclient <~~ server : SYN,ACK\nclient ~~> server : ACK\n"
                "client --x server : PSH,ACK len=10\n") == Verdict::Pass);
}

TEST_CASE("a repeated line stops when it has arrived", "[run]") {
  const auto cells = ladder("client --> server : SYN x 1..3 every 1s\n");
  CHECK(sent(walk(cells, simulation())[0].transcript, Party::Client).size() == 1);
}

TEST_CASE("a line that its sender cannot fill in is an error of the scenario", "[run]") {
  CHECK(verdict("client --> server : RST seq=old.snd.nxt\n") == Verdict::Error);
}

TEST_CASE("without an order between flows time decides", "[run]") {
  scenario::BenchSpec unordered = simulation();
  unordered.ordered = false;
  const auto cells = ladder("client connects\nclient --x server : RST seq=snd.nxt+3000000\n");
  for (const auto& walked : walk(cells, unordered)) {
    const auto result = judge::judge(cells[walked.cell], unordered, walked.transcript);
    CHECK(result.verdict == Verdict::Pass);
    CHECK(
        std::ranges::any_of(result.transits, [](const auto& t) { return t.proof == observe::Transit::Proof::Timer; }));
  }
}

TEST_CASE("the same seed gives the same transcript and another seed another", "[run]") {
  const auto cells =
      ladder("client connects\nclient --> server : PSH,ACK len=100\nclient --x server : RST seq=snd.nxt+3000000\n");
  const auto text = [&](std::uint64_t seed) {
    std::string all;
    for (const auto& walked : walk(cells, simulation(), seed)) all += observe::to_json_lines(walked.transcript);
    return all;
  };
  CHECK(text(1) == text(1));
  CHECK(text(1) != text(2));
}

TEST_CASE("exclusive cells are walked alone and after the others", "[run]") {
  auto cells = ladder("client connects\nwait 1s\n");
  cells[0].exclusive = true;
  const auto walked = walk(cells, simulation());
  REQUIRE(walked.size() == 2);
  CHECK(walked[0].cell == 1);
  CHECK(walked[1].cell == 0);
}

TEST_CASE("an interrupted run ends early and says what it did not reach", "[run]") {
  const auto cells = ladder("client connects\nwait 1h\nclient --> server : ACK\n");
  const auto bench = bench::bind(simulation());
  std::vector<const scenario::Scenario*> pointers{&cells[0], &cells[1]};
  run::Options options;
  int asked = 0;
  options.interrupted = [&asked] { return ++asked > 10; };
  std::vector<run::Walked> walked;
  run::Floor(*bench, 1).walk(pointers, options, [&](run::Walked w) { walked.push_back(std::move(w)); });
  REQUIRE(walked.size() == 2);
  const auto judged = judge::judge(cells[0], simulation(), walked[0].transcript);
  for (const auto& finding : judged.findings) UNSCOPED_INFO(finding.text);
  CHECK(judged.verdict == Verdict::Inconclusive);
}
