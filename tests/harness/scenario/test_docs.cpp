// SPDX-License-Identifier: Apache-2.0
// What the user's pages show is taken from them and loaded, so they cannot say what the program does not do.
#include <fstream>
#include <iterator>
#include <random>
#include <sstream>
#include <utility>

#include "tests/harness/scenario/support.hpp"
#include "tests/support/catch.hpp"

using namespace twinwire::scenario;
using namespace twinwire::scenario::test;

namespace {

namespace fs = std::filesystem;

std::string page_text(const std::string& page) {
  std::ifstream stream(fs::path(TWINWIRE_SOURCE_DIR) / "docs" / page);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// The fenced blocks of one language.
std::vector<std::string> blocks(const std::string& page, const std::string& language) {
  const std::string text = page_text(page);
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

/// What stands in backquotes as KEY = VALUE in the first column of the table with this heading.
std::vector<std::string> assignments_below(const std::string& heading) {
  const std::string text = page_text("ladder.md");
  std::istringstream lines(text.substr(text.find(heading)));
  std::vector<std::string> found;
  std::string line;
  std::getline(lines, line);
  std::getline(lines, line);
  while (std::getline(lines, line) && line.starts_with("| ")) {
    const std::string first = line.substr(0, line.find(" | "));
    for (std::size_t at = first.find('`'); at != std::string::npos; at = first.find('`', first.find('`', at + 1) + 1)) {
      const std::string quoted = first.substr(at + 1, first.find('`', at + 1) - at - 1);
      if (quoted.find(" = ") != std::string::npos && !quoted.starts_with('{')) found.push_back(quoted);
    }
  }
  return found;
}

/// A scenario with this key of TLS, or of an end and what belongs to it.
std::string file_saying(const std::string& assignment, const std::string& tls_of) {
  const std::string head = "format = 1\ntitle = \"A title\"\n";
  if (tls_of == "client" && (assignment.starts_with("early_data") || assignment.starts_with("resuming")))
    return head + "[client.tls]\nresume = \"psk\"\n" + assignment + "\n";
  if (!tls_of.empty()) return head + "[" + tls_of + ".tls]\n" + assignment + "\n";
  const std::string key = assignment.substr(0, assignment.find(' '));
  if (key == "program") return head + "[client]\n" + assignment + "\n";
  if (key == "files" || key == "needs" || key == "package")
    return head + "[client]\nprogram = \"curl\"\n" + assignment + "\n";
  if (key == "timestamps" || key == "sack" || key == "challenge_acks" || key == "segments")
    return file_with("client connects", "[client]\n" + assignment);
  const std::string order = key == "gap" ? "\norder = [2, 1]" : "";
  return file_with("client connects", "[client.segments]\n" + assignment + order);
}

}  // namespace

TEST_CASE("the examples of the ladder's page load", "[scenario][docs]") {
  const auto ladders = blocks("ladder.md", "ladder");
  REQUIRE(ladders.size() == 4);
  for (const std::string& ladder : ladders) CHECK(mistake_in(file_with(ladder)).empty());
  const auto files = blocks("ladder.md", "toml");
  REQUIRE(files.size() == 2);
  CHECK(mistake_in(without_extends(files.front())).empty());
  CHECK(parse_scenario(without_extends(files.front()), "page.toml").size() == 4);
  CHECK(mistake_in(files.back()).empty());
  const auto sweeping = parse_scenario(files.back(), "page.toml");
  REQUIRE(sweeping.size() == 1);
  CHECK(sweeping.front().sweep->across.size() == 2);
}

TEST_CASE("what the tables of the ladder's page show of ends is right", "[scenario][docs]") {
  for (const auto& [heading, end] :
       {std::pair{"| key |", ""}, {"| `[client] tls` |", "client"}, {"| `[server] tls` |", "server"}}) {
    INFO(heading);
    const std::vector<std::string> shown = assignments_below(heading);
    CHECK(shown.size() >= 5);
    for (const std::string& assignment : shown) {
      INFO(assignment);
      CHECK(mistake_in(file_saying(assignment, end)).empty());
    }
  }
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
