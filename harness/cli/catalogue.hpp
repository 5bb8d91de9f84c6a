// SPDX-License-Identifier: Apache-2.0
// Where scenarios and benches are found: files and folders that are named, and the catalogue and the built-in benches
// that are installed with the program, under share/twinwire beside the folder of the executable.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace twinwire::cli {

/// A scenario file and the folder that its id counts from.
struct ScenarioFile {
  std::filesystem::path file, root;
  auto operator<=>(const ScenarioFile&) const = default;
};

std::filesystem::path share_directory();

/// The files that `names` mean, each once: a file, a folder, or a path inside the catalogue without ".toml". No names:
/// the whole catalogue. Throws UsageError for a name that means nothing.
std::vector<ScenarioFile> find_scenario_files(const std::vector<std::string>& names);

/// The file of a bench that is named by its path or, built in, by its name; throws UsageError with the names there are.
std::filesystem::path find_bench(const std::string& name);

/// Where the built-in benches are.
std::filesystem::path bench_directory();

/// The names of the built-in benches, sorted.
std::vector<std::string> built_in_benches();

/// The file and all that it extends, directly or through others; files that cannot be read are left out.
std::vector<std::filesystem::path> with_parents(const std::filesystem::path& file);

}  // namespace twinwire::cli
