// SPDX-License-Identifier: Apache-2.0
// Whole ladders: clauses, acts, labels, parts, expectations.
#include <chrono>

#include "tests/harness/scenario/support.hpp"
#include "tests/support/catch.hpp"

using namespace twinwire::scenario;
using namespace twinwire::scenario::test;
using namespace std::chrono_literals;

namespace {

template <typename What>
What act_of(const std::string& ladder, const std::string& tables = "") {
  return std::get<What>(std::get<Act>(steps_of(ladder, tables).back().what).what);
}

}  // namespace

// ---------------------------------------------------------------------------------------------------------------------
// Clauses

TEST_CASE("becomes tells what is different on arrival", "[scenario][ladder]") {
  const Packet packet = packet_of(
      "client --> server : SYN @a\nclient --> server : SYN becomes sport!=@a.sport seq=5..9 <-mss,wscale ..7>");
  REQUIRE(packet.becomes);
  REQUIRE(packet.becomes->fields.size() == 2);
  CHECK(packet.becomes->fields[0].negated);
  CHECK(std::get<Number>(packet.becomes->fields[0].value).label_field == "sport");
  CHECK(std::get<Range>(packet.becomes->fields[1].value).low == 5);
  REQUIRE(packet.becomes->options.size() == 2);
  CHECK(packet.becomes->options[0].removed);
  CHECK(packet.becomes->options[0].kind == option_kind::Mss);
  CHECK(std::get<Range>(packet.becomes->options[1].values.front()).high == 7);
}

TEST_CASE("a packet is repeated in a burst, paced, or until it arrives", "[scenario][ladder]") {
  const Repeat burst = packet_of("client --> server : ACK x 46").repeat;
  CHECK(burst.least == 46);
  CHECK(burst.most == 46);
  CHECK(burst.every == 0s);
  const Repeat paced = packet_of("client.* --? server : SYN x 1000 every 1ms").repeat;
  CHECK(paced.most == 1000);
  CHECK(paced.every == 1ms);
  const Repeat tried = packet_of("client --> server : SYN x 1..3 every 1s").repeat;
  CHECK(tried.least == 1);
  CHECK(tried.most == 3);
  CHECK(packet_of("client --> server : ACK").repeat.most == 1);
}

TEST_CASE("time limits count from the line before or from a label", "[scenario][ladder]") {
  CHECK(packet_of("client <-- device : RST within 3s").limit.within == 3s);
  CHECK(packet_of("client <-- device : RST within 3s").limit.of_label.empty());
  const TimeLimit both =
      packet_of("client --> server : SYN @a\nclient <-- server : SYN,ACK after 200us of @a within 2m of @a").limit;
  CHECK(both.after == 200us);
  CHECK(both.within == 2min);
  CHECK(both.of_label == "a");
}

TEST_CASE("a line may have one condition, and packets may be lost behind the device", "[scenario][ladder]") {
  const auto steps =
      steps_of("client --? server : SYN @syn\nclient <-- server : ACK if @syn\nclient <-- device : ACK unless @syn");
  CHECK(steps[0].label == "syn");
  REQUIRE(steps[1].guard);
  CHECK(steps[1].guard->label == "syn");
  CHECK(steps[1].guard->arrived);
  CHECK_FALSE(steps[2].guard->arrived);
  CHECK(packet_of("client --> server : RST lost").lost);
  CHECK_FALSE(packet_of("client --> server : RST").lost);
}

TEST_CASE("again repeats a packet and changes what is written", "[scenario][ladder]") {
  const Packet packet =
      packet_of("client --> server : ACK len=5 @x\nclient --> server : again @x ttl=3 data=other <nop>");
  const Again& again = std::get<Again>(packet.segment);
  CHECK(again.label == "x");
  CHECK(std::get<Number>(again.overrides.find(Key::Ttl)->value).offset == 3);
  CHECK(again.overrides.options->size() == 1);
}

TEST_CASE("& sends a packet together with the line before", "[scenario][ladder]") {
  const auto steps = steps_of("client --> server : ACK seq=11 len=5\n& client --> server : ACK seq=1 len=10");
  CHECK_FALSE(steps[0].together);
  CHECK(steps[1].together);
}

// ---------------------------------------------------------------------------------------------------------------------
// Acts

TEST_CASE("acts are read with their party and what they need", "[scenario][ladder]") {
  const auto who = [](const std::string& line) { return std::get<Act>(steps_of(line).back().what).who; };
  CHECK(who("client.a forgets").port == "a");
  CHECK(who("server forgets").party == Party::Server);
  CHECK(who("device forgets").party == Party::Device);
  CHECK_NOTHROW(act_of<Forgets>("client forgets"));
  CHECK_NOTHROW(act_of<Connects>("client connects"));
  CHECK_NOTHROW(act_of<Closes>("server closes"));
  CHECK(act_of<Wait>("wait 60s").duration == 60s);
  CHECK(act_of<Silence>("silence 2s").duration == 2s);
  CHECK(act_of<Wait>("wait idle", "[script.values]\nidle = \"7440s\"").duration == 2h + 4min);
  CHECK(act_of<Applies>("device applies \"block\"").change == "block");
  CHECK(act_of<Applies>("device applies change", "[script.values]\nchange = \"block\"").change == "block");
}

TEST_CASE("an act may have a condition and a label", "[scenario][ladder]") {
  const Step step = steps_of("client --? server : SYN @syn\nclient forgets if @syn @lost-it").back();
  CHECK(step.guard->label == "syn");
  CHECK(step.label == "lost-it");
}

TEST_CASE("what a ladder needs of the bench follows from its lines", "[scenario]") {
  const auto capabilities = [](const std::string& ladder) { return cells_of(ladder).front().capabilities; };
  using List = std::vector<std::string>;
  CHECK(capabilities("client connects") == List{});
  CHECK(capabilities("client connects\nclient --> server : ACK\nclient <-- server : ACK") == List{"segments"});
  CHECK(capabilities("client --> device : SYN\nclient <-- device : SYN,ACK") == List{});
  CHECK(capabilities("device forgets\ndevice applies \"block\"") == List{"device-forgets", "apply:block"});
  CHECK(cells_of("client connects", "requires = [\"nat\"]").front().capabilities == List{"nat"});
  CHECK_FALSE(cells_of("client connects").front().exclusive);
  CHECK(cells_of("client connects", "exclusive = true").front().exclusive);
  CHECK(cells_of("device applies \"block\"").front().exclusive);
}

// ---------------------------------------------------------------------------------------------------------------------
// Text, parts

TEST_CASE("a step knows its text, its comment and its place", "[scenario][ladder]") {
  const auto steps =
      steps_of("# a comment alone is no step\n\n\t client --> server : SYN   # the first\t\nclient <-- server : ACK");
  REQUIRE(steps.size() == 2);
  CHECK(steps[0].text == "client --> server : SYN");
  CHECK(steps[0].comment == "the first");
  CHECK(steps[0].where.file == "a/test.toml");
  CHECK(steps[0].where.line == 8);
  CHECK(steps[0].where.column == 3);
  CHECK(steps[1].comment.empty());
  CHECK(steps[1].where.line == 9);
}

TEST_CASE("carriage returns do not matter", "[scenario][ladder]") {
  std::string text = file_with("client --> server : SYN\n\nclient <-- server : SYN,ACK");
  for (std::size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 2))
    text.replace(at, 1, "\r\n");
  const auto steps = parse_scenario(text, "test.toml").front().steps;
  REQUIRE(steps.size() == 2);
  CHECK(steps[1].text == "client <-- server : SYN,ACK");
  CHECK(steps[1].where.line == 8);
}

TEST_CASE("do walks a part, and a value may choose which", "[scenario][parts]") {
  const std::string tables = R"(
[script.values]
prior = "opened"
[script.parts]
opened = '''
client --> server : SYN
do answered
'''
answered = "client <-- server : SYN,ACK"
)";
  const auto steps = steps_of("do prior\nclient --> server : ACK", tables);
  REQUIRE(steps.size() == 3);
  CHECK(steps[0].text == "client --> server : SYN");
  CHECK(steps[0].where.line == 8);
  CHECK(steps[1].text == "client <-- server : SYN,ACK");
  CHECK(steps[1].where.line == 11);
  CHECK(steps[2].where.line == 16);
}

TEST_CASE("parts that multiply beyond reason are refused", "[scenario][parts]") {
  std::string tables = "[script.parts]\np0 = \"client connects\"\n";
  for (int at = 1; at < 12; ++at) {
    const std::string inner = "do p" + std::to_string(at - 1) + "\\n";
    tables += "p" + std::to_string(at) + " = \"" + inner + inner + inner + "\"\n";
  }
  CHECK_THAT(mistake_in(file_with("do p11", tables)), ContainsSubstring("the ladder has more than 2000 lines"));
}

// ---------------------------------------------------------------------------------------------------------------------
// Expectations

TEST_CASE("the more special expectation wins", "[scenario][expect]") {
  const Scenario scenario = cells_of("client --? server : SYN x 200 @syn", R"(
[expect]
syn = "crossed"
[expect.strict]
syn = ["dropped", "answered", "becomes len=0 <-tfo>", { crossed = "..20" }, { crossed = 5 }]
)")
                                .front();
  const auto& usual = scenario.expected("syn", Profile::Transparent);
  REQUIRE(usual.size() == 1);
  CHECK(usual[0].kind == Outcome::Kind::Crossed);
  const auto& strict = scenario.expected("syn", Profile::Strict);
  REQUIRE(strict.size() == 5);
  CHECK(strict[0].kind == Outcome::Kind::Dropped);
  CHECK(strict[1].kind == Outcome::Kind::Answered);
  CHECK(strict[2].kind == Outcome::Kind::Becomes);
  CHECK(strict[2].text == "becomes len=0 <-tfo>");
  CHECK(strict[2].becomes.options.front().removed);
  CHECK(strict[3].kind == Outcome::Kind::Count);
  CHECK(strict[3].least == 0);
  CHECK(strict[3].most == 20);
  CHECK(strict[4].least == 5);
  CHECK(strict[4].most == 5);
  CHECK(scenario.expected("ack", Profile::Strict).empty());
}

TEST_CASE("an expectation may be for a label that only some cells have", "[scenario][expect]") {
  const auto cells = cells_of("do prior", R"(
[expect]
fin = "crossed"
[matrix]
"script.values.prior" = ["opened", "closed"]
[script.parts]
opened = "client connects"
closed = "client --? server : FIN,ACK @fin"
)");
  REQUIRE(cells.size() == 4);
  CHECK(cells[0].expected("fin", Profile::Nat).empty());
  CHECK(cells[2].expected("fin", Profile::Nat).size() == 1);
}
