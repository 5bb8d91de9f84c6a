// SPDX-License-Identifier: Apache-2.0
// The corpus of mistakes: beside each bad file stands the exact message that it must give. A file whose name begins
// with "_" is there for others to name.
#include <fstream>
#include <map>
#include <sstream>

#include "tests/harness/scenario/support.hpp"
#include "tests/support/catch.hpp"

using namespace twinwire::scenario;
using twinwire::scenario::test::folder;

namespace {

namespace fs = std::filesystem;

std::string read_text(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// Messages are stored without the folder, which differs from one checkout to the next.
std::string without_folder(std::string text, const fs::path& of) {
  const std::string prefix = of.string() + "/";
  for (std::size_t at = text.find(prefix); at != std::string::npos; at = text.find(prefix))
    text.erase(at, prefix.size());
  return text;
}

std::string line_of(const std::string& text, int number) {
  std::istringstream lines(text);
  std::string line;
  for (int at = 0; at < number; ++at) {
    if (!std::getline(lines, line)) return number == 1 ? "" : "no such line";
  }
  return line;
}

void check_place(const Source& where) {
  const std::string text = read_text(where.file);
  REQUIRE(where.line >= 1);
  REQUIRE(where.column >= 1);
  const std::string line = line_of(text, where.line);
  REQUIRE(line != "no such line");
  // One behind the last character is where something is missing.
  REQUIRE(static_cast<std::size_t>(where.column) <= line.size() + 1);
}

template <typename Load>
void check_corpus(const fs::path& corpus, std::size_t at_least, Load load) {
  std::size_t files = 0;
  for (const fs::path& file : find_scenarios(corpus)) {
    INFO(file);
    ++files;
    const std::string expected = read_text(fs::path(file).replace_extension(".txt"));
    try {
      load(file);
      FAIL("this file loads, though it is in the corpus of mistakes");
    } catch (const LoadError& error) {
      CHECK(without_folder(error.what(), corpus) + "\n" == expected);
      check_place(error.where());
    }
  }
  CHECK(files >= at_least);
}

std::map<std::string, int> stems(const fs::path& corpus) {
  std::map<std::string, int> count;
  for (const fs::directory_entry& entry : fs::directory_iterator(corpus)) {
    if (entry.path().extension() == ".txt") ++count[entry.path().stem().string()];
  }
  return count;
}

}  // namespace

TEST_CASE("each bad scenario file gives exactly one message, word for word", "[scenario][mistakes]") {
  const fs::path corpus = folder("bad");
  check_corpus(corpus, 300, [&](const fs::path& file) { load_scenario(file, corpus); });
}

TEST_CASE("each bad bench file gives exactly one message, word for word", "[scenario][bench][mistakes]") {
  check_corpus(folder("bad-bench"), 40, [](const fs::path& file) { load_bench(file); });
}

TEST_CASE("every file of the fuzzer's corpus loads or gives one message", "[scenario][fuzz]") {
  std::size_t files = 0, loaded = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder("../../fuzz/corpus/scenario"))) {
    INFO(entry.path());
    ++files;
    try {
      if (!parse_scenario(read_text(entry.path()), "fuzz.toml").empty()) ++loaded;
    } catch (const LoadError& error) {
      CHECK_THAT(error.what(), ContainsSubstring("fuzz.toml:"));
    }
  }
  CHECK(files >= 12);
  CHECK(loaded + 2 == files);  // all but the two that once made toml++ assert
}

TEST_CASE("no stored message has lost its file", "[scenario][mistakes]") {
  for (const fs::path& corpus : {folder("bad"), folder("bad-bench")}) {
    for (const auto& [stem, count] : stems(corpus)) {
      INFO(stem);
      CHECK(fs::exists(corpus / (stem + ".toml")));
    }
  }
}

TEST_CASE("a mistake in a setting is told at the setting", "[scenario][mistakes]") {
  const std::string text = test::file_with("client --> server : SYN");
  CHECK(test::mistake_in(text, {{"client.mtu", "20"}}) ==
        "--set:1:12: error: 'mtu' is '20'; expected an integer from 68 to 9000: octets of an IP packet\n"
        "   client.mtu=20\n"
        "              ^~");
  CHECK(test::mistake_in(text, {{"cliant.mtu", "590"}}) ==
        "--set:1:1: error: unknown path 'cliant.mtu'; expected client.KEY, server.KEY, population.KEY or "
        "script.values.NAME, such as "
        "\"client.mtu\" (did you mean 'client'?)\n"
        "   cliant.mtu=590\n"
        "   ^~~~~~~~~~");
  CHECK_THAT(test::mistake_in(text, {{"script.values.idle", "60s"}}),
             ContainsSubstring("unknown value 'idle'; this scenario has no [script.values]"));
}

TEST_CASE("a text without a file cannot extend one", "[scenario][mistakes]") {
  CHECK_THAT(test::mistake_in("format = 1\nextends = \"x.toml\"\n"),
             ContainsSubstring("test.toml:2:12: error: a text without a file"));
}

TEST_CASE("a file that is not there is no mistake in a file", "[scenario][mistakes]") {
  CHECK_THROWS_AS(load_scenario(folder("no-such-file.toml"), folder("")), std::runtime_error);
  CHECK_THROWS_AS(load_bench(folder("bad")), std::runtime_error);
  CHECK_THROWS_AS(find_scenarios(folder("no-such-folder")), std::runtime_error);
  CHECK_NOTHROW([] {
    try {
      load_scenario(folder("no-such-file.toml"), folder(""));
    } catch (const LoadError&) {
      throw std::logic_error("a LoadError needs a place");
    } catch (const std::runtime_error&) {
    }
  }());
}
