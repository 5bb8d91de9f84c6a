// SPDX-License-Identifier: Apache-2.0
// The run directory, and reading back what judging needs of it.
#include <stdlib.h>

#include <array>
#include <filesystem>

#include "harness/judge/verdict.hpp"
#include "harness/report/run_directory.hpp"
#include "harness/report/stored_bench.hpp"
#include "harness/report/stored_plan.hpp"
#include "tests/harness/report/incident.hpp"
#include "tests/support/catch.hpp"

namespace twinwire {
namespace {

namespace fs = std::filesystem;

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (fs::temp_directory_path() / "twinwire-test-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  fs::path path() const { return path_; }

 private:
  fs::path path_;
};

TEST_CASE("a run directory that is not empty is refused", "[report][directory]") {
  const TemporaryFolder folder;
  report::write_file(folder.path() / "mine", "x");
  CHECK_THROWS_AS(report::RunDirectory(folder.path()), report::RunDirectoryError);
  CHECK_THROWS_AS(report::RunDirectory(folder.path() / "mine"), report::RunDirectoryError);
  CHECK(report::read_file(folder.path() / "mine") == "x");
}

TEST_CASE("events can be read while the run goes on", "[report][directory]") {
  const TemporaryFolder folder;
  report::RunDirectory directory(folder.path() / "a" / "b");
  directory.event("{\"event\":\"run-started\"}\n");
  CHECK(report::read_file(folder.path() / "a" / "b" / "events.jsonl") == "{\"event\":\"run-started\"}\n");
}

TEST_CASE("a transcript comes back from its file", "[report][directory]") {
  const TemporaryFolder folder;
  report::RunDirectory directory(folder.path());
  directory.write_transcript("transcripts", "one", test::rst_dies());
  const fs::path file = folder.path() / "transcripts" / "one.jsonl";
  const auto again = observe::from_json_lines(report::read_file(file), file.string());
  CHECK(observe::to_json_lines(again) == observe::to_json_lines(test::rst_dies()));
}

TEST_CASE("the stored bench judges as the bench did, also without the device's name", "[report][directory]") {
  std::string text = report::bench_json(test::strict_bench());
  const std::string device = "  \"device\": \"external\",\n";
  REQUIRE(text.find(device) != std::string::npos);
  text.erase(text.find(device), device.size());
  const auto stored = report::read_bench_json(text, "bench.json");
  CHECK(stored.device.empty());
  for (const auto& transcript : {test::rst_dies(), test::all_crosses(), test::device_resets()}) {
    const auto before = judge::judge(test::incident(), test::strict_bench(), transcript);
    const auto after = judge::judge(test::incident(), stored.spec, transcript);
    CHECK(before.verdict == after.verdict);
    CHECK(before.diagnosis == after.diagnosis);
    CHECK(before.findings.size() == after.findings.size());
  }
}

TEST_CASE("every value of a stored bench survives", "[report][directory]") {
  scenario::BenchSpec bench = test::strict_bench();
  bench.profile = scenario::Profile::Nat;
  bench.ordered = false;
  bench.patience = std::chrono::milliseconds(70);
  bench.device.kind = "wire";
  bench.path = {scenario::PathSpec::Kind::Relay, 443};
  bench.behind = scenario::BehindSpec{"accumulating", {{"packets", "16"}}};
  bench.allow = {scenario::Allow::Ttl::Any, true, true, true, {"tos", "options"}};
  const auto stored = report::read_bench_json(report::bench_json(bench), "bench.json").spec;
  CHECK(stored.profile == bench.profile);
  CHECK(stored.ordered == bench.ordered);
  CHECK(stored.patience == bench.patience);
  CHECK(stored.device.kind == "wire");
  CHECK(stored.path.kind == bench.path.kind);
  CHECK(stored.path.port == bench.path.port);
  REQUIRE(stored.behind);
  CHECK(stored.behind->model == bench.behind->model);
  CHECK(stored.behind->settings == bench.behind->settings);
  CHECK(stored.allow.ttl == bench.allow.ttl);
  CHECK((stored.allow.lower_mss && stored.allow.translate_source && stored.allow.shift_seq));
  CHECK(stored.allow.fields == bench.allow.fields);
}

TEST_CASE("a stored bench says that its device may intercept", "[report][directory]") {
  scenario::BenchSpec bench = test::strict_bench();
  bench.path = {scenario::PathSpec::Kind::Intercept, 0};
  const auto stored = report::read_bench_json(report::bench_json(bench), "bench.json").spec;
  CHECK(stored.path.kind == scenario::PathSpec::Kind::Intercept);
}

TEST_CASE("a bench stored without a word on its path had the direct one and nothing behind", "[report][directory]") {
  std::string text = report::bench_json(test::strict_bench());
  const std::string path = "  \"path\": \"direct\",\n";
  REQUIRE(text.find(path) != std::string::npos);
  text.erase(text.find(path), path.size());
  const auto stored = report::read_bench_json(text, "bench.json").spec;
  CHECK(stored.path.kind == scenario::PathSpec::Kind::Direct);
  CHECK_FALSE(stored.behind);
}

TEST_CASE("a stored bench with something missing or wrong is refused by name", "[report][directory]") {
  const std::string good = report::bench_json(test::strict_bench());
  const auto read_with = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    REQUIRE(text.find(from) != std::string::npos);
    return report::read_bench_json(text.replace(text.find(from), from.size(), to), "bench.json");
  };
  CHECK_THROWS_WITH(read_with("\"strict\"", "\"stern\""), ContainsSubstring("bench.json: \"profile\" must be"));
  CHECK_THROWS_WITH(read_with("\"ordered\": true", "\"ordered\": 1"),
                    ContainsSubstring("\"ordered\" must be true or false"));
  CHECK_THROWS_WITH(read_with("\"ordered\"", "\"orderly\""), ContainsSubstring("\"ordered\" is missing"));
  CHECK_THROWS_WITH(read_with("\"direct\"", "\"proxi\""),
                    ContainsSubstring("\"path\" must be direct, proxy, relay or intercept"));
  CHECK_THROWS_WITH(read_with("\"direct\"", "\"proxy\", \"path_port\": 65536"),
                    ContainsSubstring("\"path_port\" must be a port"));
  CHECK_THROWS_WITH(report::read_bench_json("[]", "bench.json"), ContainsSubstring("expected one JSON object"));
  CHECK_THROWS_WITH(report::read_bench_json("{", "bench.json"), ContainsSubstring("expected one JSON object"));
}

TEST_CASE("a plan comes back as it was written", "[report][directory]") {
  report::StoredPlan plan;
  plan.run = "20250131-120000-1";
  plan.version = "0.1.0";
  plan.started = "2025-01-31T12:00:00.000Z";
  plan.seed = ~std::uint64_t{0};
  plan.command = "run --set client.mtu=590";
  plan.settings = {{"client.mtu", "590"}};
  plan.files = {{"scenarios/tcp/a.toml", "scenarios"}};
  plan.cells = {{"tcp/a", "590", wire::Family::Ipv6, 2, "tcp.a.590.ipv6.r2", ""},
                {"tcp/b", "", wire::Family::Ipv4, 0, "", "why not"}};
  const std::string text = report::plan_json(plan);
  const auto again = report::read_plan_json(text, "run.json");
  CHECK(report::plan_json(again) == text);
  CHECK(again.seed == plan.seed);
  CHECK(again.cells[0].repetition == 2);
  CHECK(again.cells[1].reason == "why not");
}

}  // namespace
}  // namespace twinwire
