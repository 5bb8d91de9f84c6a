// SPDX-License-Identifier: Apache-2.0
// Ways to write a scenario in a test: one ladder, or one line of it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "harness/scenario/load.hpp"

namespace twinwire::scenario::test {

inline std::filesystem::path folder(const std::string& name) {
  return std::filesystem::path(TWINWIRE_SOURCE_DIR) / "tests/harness/scenario" / name;
}

/// A file with this ladder; `tables` stands before it.
inline std::string file_with(const std::string& ladder, const std::string& tables = "") {
  return "format = 1\ntitle = \"A title\"\n" + tables + "\n[script]\nladder = '''\n" + ladder + "\n'''\n";
}

inline std::vector<Scenario> cells_of(const std::string& ladder, const std::string& tables = "",
                                      const Settings& settings = {}) {
  return parse_scenario(file_with(ladder, tables), "a/test.toml", settings);
}

/// The steps of a ladder, of its first cell.
inline std::vector<Step> steps_of(const std::string& ladder, const std::string& tables = "") {
  return cells_of(ladder, tables).front().steps;
}

/// The only packet of a ladder of one line, or its last.
inline Packet packet_of(const std::string& ladder, const std::string& tables = "") {
  return std::get<Packet>(steps_of(ladder, tables).back().what);
}

inline SegmentSpec segment_of(const std::string& ladder, const std::string& tables = "") {
  return std::get<SegmentSpec>(packet_of(ladder, tables).segment);
}

/// The message of what is wrong, without the file's name; "" if nothing is.
inline std::string mistake_in(const std::string& text, const Settings& settings = {}) {
  try {
    parse_scenario(text, "test.toml", settings);
  } catch (const LoadError& error) {
    return error.what();
  }
  return "";
}

}  // namespace twinwire::scenario::test
