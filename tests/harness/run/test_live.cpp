// SPDX-License-Identifier: Apache-2.0
// Ladders that are written while they are walked, in the simulated world.
#include "harness/run/live.hpp"
#include "harness/scenario/load.hpp"
#include "tests/support/catch.hpp"

using namespace twinwire;
using run::FramePointer;
using run::Live;
using scenario::Party;
using Fate = observe::Transit::Fate;

namespace {

constexpr std::uint16_t https = 443;
constexpr int more_than_a_page = 5000;  // lines, each of which is two or three events of the 8192 of a page

scenario::BenchSpec simulation(const std::string& model = "stateful") {
  scenario::BenchSpec spec;
  spec.world = scenario::World::Simulation;
  spec.ordered = true;
  spec.profile = scenario::Profile::Strict;
  spec.client.address = {*wire::parse_prefix("198.18.0.1/24")};
  spec.server.address = {*wire::parse_prefix("198.18.0.2/24")};
  spec.device.kind = "model";
  spec.device.layer = 2;
  spec.device.model = model;
  return spec;
}

scenario::Step line(const std::string& text) { return scenario::parse_line(text, "line"); }

/// A bench with a live ladder on it.
struct Stage {
  explicit Stage(const scenario::BenchSpec& spec = simulation())
      : bench(bench::bind(spec)), floor(*bench, 1), live(floor.begin(cell())) {}

  static scenario::Scenario cell() {
    return scenario::parse_scenario(
               "format = 1\ntitle = \"t\"\nwhy = \"w\"\nfamily = \"ipv4\"\n[script]\nladder = 'client connects'\n",
               "live")
        .front();
  }
  FramePointer send(const std::string& text) { return live->send(line(text)).at(0); }
  std::optional<run::Passage> expect(Party at, const std::string& segment,
                                     std::optional<time::Duration> within = std::nullopt) {
    const std::string from = at == Party::Server ? "device --> server : " : "client <-- device : ";
    const scenario::Step wanted = line(from + segment);
    return live->expect({at, std::nullopt},
                        std::get<scenario::SegmentSpec>(std::get<scenario::Packet>(wanted.what).segment), within);
  }
  time::Instant now() const { return bench->timeline().now(); }

  std::unique_ptr<bench::Bench> bench;
  run::Floor floor;
  std::unique_ptr<Live> live;
};

/// A stage with an established connection "c1", on which each end has to say what it acknowledges.
struct EstablishedStage : Stage {
  EstablishedStage() {
    live->open(https, std::nullopt);
    REQUIRE(live->act(line("client.c1 connects")).completes);
  }
};

std::vector<FramePointer> send_many(Stage& stage, int count) {
  std::vector<FramePointer> frames;
  for (int i = 0; i < count; ++i) frames.push_back(stage.send("client.c1 --? server : ACK len=1"));
  return frames;
}

/// So many lines that nothing of before is on a page that is remembered.
void turn_two_pages(Stage& stage) {
  for (int i = 0; i < 2 * more_than_a_page; ++i) stage.live->act(line("wait 1us"));
}

}  // namespace

// Pages.

TEST_CASE("what nobody took before a page was turned can be taken afterwards, each frame as itself", "[run][live]") {
  EstablishedStage stage;
  const auto frames = send_many(stage, more_than_a_page);
  CHECK(stage.live->picture().lines_before == 0);
  CHECK(stage.live->ladder().steps.size() < frames.size());  // the rest is on the page before
  for (const FramePointer& frame : frames) {
    const auto passage = stage.live->expect(frame, std::nullopt);
    REQUIRE(passage);
    REQUIRE(passage->sent->frame == frame->frame);
    REQUIRE(passage->transit.fate == Fate::Crossed);
    REQUIRE(passage->received.size() == 1);
  }
  CHECK(stage.live->rest({Party::Server, std::nullopt}, std::nullopt).empty());
}

TEST_CASE("of equal frames the one that is asked for is taken, whatever lies between", "[run][live]") {
  EstablishedStage stage;
  std::vector<FramePointer> frames;
  for (int i = 0; i < 5; ++i) frames.push_back(stage.send("client.c1 --? server : ACK seq=1 len=1 ipid=7"));
  turn_two_pages(stage);
  frames.push_back(stage.send("client.c1 --? server : ACK seq=1 len=1 ipid=7"));
  CHECK(stage.live->expect(frames.back(), std::nullopt));
  CHECK_FALSE(stage.live->expect(frames.back(), std::nullopt));
  CHECK(stage.live->rest({Party::Server, std::nullopt}, std::nullopt).size() == 5);
}

TEST_CASE("the ladder is remembered for two pages, with the number of lines before", "[run][live]") {
  EstablishedStage stage;
  const FramePointer frame = stage.send("client.c1 --? server : ACK len=1");
  stage.live->passages();
  CHECK(stage.live->passage_of(frame));
  CHECK(stage.live->picture().ladder.steps.size() == 2);
  CHECK(stage.live->picture().lines_before == 0);
  stage.live->act(line("wait 1ms"));
  stage.live->passages();
  CHECK_FALSE(stage.live->passage_of(frame));
  CHECK(stage.live->picture().ladder.steps.size() == 1);
  CHECK(stage.live->picture().lines_before == 2);
}

TEST_CASE("what passages told is taken", "[run][live]") {
  EstablishedStage stage;
  const FramePointer frame = stage.send("client.c1 --? server : ACK len=1");
  stage.live->passages();
  CHECK(stage.live->rest({Party::Server, std::nullopt}, std::nullopt).empty());
  CHECK_FALSE(stage.live->expect(frame, std::nullopt));
}

TEST_CASE("who asks for passages twice in a row loses no page", "[run][live]") {
  EstablishedStage stage;
  const FramePointer frame = stage.send("client.c1 --? server : ACK len=1");
  CHECK(stage.live->passages().size() == 4);
  CHECK(stage.live->passages().empty());
  CHECK(stage.live->passages().empty());
  CHECK(stage.live->passage_of(frame));
}

TEST_CASE("passages are given once each, those of a page that was turned meanwhile too", "[run][live]") {
  EstablishedStage stage;
  stage.live->passages();
  send_many(stage, more_than_a_page);
  CHECK(stage.live->passages().size() == more_than_a_page);
  CHECK(stage.live->passages().empty());
}

TEST_CASE("a label is known on all pages behind its own", "[run][live]") {
  EstablishedStage stage;
  const FramePointer first = stage.send("client.c1 --? server : PSH,ACK len=7 @x");
  turn_two_pages(stage);
  const FramePointer again = stage.send("client.c1 --? server : again @x");
  const auto packet = wire::decode(again->frame);
  CHECK(packet->tcp->seq == wire::decode(first->frame)->tcp->seq);
  CHECK(packet->tcp->payload.size() == 7);
  stage.send("client.c1 --? server : ACK len=3 @x");
  CHECK(wire::decode(stage.send("client.c1 --? server : again @x")->frame)->tcp->payload.size() == 3);
}

TEST_CASE("connections live on when a page is turned", "[run][live]") {
  EstablishedStage stage;
  turn_two_pages(stage);
  CHECK(stage.live->act(line("server.c1 sends 3000")).completes);
  CHECK(stage.live->act(line("client.c1 closes")).completes);
}

// Connections that nobody has a use for any more.

TEST_CASE("a client's port belongs to one connection until that is released and another one is opened", "[run][live]") {
  Stage stage;
  const std::string first = stage.live->open(https, 5000);
  CHECK_THROWS_WITH(stage.live->open(80, 5000), "source: port 5000 is the one of another connection");
  const std::string second = stage.live->open(https, 5001);
  stage.live->release(first);
  CHECK(stage.live->open(80, 5000) != second);
}

TEST_CASE("the connection that was opened last is spoken on until the next is opened, though it is released",
          "[run][live]") {
  Stage stage;
  const std::string name = stage.live->open(https, std::nullopt);
  const std::uint16_t port = stage.live->client_port(name);
  stage.live->release(name);
  CHECK(stage.live->current() == name);
  CHECK(wire::decode(stage.send("client." + name + " --? server : SYN")->frame)->tcp->src_port == port);
  stage.live->open(https, port);
  CHECK(stage.live->current() != name);
}

TEST_CASE("ports of connections that were released do not run out", "[run][live]") {
  Stage stage;
  for (int i = 0; i < 70000; ++i) stage.live->release(stage.live->open(https, std::nullopt));
  const std::string last = stage.live->open(https, std::nullopt);
  CHECK(stage.live->act(line("client." + last + " connects")).completes);
}

// What an act leaves to be taken.

TEST_CASE("who has a connection does not connect again before it forgets", "[run][live]") {
  EstablishedStage stage;
  CHECK_THROWS_AS(stage.live->act(line("client.c1 connects")), run::CannotSend);
  REQUIRE(stage.live->act(line("client.c1 closes")).completes);
  CHECK_THROWS_AS(stage.live->act(line("client.c1 connects")), run::CannotSend);
  stage.live->act(line("client.c1 forgets"));
  stage.live->act(line("server.c1 forgets"));
  CHECK(stage.live->act(line("client.c1 connects")).completes);
  CHECK(stage.live->passages().size() > 8);
}

TEST_CASE("what the ends of an act say is the act's, and what a line sent before is not", "[run][live]") {
  EstablishedStage stage;
  const FramePointer frame = stage.send("client.c1 --? server : ACK len=1");
  stage.live->open(https, std::nullopt);
  REQUIRE(stage.live->act(line("client.c2 connects")).completes);
  const auto rest = stage.live->rest({Party::Server, std::nullopt}, std::nullopt);
  REQUIRE(rest.size() == 1);
  CHECK(rest[0].sent->frame == frame->frame);
}

// Interruption.

TEST_CASE("a wait that is interrupted ends at once, and the ladder goes on afterwards", "[run][live]") {
  EstablishedStage stage;
  bool interrupted = true;
  stage.live->on_interruption([&] { return interrupted; });
  const time::Instant before = stage.now();
  CHECK_FALSE(stage.expect(Party::Server, "SYN", std::chrono::hours(1)));
  stage.live->act(line("wait 1h"));
  CHECK(stage.live->rest({Party::Server, std::nullopt}, std::chrono::hours(1)).empty());
  CHECK(stage.now() - before < std::chrono::minutes(1));
  interrupted = false;
  CHECK(stage.live->expect(stage.send("client.c1 --? server : ACK len=1"), std::nullopt));
  CHECK(stage.live->act(line("client.c1 closes")).completes);
}

TEST_CASE("frames that are paced are not sent any more after an interruption", "[run][live]") {
  EstablishedStage stage;
  int asked = 0;
  stage.live->on_interruption([&] { return ++asked > 20; });
  const auto frames = stage.live->send(line("client.c1 --? server : ACK len=1 x 1000 every 1s"));
  CHECK(!frames.empty());
  CHECK(frames.size() < 20);
}

// Time.

TEST_CASE("with markers absence is known without waiting, and with a limit it is waited for", "[run][live]") {
  Stage stage;
  stage.live->open(https, std::nullopt);
  const FramePointer stray = stage.send("client.c1 --? server : ACK");
  const time::Instant before = stage.now();
  CHECK_FALSE(stage.live->expect(stray, std::nullopt));
  CHECK(stage.now() - before < std::chrono::milliseconds(50));
  const auto passage = stage.live->passage_of(stray);
  REQUIRE(passage);
  CHECK(passage->transit.fate == Fate::Dropped);
  CHECK(passage->transit.proof == observe::Transit::Proof::Marker);
  CHECK_FALSE(stage.live->expect(stray, std::chrono::seconds(3)));
  CHECK(stage.now() - before >= std::chrono::seconds(3));
}

TEST_CASE("what comes while it is waited for ends the wait", "[run][live]") {
  Stage stage;
  stage.live->open(https, std::nullopt);
  const time::Instant before = stage.now();
  stage.send("client.c1 --? server : SYN");
  CHECK(stage.expect(Party::Server, "SYN", std::chrono::hours(1)));
  stage.send("client.c1 --? server : SYN");
  const FramePointer second = stage.send("client.c1 --? server : SYN");
  CHECK(stage.live->expect(second, std::chrono::hours(1)));
  CHECK(stage.now() - before < std::chrono::milliseconds(50));
}

TEST_CASE("without markers time decides that the wires are quiet", "[run][live]") {
  scenario::BenchSpec spec = simulation();
  spec.ordered = false;
  Stage stage(spec);
  const time::Instant before = stage.now();
  CHECK(stage.live->rest({Party::Client, std::nullopt}, std::nullopt).empty());
  CHECK(stage.now() - before >= std::chrono::milliseconds(250));
}
