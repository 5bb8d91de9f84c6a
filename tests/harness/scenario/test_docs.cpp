// SPDX-License-Identifier: Apache-2.0
// What the user's pages show is taken from them and loaded, so they cannot say what the program does not do.
#include <fstream>
#include <iterator>
#include <random>

#include "tests/harness/scenario/support.hpp"
#include "tests/support/catch.hpp"

using namespace twinwire::scenario;
using namespace twinwire::scenario::test;

namespace {

namespace fs = std::filesystem;

/// The fenced blocks of one language.
std::vector<std::string> blocks(const std::string& page, const std::string& language) {
  std::ifstream stream(fs::path(TWINWIRE_SOURCE_DIR) / "docs" / page);
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  const std::string opening = "```" + language + "\n";
  std::vector<std::string> found;
  for (std::size_t at = text.find(opening); at != std::string::npos; at = text.find(opening, at + 1)) {
    const std::size_t begin = at + opening.size();
    found.push_back(text.substr(begin, text.find("```\n", begin) - begin));
  }
  return found;
}

/// The page shows every key, and one of them names a file that is not there.
std::string without_extends(std::string text) {
  const std::size_t begin = text.find("\nextends");
  return text.erase(begin, text.find('\n', begin + 1) - begin);
}

}  // namespace

TEST_CASE("the examples of the ladder's page load", "[scenario][docs]") {
  const auto ladders = blocks("ladder.md", "ladder");
  REQUIRE(ladders.size() == 3);
  for (const std::string& ladder : ladders) CHECK(mistake_in(file_with(ladder)).empty());
  const auto files = blocks("ladder.md", "toml");
  REQUIRE(files.size() == 1);
  CHECK(mistake_in(without_extends(files.front())).empty());
  CHECK(parse_scenario(without_extends(files.front()), "page.toml").size() == 4);
}

TEST_CASE("the example of the bench's page loads", "[scenario][bench][docs]") {
  const auto files = blocks("bench.md", "toml");
  REQUIRE(files.size() == 1);
  const fs::path place = fs::temp_directory_path() / ("twinwire-docs-" + std::to_string(std::random_device{}()));
  fs::create_directory(place);
  std::ofstream(place / "page.toml") << files.front();
  std::ofstream(place / "strict.nft") << "# nothing\n";
  CHECK_NOTHROW(load_bench(place / "page.toml"));
  fs::remove_all(place);
}
