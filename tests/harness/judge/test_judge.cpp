// SPDX-License-Identifier: Apache-2.0
#include "harness/judge/verdict.hpp"
#include "harness/scenario/load.hpp"
#include "tests/harness/observe/frames.hpp"
#include "tests/support/catch.hpp"

using namespace twinwire;
using judge::Verdict;
using scenario::Party;
using test::Tape;
namespace flag = wire::tcp_flag;

namespace {

scenario::Scenario ladder(const std::string& lines, const std::string& more = {}) {
  return scenario::parse_scenario(
             "format = 1\ntitle = \"t\"\nwhy = \"w\"\nfamily = \"ipv4\"\n[script]\nladder = '''\n" + lines + "'''\n" +
                 more,
             "test.toml")
      .front();
}

scenario::BenchSpec bench(const std::string& kind = "nftables", scenario::Profile profile = scenario::Profile::Strict) {
  scenario::BenchSpec spec;
  spec.device.kind = kind;
  spec.profile = profile;
  spec.ordered = true;
  return spec;
}

judge::Result judged(const scenario::Scenario& scenario, Tape& tape, const scenario::BenchSpec& spec = bench()) {
  tape.closes();
  return judge::judge(scenario, spec, tape.transcript);
}

const craft::Segment syn = Tape::client_segment(flag::Syn, 100);

void cross(Tape& tape, int step, Party from, const craft::Segment& segment) {
  tape.begins(step);
  tape.sent(step, from, segment);
  tape.received(from == Party::Client ? Party::Server : Party::Client, segment);
  tape.done(step);
}

void drop(Tape& tape, int step, Party from, const craft::Segment& segment) {
  tape.begins(step);
  tape.sent(step, from, segment);
  tape.marker(from, 10 * static_cast<std::uint64_t>(step) + 1);
  tape.marker(from, 10 * static_cast<std::uint64_t>(step) + 2);
  tape.done(step);
}

}  // namespace

TEST_CASE("a packet that must arrive and does passes", "[judge]") {
  Tape tape;
  cross(tape, 0, Party::Client, syn);
  CHECK(judged(ladder("client --> server : SYN\n"), tape).verdict == Verdict::Pass);
}

TEST_CASE("a packet that must arrive and is dropped fails, with how that is known", "[judge]") {
  Tape tape;
  drop(tape, 0, Party::Client, syn);
  const auto result = judged(ladder("client --> server : SYN\n"), tape);
  CHECK(result.verdict == Verdict::Fail);
  REQUIRE(result.findings.size() == 1);
  CHECK(result.findings[0].layer == observe::Layer::Progress);
  CHECK_THAT(result.findings[0].text,
             ContainsSubstring("the client's SYN never reached the server") && ContainsSubstring("marker"));
  CHECK_THAT(result.diagnosis, ContainsSubstring("no answer to the SYN") && ContainsSubstring("hangs"));
}

TEST_CASE("a packet whose fate nothing proves is inconclusive and no failure", "[judge]") {
  Tape tape;
  tape.begins(0);
  tape.sent(0, Party::Client, syn);
  tape.done(0);
  CHECK(judged(ladder("client --> server : SYN\n"), tape).verdict == Verdict::Inconclusive);
}

TEST_CASE("a transcript that breaks off is inconclusive", "[judge]") {
  Tape tape;
  cross(tape, 0, Party::Client, syn);
  CHECK(judge::judge(ladder("client --> server : SYN\n"), bench(), tape.transcript).verdict == Verdict::Inconclusive);
}

TEST_CASE("a packet that must not arrive fails when it does", "[judge]") {
  const auto scenario = ladder("client --x server : SYN\n");
  Tape crossed;
  cross(crossed, 0, Party::Client, syn);
  CHECK(judged(scenario, crossed).verdict == Verdict::Fail);
  Tape dropped;
  drop(dropped, 0, Party::Client, syn);
  CHECK(judged(scenario, dropped).verdict == Verdict::Pass);
}

TEST_CASE("on the bare wire the same packet must arrive, since that is what the baseline shows", "[judge]") {
  Tape tape;
  cross(tape, 0, Party::Client, syn);
  CHECK(judged(ladder("client --x server : SYN\n"), tape, bench("wire")).verdict == Verdict::Pass);
}

TEST_CASE("a frame that nobody sent is named with its numbers and its TTL", "[judge]") {
  Tape tape;
  cross(tape, 0, Party::Client, syn);
  auto rst = Tape::server_segment(flag::Rst | flag::Ack, 0, 101);
  rst.ttl = 55;
  tape.received(Party::Client, rst);
  const auto result = judged(ladder("client --> server : SYN\n"), tape);
  CHECK(result.verdict == Verdict::Fail);
  REQUIRE(result.findings.size() == 1);
  CHECK(result.findings[0].by_device);
  CHECK_THAT(result.findings[0].text,
             ContainsSubstring("RST") && ContainsSubstring("ack=1") && ContainsSubstring("ttl=55"));
  CHECK_THAT(result.diagnosis, ContainsSubstring("RST made by the device"));
}

TEST_CASE("a line of the device explains the frame it means and no other", "[judge]") {
  Tape tape;
  drop(tape, 0, Party::Client, syn);
  tape.begins(1);
  tape.received(Party::Client, Tape::server_segment(flag::Rst | flag::Ack, 0, 101));
  tape.done(1);
  SECTION("as it is written") {
    CHECK(judged(ladder("client --x server : SYN\nclient <-- device : RST,ACK ack=1\n"), tape).verdict ==
          Verdict::Pass);
  }
  SECTION("with another number") {
    CHECK(judged(ladder("client --x server : SYN\nclient <-- device : RST,ACK ack=2\n"), tape).verdict ==
          Verdict::Fail);
  }
  SECTION("forbidden") {
    CHECK(judged(ladder("client --x server : SYN\nclient x-- device : RST,ACK\n"), tape).verdict == Verdict::Fail);
  }
  SECTION("either way") {
    CHECK(judged(ladder("client --x server : SYN\nclient ?-- device : RST,ACK\n"), tape).verdict == Verdict::Pass);
  }
}

TEST_CASE("a device that stays silent fails a line that says it speaks", "[judge]") {
  Tape tape;
  drop(tape, 0, Party::Client, syn);
  tape.begins(1);
  tape.time_up(1);
  tape.done(1);
  CHECK(judged(ladder("client --x server : SYN\nclient <-- device : RST,ACK\n"), tape).verdict == Verdict::Fail);
}

TEST_CASE("what is expected depends on the profile", "[judge]") {
  const auto scenario =
      ladder("client --? server : SYN @syn\n", "[expect]\nsyn = \"crossed\"\n[expect.strict]\nsyn = \"dropped\"\n");
  Tape crossed;
  cross(crossed, 0, Party::Client, syn);
  CHECK(judged(scenario, crossed, bench("nftables", scenario::Profile::Transparent)).verdict == Verdict::Pass);
  Tape again;
  cross(again, 0, Party::Client, syn);
  CHECK(judged(scenario, again, bench("nftables", scenario::Profile::Strict)).verdict == Verdict::Fail);
}

TEST_CASE("an expected answer of the device is no unexplained frame", "[judge]") {
  const auto scenario = ladder("client --? server : SYN @syn\n", "[expect]\nsyn = [\"crossed\", \"answered\"]\n");
  Tape tape;
  tape.begins(0);
  tape.sent(0, Party::Client, syn);
  tape.received(Party::Client, Tape::server_segment(flag::Ack, 5, 9));
  tape.marker(Party::Client, 1);
  tape.marker(Party::Client, 2);
  tape.done(0);
  CHECK(judged(scenario, tape).verdict == Verdict::Pass);
}

TEST_CASE("a changed field counts where the line wrote it and is noted where it did not", "[judge]") {
  auto arrived = syn;
  arrived.window = 4000;
  Tape tape;
  tape.begins(0);
  auto sent = syn;
  sent.window = 5000;
  tape.sent(0, Party::Client, sent);
  tape.received(Party::Server, arrived);
  tape.done(0);
  SECTION("written") { CHECK(judged(ladder("client --> server : SYN win=5000\n"), tape).verdict == Verdict::Fail); }
  SECTION("not written") {
    const auto result = judged(ladder("client --> server : SYN\n"), tape);
    CHECK(result.verdict == Verdict::Pass);
    REQUIRE(result.findings.size() == 1);
    CHECK(result.findings[0].layer == observe::Layer::Transparency);
  }
  SECTION("expected") {
    CHECK(judged(ladder("client --> server : SYN becomes win=4000\n"), tape).verdict == Verdict::Pass);
  }
  SECTION("expected to be another") {
    CHECK(judged(ladder("client --> server : SYN becomes win=3000\n"), tape).verdict == Verdict::Fail);
  }
}

TEST_CASE("damage always counts", "[judge]") {
  auto sent = Tape::client_segment(flag::Psh | flag::Ack, 101, 501, 50);
  auto arrived = sent;
  arrived.payload[7] ^= 1;
  Tape tape;
  tape.begins(0);
  tape.sent(0, Party::Client, sent);
  tape.received(Party::Server, arrived);
  tape.done(0);
  const auto result = judged(ladder("client --> server : PSH,ACK len=50\n"), tape);
  CHECK(result.verdict == Verdict::Fail);
  CHECK(result.findings.at(0).layer == observe::Layer::Integrity);
}

TEST_CASE("a packet that comes out twice fails", "[judge]") {
  Tape tape;
  tape.begins(0);
  tape.sent(0, Party::Client, syn);
  tape.received(Party::Server, syn);
  tape.received(Party::Server, syn);
  tape.done(0);
  const auto result = judged(ladder("client --> server : SYN\n"), tape);
  CHECK(result.verdict == Verdict::Fail);
  CHECK_THAT(result.findings.at(0).text, ContainsSubstring("arrived 2 times"));
}

TEST_CASE("a number of crossings can be what is expected", "[judge]") {
  const auto scenario = ladder("client --? server : SYN x 3 @flood\n", "[expect]\nflood = { crossed = \"1..2\" }\n");
  const int crossing = GENERATE(0, 1, 2, 3);
  Tape tape;
  tape.begins(0);
  for (int k = 0; k < 3; ++k)
    tape.sent(0, Party::Client, Tape::client_segment(flag::Syn, static_cast<std::uint32_t>(100 + k)));
  for (int k = 0; k < crossing; ++k) {
    auto arrived = Tape::client_segment(flag::Syn, static_cast<std::uint32_t>(100 + k));
    arrived.ip_id = static_cast<std::uint16_t>(1 + k);
    tape.received(Party::Server, arrived);
  }
  tape.marker(Party::Client, 1);
  tape.marker(Party::Client, 2);
  tape.done(0);
  CHECK((judged(scenario, tape).verdict == Verdict::Pass) == (crossing == 1 || crossing == 2));
}

TEST_CASE("the signature of the challenge-ACK incident names the RST and that the client hangs", "[judge][rfc5961]") {
  const auto scenario = ladder(
      "client --> server : SYN\n"
      "client <-- server : ACK\n"
      "client --? server : RST seq=seg.ack @rst\n"
      "client --> server : SYN\n"
      "client <-- server : SYN,ACK\n",
      "[expect]\nrst = \"crossed\"\n");
  Tape tape;
  cross(tape, 0, Party::Client, syn);
  cross(tape, 1, Party::Server, Tape::server_segment(flag::Ack, 7000, 9000));
  drop(tape, 2, Party::Client, Tape::client_segment(flag::Rst, 9000));
  cross(tape, 3, Party::Client, syn);
  drop(tape, 4, Party::Server, Tape::server_segment(flag::Syn | flag::Ack, 500, 101));
  const auto result = judged(scenario, tape);
  CHECK(result.verdict == Verdict::Fail);
  CHECK_THAT(result.diagnosis, ContainsSubstring("challenge ACK seen but the RST lost") &&
                                   ContainsSubstring("SYN,ACK") && ContainsSubstring("the connection hangs"));
}

TEST_CASE("silence is broken by any packet", "[judge]") {
  Tape tape;
  cross(tape, 0, Party::Client, syn);
  tape.begins(1);
  tape.received(Party::Client, Tape::server_segment(flag::Ack, 5, 9));
  tape.done(1);
  CHECK(judged(ladder("client --> server : SYN\nsilence 1s\n"), tape).verdict == Verdict::Fail);
}
