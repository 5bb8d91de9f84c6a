// SPDX-License-Identifier: Apache-2.0
// `load`: files to values. Reads TOML (the only place that does) and the ladder, and checks everything that can be
// checked without a bench. Anything wrong is thrown as one LoadError that says where, what was found and what was
// expected.
#pragma once

#include <filesystem>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "harness/scenario/bench_spec.hpp"
#include "harness/scenario/scenario.hpp"

namespace twinwire::scenario {

/// One mistake in a file. what() is the whole message: file:line:column, the sentence, the source line, a caret under
/// the offending text, and where it helps the nearest known word.
class LoadError : public std::runtime_error {
 public:
  LoadError(Source where, const std::string& message) : std::runtime_error(message), where_(std::move(where)) {}
  const Source& where() const { return where_; }

 private:
  Source where_;
};

/// What `--set client.mtu=590` gives: a dotted path and the text behind the sign, read as a TOML value, else as a
/// string.
using Settings = std::map<std::string, std::string>;

/// All cells of one scenario file: matrix times family. `root` is the folder that ids count from.
/// Throws LoadError for anything wrong in the file or in a setting, std::runtime_error if it cannot be read.
std::vector<Scenario> load_scenario(const std::filesystem::path& file, const std::filesystem::path& root,
                                    const Settings& settings = {});

/// The same from text, for tests and fuzzing; `extends` is then an error.
std::vector<Scenario> parse_scenario(const std::string& text, const std::string& file, const Settings& settings = {});

/// One line of a ladder. What it says of other lines by their labels is not checked. Throws LoadError; `name` stands
/// for the file in its message.
Step parse_line(const std::string& text, const std::string& name);

/// A bench file. Rulesets named in it are read from beside it.
/// `builtin` is the folder in which a bench that it extends is looked for, where there is none of that name beside it.
BenchSpec load_bench(const std::filesystem::path& file, const std::filesystem::path& builtin = {});

/// Every ".toml" under `path` that is a scenario, sorted by path; `path` itself if it is a file.
std::vector<std::filesystem::path> find_scenarios(const std::filesystem::path& path);

}  // namespace twinwire::scenario
