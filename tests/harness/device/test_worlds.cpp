// SPDX-License-Identifier: Apache-2.0
// Models on the wires of a simulated bench: their deadlines are kept, their logs and counters can be read, and one may
// stand behind another.
#include "generator/link/cable.hpp"
#include "harness/bench/model_links.hpp"
#include "tests/harness/device/ends.hpp"
#include "tests/support/catch.hpp"

using namespace twinwire;
using namespace twinwire::test;
namespace flag = wire::tcp_flag;

namespace {

using Counts = std::map<std::string, std::uint64_t>;

scenario::BenchSpec simulation(const std::string& model, const device::Settings& settings = {}) {
  scenario::BenchSpec spec;
  spec.name = "here";
  spec.device.kind = model.empty() ? "wire" : "model";
  spec.device.model = model;
  spec.device.settings = settings;
  return spec;
}

scenario::BenchSpec with_behind(scenario::BenchSpec spec, const std::string& model,
                                const device::Settings& settings = {}) {
  spec.behind = scenario::BehindSpec{model, settings};
  return spec;
}

const std::string line = "Accumulating too many packets 13 max 12, 198.18.1.2:40001 > 198.18.2.2:443: reset";

/// A line that both a frame takes and a deadline.
constexpr auto way = std::chrono::microseconds(5);

}  // namespace

TEST_CASE("a simulated model's log and counters can be read through the bench", "[worlds]") {
  Ends ends(simulation("accumulating"));
  ends.break_limit();
  CHECK(ends.server_heard.size() == 2 + 12 + 1);
  CHECK(ends.server_heard.back().tcp().flags == flag::Rst);
  CHECK(ends.client_heard.back().tcp().flags == flag::Rst);
  CHECK(ends.bench->counters().at("client_hello_too_many_packets") == 1);
  CHECK(ends.bench->take_log(ends.tuple) == std::vector{line});
  CHECK(ends.bench->take_log(ends.tuple).empty());
}

TEST_CASE("a simulated model is called when its deadline has come", "[worlds]") {
  Ends ends(simulation("accumulating", {{"time", "3s"}}));
  ends.shake_hands();
  const time::Instant sent = ends.bench->timeline().now();
  ends.send(Party::Client, {flag::Ack, client_iss + 1, server_iss + 1, Octets{22, 3, 1}});
  ends.pass(std::chrono::seconds(10));
  // One cable to the model, one from it.
  CHECK(ends.client_heard.back().tcp().flags == flag::Rst);
  CHECK(ends.client_heard.back().at == sent + way + std::chrono::seconds(3) + way);
  CHECK(ends.server_heard.back().tcp().flags == flag::Rst);
  CHECK(ends.bench->counters().at("client_hello_too_long") == 1);
}

TEST_CASE("a deadline that is moved or dropped is not kept at its old time", "[worlds]") {
  Ends ends(simulation("accumulating", {{"time", "3s"}}));
  ends.shake_hands();
  ends.send(Party::Client, {flag::Ack, client_iss + 1, server_iss + 1, Octets{22, 3, 1}});
  ends.pass(std::chrono::seconds(1));
  const time::Instant forgotten = ends.bench->timeline().now();
  ends.bench->forget(ends.tuple);
  ends.bench->timeline().run([] { return false; });
  CHECK(ends.bench->timeline().now() == forgotten);
  CHECK(ends.client_heard.size() == 1);
  CHECK(ends.bench->counters().at("client_hello_too_long") == 0);
}

TEST_CASE("a frame stamped after the deadline finds that the time is over", "[worlds]") {
  // On a real timeline the frame may be read before the timer is.
  const auto timeline = time::make_simulated_timeline();
  const Stage stage("accumulating");
  std::vector<Party> out;
  bench::ModelService service(*timeline, device::make_model("accumulating", {{"time", "1s"}}),
                              [&](Party toward, wire::Bytes) { out.push_back(toward); });
  craft::Builder builder;
  const auto frame = [&](const Sent& sent) { return write_segment(builder, stage.tuple(), Party::Client, sent); };
  service.on_frame(Party::Client, {}, frame({flag::Syn, client_iss}));
  service.on_frame(Party::Client, {}, frame({flag::Ack, client_iss + 1, server_iss + 1, Octets{22, 3, 1}}));
  const auto last = frame({flag::Ack, client_iss + 4, server_iss + 1, Octets{2}});
  SECTION("just before") {
    service.on_frame(Party::Client, time::Instant(std::chrono::milliseconds(999)), last);
    CHECK(out == std::vector{Party::Server, Party::Server, Party::Server});
  }
  SECTION("just then") {
    service.on_frame(Party::Client, time::Instant(std::chrono::seconds(1)), last);
    CHECK(out == std::vector{Party::Server, Party::Server, Party::Client, Party::Server});
    CHECK(service.counters().at("segments_dropped") == 1);
  }
}

TEST_CASE("a model that goes leaves no call behind", "[worlds]") {
  const auto timeline = time::make_simulated_timeline();
  const Stage stage("lossy");
  craft::Builder builder;
  {
    bench::ModelService service(*timeline, device::make_model("lossy", {{"reorder", "1000"}}),
                                [](Party, wire::Bytes) {});
    service.on_frame(Party::Client, {}, write_segment(builder, stage.tuple(), Party::Client, {flag::Syn, 1}));
  }
  timeline->run([] { return false; });
  CHECK(timeline->now() == time::Instant());
}

TEST_CASE("a model behind hears what the device lets through, and is asked for log and counters", "[worlds]") {
  const std::string device = GENERATE("", "wire", "stateful", "lossy");
  Ends ends(with_behind(simulation(device), "accumulating"));
  ends.break_limit();
  CHECK(ends.server_heard.size() == 2 + 12 + 1);
  CHECK(ends.client_heard.back().tcp().flags == flag::Rst);
  CHECK(ends.bench->counters().at("client_hello_too_many_packets") == 1);
  CHECK(ends.bench->take_log(ends.tuple) == std::vector{line});
  ends.bench->forget(ends.tuple);
  // One plug more for each box: client, device, behind, server.
  const std::size_t before = ends.server_heard.size();
  const time::Instant sent = ends.bench->timeline().now();
  ends.send(Party::Client, {flag::Syn, 77});
  ends.pass(std::chrono::milliseconds(1));
  REQUIRE(ends.server_heard.size() == before + 1);
  CHECK(ends.server_heard.back().at == sent + (device.empty() ? 2 : 3) * way);
}

TEST_CASE("what the device drops never comes to the model behind", "[worlds]") {
  Ends ends(with_behind(simulation("lossy", {{"drop", "1000"}}), "accumulating"));
  ends.send(Party::Client, {flag::Syn, client_iss});
  ends.pass(std::chrono::milliseconds(1));
  CHECK(ends.server_heard.empty());
  CHECK(ends.bench->counters().at("connections") == 0);
  CHECK(ends.bench->counters().at("segments_dropped") == 1);
  CHECK(ends.bench->counters().at("behind_segments_dropped") == 0);
}

TEST_CASE("two models of one kind keep counters and lines apart", "[worlds]") {
  Ends ends(with_behind(simulation("accumulating", {{"packets", "none"}, {"octets", "6000"}}), "accumulating",
                        {{"reset", "none"}}));
  ends.break_limit();
  CHECK(ends.bench->counters().at("client_hello_too_many_octets") == 1);
  CHECK(ends.bench->counters().at("behind_client_hello_too_many_octets") == 0);
  CHECK(ends.bench->counters().at("behind_connections") == 1);
  CHECK(ends.bench->take_log(ends.tuple).size() == 1);
}

TEST_CASE("a bare wire has neither log nor counters", "[worlds]") {
  Ends ends(simulation(""));
  ends.shake_hands();
  CHECK(ends.bench->counters() == Counts{});
  CHECK(ends.bench->take_log(ends.tuple).empty());
}

TEST_CASE("a change is made to the device's model, or else to the one behind", "[worlds]") {
  auto spec = GENERATE(simulation("accumulating"), with_behind(simulation(""), "accumulating"));
  spec.apply["raise"].model = {{"packets", "16"}};
  spec.apply["break"].model = {{"pakets", "16"}};
  spec.applied = {"raise"};
  Ends ends(spec);
  ends.break_limit();
  CHECK(ends.server_heard.size() == 2 + 13);
  CHECK_THROWS_WITH(ends.bench->apply("break"), ContainsSubstring("it has octets, out-of-order, packets"));
  CHECK_THROWS_AS(ends.bench->apply("break"), bench::BenchError);
}

TEST_CASE("a wrong setting of a bench names the table and the settings that there are", "[worlds]") {
  CHECK_THROWS_WITH(bench::bind(simulation("lossy", {{"loss", "1"}})),
                    "[device]: the model 'lossy' has no setting 'loss'; it has drop, duplicate, reorder and seed");
  CHECK_THROWS_WITH(bench::bind(with_behind(simulation("wire"), "lossy", {{"loss", "1"}})),
                    "[behind]: the model 'lossy' has no setting 'loss'; it has drop, duplicate, reorder and seed");
  CHECK_THROWS_WITH(
      bench::bind(with_behind(simulation("wire"), "router")),
      "[behind]: there is no model 'router'; there are: accumulating, inspecting, lossy, stateful, terminating, wire");
  auto namespaces = simulation("lossy", {{"loss", "1"}});
  namespaces.world = scenario::World::Namespaces;
  CHECK_THROWS_WITH(bench::bind(namespaces), ContainsSubstring("it has drop, duplicate, reorder and seed"));
}

// A model inside the server's link, as the worlds with real wires have it.

namespace {

struct Behind {
  std::unique_ptr<time::Timeline> timeline = time::make_simulated_timeline();
  std::unique_ptr<link::Link> far;
  std::unique_ptr<bench::ModelBehind> end;
  std::vector<Heard> far_heard, end_heard;
  craft::Builder builder;
  wire::FourTuple tuple{*wire::parse_address("198.18.1.2"), *wire::parse_address("198.18.2.2"), 40001, 443};

  explicit Behind(const std::string& model, const device::Settings& settings = {}) {
    auto [left, right] = link::make_cable(*timeline, way, 1500);
    far = std::move(left);
    end = std::make_unique<bench::ModelBehind>(*timeline, device::make_model(model, settings), std::move(right));
    far->on_frame([this](time::Instant at, wire::Bytes frame) {
      far_heard.push_back({at, {frame.begin(), frame.end()}});
    });
    end->on_frame([this](time::Instant at, wire::Bytes frame) {
      end_heard.push_back({at, {frame.begin(), frame.end()}});
    });
  }

  Octets segment(Party from, const Sent& sent) { return write_segment(builder, tuple, from, sent); }

  void run() {
    timeline->run([] { return false; });
  }

  /// SYN and SYN-ACK, and then a segment that breaks the limit.
  void give_up() {
    far->send(segment(Party::Client, {flag::Syn, client_iss}));
    run();
    REQUIRE(end->send(segment(Party::Server, {flag::Syn | flag::Ack, server_iss, client_iss + 1})) == link::Sent::Yes);
    far->send(segment(Party::Client, {flag::Ack, client_iss + 1, server_iss + 1, Octets{22, 3, 1, 2, 0}}));
    run();
  }
};

}  // namespace

TEST_CASE("a model inside a link passes frames both ways with their times", "[worlds]") {
  Behind behind("wire");
  behind.far->send(behind.segment(Party::Client, {flag::Syn, client_iss}));
  behind.run();
  REQUIRE(behind.end_heard.size() == 1);
  CHECK(behind.end_heard[0].at == time::Instant(way));
  CHECK(behind.end_heard[0].tcp().seq == client_iss);
  CHECK(behind.end->send(behind.segment(Party::Server, {flag::Ack, 5})) == link::Sent::Yes);
  behind.run();
  REQUIRE(behind.far_heard.size() == 1);
  CHECK(behind.far_heard[0].at == time::Instant(2 * way));
  CHECK(behind.end->mtu() == 1500);
}

TEST_CASE("a model inside a link resets both ends", "[worlds]") {
  Behind behind("accumulating", {{"octets", "4"}});
  behind.give_up();
  REQUIRE(behind.end_heard.size() == 2);
  CHECK(behind.end_heard.back().tcp().flags == flag::Rst);
  CHECK(behind.end_heard.back().tcp().seq == client_iss + 1);
  CHECK(behind.far_heard.back().tcp().flags == flag::Rst);
  CHECK(behind.far_heard.back().tcp().seq == server_iss + 1);
}

TEST_CASE("a model inside a link is called when its deadline has come", "[worlds]") {
  Behind behind("accumulating", {{"time", "1s"}});
  behind.give_up();
  REQUIRE(behind.end_heard.size() == 3);
  CHECK(behind.end_heard[2].tcp().flags == flag::Rst);
  CHECK(behind.end_heard[2].at == behind.end_heard[1].at + std::chrono::seconds(1));
  CHECK(behind.far_heard.back().tcp().flags == flag::Rst);
}

TEST_CASE("what a model makes of the end's own frame comes after send() has returned", "[worlds]") {
  // Turns every frame of the server's round.
  struct Mirror final : device::Middlebox {
    void on_frame(Party from, time::Instant, wire::Bytes frame, const device::Emit& emit) override {
      emit(from, frame);
    }
    void configure(const device::Settings&) override {}
  };
  auto timeline = time::make_simulated_timeline();
  auto [left, right] = link::make_cable(*timeline, way, 1500);
  bench::ModelBehind end(*timeline, std::make_unique<Mirror>(), std::move(right));
  int heard = 0;
  end.on_frame([&](time::Instant, wire::Bytes) { ++heard; });
  end.send(Octets(60, 1));
  CHECK(heard == 0);
  SECTION("by poll") { end.poll(); }
  SECTION("by the timeline") {
    timeline->run([] { return false; });
  }
  CHECK(heard == 1);
}
