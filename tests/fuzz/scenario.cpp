// SPDX-License-Identifier: Apache-2.0
// Whatever octets a scenario file holds, it loads or gives one LoadError whose place lies in it; nothing else may come
// out.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "harness/scenario/load.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* octets, std::size_t size) {
  const std::string text(octets, octets + size);
  try {
    for (const auto& cell : twinwire::scenario::parse_scenario(text, "fuzz.toml")) {
      if (cell.steps.empty()) std::abort();
    }
  } catch (const twinwire::scenario::LoadError& error) {
    const auto& where = error.where();
    if (where.file != "fuzz.toml" || where.line < 1 || where.column < 1) std::abort();
    if (where.column > static_cast<int>(size) + 1 || where.line > static_cast<int>(size) + 1) std::abort();
  }
  return 0;
}
