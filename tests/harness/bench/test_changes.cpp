// SPDX-License-Identifier: Apache-2.0
// Changes of which a person makes a part: who is asked, for what, and what becomes of the change without an answer.
#include <functional>

#include "harness/bench/bench.hpp"
#include "tests/support/catch.hpp"

using namespace twinwire;
using bench::BenchError;

namespace {

using List = std::vector<std::string>;

/// Notes what is asked, and answers or does not.
class Person final : public bench::Operator {
 public:
  void ask(const std::string& what) override {
    asked.push_back(what);
    if (during) during();
    if (absent) throw BenchError("nobody is there");
  }
  List asked;
  std::function<void()> during;
  bool absent = false;
};

scenario::BenchSpec simulation() {
  scenario::BenchSpec spec;
  spec.name = "pair";
  spec.world = scenario::World::Simulation;
  spec.client.address = {*wire::parse_prefix("198.18.0.1/24")};
  spec.server.address = {*wire::parse_prefix("198.18.0.2/24")};
  spec.device.kind = "model";
  spec.device.layer = 2;
  spec.device.model = "accumulating";
  return spec;
}

scenario::ApplySpec change(const std::string& ask, const std::map<std::string, std::string>& model = {}) {
  scenario::ApplySpec apply;
  apply.ask = ask;
  apply.model = model;
  return apply;
}

}  // namespace

TEST_CASE("the operator is asked in the words of the bench", "[bench]") {
  scenario::BenchSpec spec = simulation();
  spec.apply["on"] = change("Commit the policy with inspection on");
  const auto bench = bench::bind(spec);
  const auto person = std::make_shared<Person>();
  bench->set_operator(person);
  bench->apply("on");
  CHECK(person->asked == List{"Commit the policy with inspection on"});
}

TEST_CASE("a change that nobody has to make asks nobody", "[bench]") {
  scenario::BenchSpec spec = simulation();
  spec.apply["tighter"] = change("", {{"packets", "4"}});
  spec.apply["nothing"] = change("");
  const auto bench = bench::bind(spec);
  const auto person = std::make_shared<Person>();
  bench->set_operator(person);
  bench->apply("tighter");
  bench->apply("nothing");
  CHECK(person->asked.empty());
}

TEST_CASE("the question comes before the rest of the change, which waits for the answer", "[bench]") {
  scenario::BenchSpec spec = simulation();
  spec.apply["both"] = change("Press the button", {{"no-such-setting", "1"}});
  const auto bench = bench::bind(spec);
  const auto person = std::make_shared<Person>();
  bench->set_operator(person);
  CHECK_THROWS_WITH(bench->apply("both"), ContainsSubstring("no-such-setting"));  // asked, then refused by the model
  CHECK(person->asked == List{"Press the button"});
  person->absent = true;
  CHECK_THROWS_WITH(bench->apply("both"), ContainsSubstring("nobody is there"));  // never came to the model
}

TEST_CASE("a wire takes a change that has nothing to do, and refuses one of a model", "[bench]") {
  scenario::BenchSpec spec = simulation();
  spec.device = {};
  spec.device.kind = "wire";
  spec.device.layer = 2;
  spec.apply["nothing"] = change("");
  spec.apply["model"] = change("", {{"packets", "4"}});
  const auto bench = bench::bind(spec);
  CHECK_NOTHROW(bench->apply("nothing"));
  CHECK_THROWS_WITH(bench->apply("model"), ContainsSubstring("there is no model on this bench"));
  CHECK_THROWS_WITH(bench->apply("no-such"), ContainsSubstring("knows no change 'no-such'"));
}
