// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "tests/generator/tcp/segment_script.hpp"
#include "tests/generator/tcp/simulation.hpp"
#include "tests/support/catch.hpp"

using namespace twinwire;
using namespace twinwire::test;

TEST_CASE("what the fuzzer keeps does an endpoint no harm", "[tcp][fuzz]") {
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(TWINWIRE_SOURCE_DIR "/tests/fuzz/corpus/segment")) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::vector<char> text{std::istreambuf_iterator<char>(file), {}};
    const std::vector<std::uint8_t> script(text.begin(), text.end());
    INFO(entry.path());
    CHECK(play_segments(script) == "");
    ++files;
  }
  CHECK(files >= 20);
}

TEST_CASE("random scripts do an endpoint no harm", "[tcp][fuzz]") {
  Random random(42);
  for (int i = 0; i < 2000; ++i) {
    std::vector<std::uint8_t> script(random.below(2000));
    for (auto& octet : script) octet = static_cast<std::uint8_t>(random.next());
    REQUIRE(play_segments(script) == "");
  }
}
