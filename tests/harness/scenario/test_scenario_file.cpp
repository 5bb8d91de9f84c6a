// SPDX-License-Identifier: Apache-2.0
// Scenario files as a whole: header, ends, matrix, families, parents, settings, and the examples of the design.
#include <chrono>
#include <map>

#include "tests/harness/scenario/support.hpp"
#include "tests/support/catch.hpp"

using namespace twinwire::scenario;
using namespace twinwire::scenario::test;
using twinwire::wire::Family;

namespace {

std::vector<std::string> names(const std::vector<Scenario>& cells) {
  std::vector<std::string> result;
  for (const Scenario& cell : cells) {
    if (cell.family == Family::Ipv4) result.push_back(cell.cell);
  }
  return result;
}

using List = std::vector<std::string>;

}  // namespace

TEST_CASE("the header and the ends are read", "[scenario]") {
  const Scenario scenario = cells_of("client connects", R"(
why = "Because."
references = ["RFC 9293 section 3.5"]
tags = ["tcp", "HSK-01"]
[client]
port = 5000
mtu = 590
mss = 550
window = 1000000
[server]
mss = "omit"
)")
                                .front();
  CHECK(scenario.id == "a/test");
  CHECK(scenario.file == "a/test.toml");
  CHECK(scenario.title == "A title");
  CHECK(scenario.why == "Because.");
  CHECK(scenario.references == List{"RFC 9293 section 3.5"});
  CHECK(scenario.tags == List{"tcp", "HSK-01"});
  CHECK(scenario.client.port == 5000);
  CHECK(scenario.client.mtu == 590);
  CHECK(scenario.client.mss == 550);
  CHECK(scenario.client.window == 1000000);
  CHECK_FALSE(scenario.client.omit_mss);
  CHECK(scenario.server.omit_mss);
  CHECK_FALSE(scenario.server.mss);
  CHECK(scenario.server.port == 0);
  CHECK(scenario.server.mtu == 1500);
}

TEST_CASE("both families come by themselves unless one is named", "[scenario]") {
  const auto both = cells_of("client connects");
  REQUIRE(both.size() == 2);
  CHECK(both[0].family == Family::Ipv4);
  CHECK(both[1].family == Family::Ipv6);
  const auto one = cells_of("client connects", "family = \"ipv6\"");
  REQUIRE(one.size() == 1);
  CHECK(one[0].family == Family::Ipv6);
}

// ---------------------------------------------------------------------------------------------------------------------
// Matrix and settings

TEST_CASE("a matrix multiplies in the order written, and its cells have plain names", "[scenario][matrix]") {
  const auto cells = cells_of("client --> server : SYN iss=choice", R"(
[matrix]
"server.mss" = [536, "omit"]
"script.values.choice" = ["new", "old.snd.nxt+1000", "old.snd.nxt-70000"]
client.mtu = [1500]
)");
  CHECK(names(cells) == List{"536-new-1500", "536-old.snd.nxt_1000-1500", "536-old.snd.nxt-70000-1500", "omit-new-1500",
                             "omit-old.snd.nxt_1000-1500", "omit-old.snd.nxt-70000-1500"});
  CHECK(cells.size() == 12);
  CHECK(cells[0].server.mss == 536);
  CHECK(cells[6].server.omit_mss);
  const auto& segment = std::get<SegmentSpec>(std::get<Packet>(cells[2].steps[0].what).segment);
  CHECK(std::get<Number>(segment.find(Key::Iss)->value).offset == 1000);
}

TEST_CASE("a scenario without a matrix has one cell without a name", "[scenario][matrix]") {
  CHECK(names(cells_of("client connects")) == List{""});
}

TEST_CASE("a setting is put in by the path that a matrix uses", "[scenario][matrix]") {
  const std::string tables = "[matrix]\n\"client.mtu\" = [590, 1500]\n[script.values]\nidle = \"60s\"\nsize = 5";
  const auto cells = cells_of("wait idle\nclient --> server : ACK len=size", tables,
                              {{"server.mss", "omit"}, {"script.values.idle", "5s"}, {"script.values.size", "7"}});
  CHECK(names(cells) == List{"590", "1500"});
  CHECK(cells[0].server.omit_mss);
  CHECK(std::get<Wait>(std::get<Act>(cells[0].steps[0].what).what).duration == std::chrono::seconds(5));
  const auto& segment = std::get<SegmentSpec>(std::get<Packet>(cells[0].steps[1].what).segment);
  CHECK(std::get<Number>(segment.find(Key::Len)->value).offset == 7);
}

TEST_CASE("a setting of an axis leaves this one value of it", "[scenario][matrix]") {
  const auto cells = cells_of("client connects", "[matrix]\n\"client.mtu\" = [590, 1500]", {{"client.mtu", "1280"}});
  CHECK(names(cells) == List{"1280"});
  CHECK(cells[0].client.mtu == 1280);
}

// ---------------------------------------------------------------------------------------------------------------------
// Parents

TEST_CASE("tables of a parent merge and its arrays are replaced", "[scenario][extends]") {
  const Scenario child = load_scenario(folder("good/folder/child.toml"), folder("good")).front();
  CHECK(child.id == "folder/child");
  CHECK(child.title == "A large segment crosses");
  CHECK(child.tags == List{"child"});
  CHECK(child.client.mtu == 9000);
  CHECK(child.client.port == 5000);
  CHECK(child.server.port == 443);
  REQUIRE(child.steps.size() == 2);
  const auto& segment = std::get<SegmentSpec>(std::get<Packet>(child.steps[1].what).segment);
  CHECK(std::get<Number>(segment.find(Key::Len)->value).offset == 8000);
}

TEST_CASE("a parent may have a parent, and each line keeps its file", "[scenario][extends]") {
  const Scenario grandchild = load_scenario(folder("good/folder/grandchild.toml"), folder("good")).front();
  CHECK(grandchild.title == "A large segment crosses");
  CHECK(grandchild.client.mtu == 9000);
  CHECK(grandchild.server.port == 8443);
  REQUIRE(grandchild.steps.size() == 4);
  CHECK(grandchild.steps[0].where.file == folder("good/folder/grandchild.toml").string());
  CHECK(grandchild.steps[0].where.line == 9);
  CHECK(grandchild.steps[3].where.file == folder("good/folder/_base.toml").string());
}

// ---------------------------------------------------------------------------------------------------------------------
// Folders

TEST_CASE("scenarios are found in order, and files for others to extend are not", "[scenario]") {
  const auto found = find_scenarios(folder("good/folder"));
  REQUIRE(found.size() == 2);
  CHECK(found[0].filename() == "child.toml");
  CHECK(found[1].filename() == "grandchild.toml");
  CHECK(find_scenarios(folder("good/folder/_base.toml")).size() == 1);
}

TEST_CASE("a scenario elsewhere is called by its bare name", "[scenario]") {
  CHECK(load_scenario(folder("good/sack.toml"), folder("bad")).front().id == "sack");
  CHECK(load_scenario(folder("good/sack.toml"), folder("")).front().id == "good/sack");
}

TEST_CASE("the examples of the design load", "[scenario][examples]") {
  struct Size {
    std::size_t cells, steps;
  };
  const std::map<std::string, Size> sizes{{"challenge-ack", {12, 12}},
                                          {"challenge-ack-of-the-design", {2, 11}},
                                          {"device-ends-the-flow", {2, 7}},
                                          {"fast-open", {2, 6}},
                                          {"folder/child", {2, 2}},
                                          {"folder/grandchild", {2, 4}},
                                          {"half-close", {2, 8}},
                                          {"idle", {4, 4}},
                                          {"inexact-resets", {2, 16}},
                                          {"mss-omitted", {1, 3}},
                                          {"one-direction", {2, 6}},
                                          {"out-of-order", {2, 6}},
                                          {"overlap", {2, 5}},
                                          {"paws", {2, 8}},
                                          {"retransmission", {2, 6}},
                                          {"sack", {2, 7}},
                                          {"simultaneous-open", {2, 6}},
                                          {"split-handshake", {2, 5}},
                                          {"syn-flood", {2, 5}},
                                          {"syn-proxy", {2, 9}},
                                          {"zero-window-probes", {2, 11}}};
  std::size_t found = 0;
  for (const auto& file : find_scenarios(folder("good"))) {
    const auto cells = load_scenario(file, folder("good"));
    INFO(cells.front().id);
    ++found;
    REQUIRE(sizes.contains(cells.front().id));
    CHECK(cells.size() == sizes.at(cells.front().id).cells);
    CHECK(cells.front().steps.size() == sizes.at(cells.front().id).steps);
  }
  CHECK(found == sizes.size());
}
