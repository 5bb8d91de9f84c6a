// SPDX-License-Identifier: Apache-2.0
// A name is first taken as a path from the working directory, then as one inside the catalogue. Ids count from the
// catalogue's root for everything inside it, so that a file has the same id however it was named.
#include "harness/cli/catalogue.hpp"

#include <algorithm>
#include <set>
#include <system_error>

#include "harness/bench/lab/installation.hpp"
#include "harness/cli/command.hpp"
#include "harness/report/run_directory.hpp"
#include "harness/scenario/document.hpp"
#include "harness/scenario/load.hpp"
#include "harness/scenario/mistake.hpp"

namespace twinwire::cli {
namespace {

namespace fs = std::filesystem;

fs::path catalogue() { return share_directory() / "scenarios"; }

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

/// The catalogue's files may be reached through a link, so both are resolved before they are compared.
bool inside(const fs::path& path, const fs::path& folder) {
  const fs::path relative = path.lexically_relative(folder);
  return !relative.empty() && *relative.begin() != "..";
}

fs::path root_of(const fs::path& path) {
  std::error_code error;
  const fs::path own = fs::canonical(catalogue(), error);
  if (!error && inside(path, own)) return own;
  return fs::is_directory(path) ? path : path.parent_path();
}

fs::path located(const std::string& name) {
  const fs::path in_catalogue = catalogue() / name;
  for (const fs::path& candidate : {fs::path(name), in_catalogue, fs::path(in_catalogue.string() + ".toml")}) {
    if (is_there(candidate)) return fs::canonical(candidate);
  }
  std::vector<std::string> ids;
  if (is_there(catalogue())) {
    for (const fs::path& file : scenario::find_scenarios(catalogue())) {
      ids.push_back(file.lexically_relative(catalogue()).replace_extension().generic_string());
    }
  }
  throw UsageError("there is no file, folder or scenario '" + name + "'" +
                   scenario::did_you_mean(name, {ids.begin(), ids.end()}));
}

void collect(const fs::path& file, std::set<fs::path>& seen) {
  std::error_code error;
  const fs::path real = fs::canonical(file, error);
  if (error || !seen.insert(real).second) return;
  try {
    const auto source = std::make_shared<const scenario::SourceFile>(real.string(), report::read_file(real));
    const scenario::Node document = scenario::read_document(source);
    const scenario::Node* parent = document.find("extends");
    if (!parent || !parent->is(scenario::Node::Kind::String)) return;
    const fs::path written = real.parent_path() / parent->text;
    collect(is_there(written) ? written : fs::path(written.string() + ".toml"), seen);
  } catch (const std::runtime_error&) {
    // What is wrong with the file is for the loader to say.
  }
}

}  // namespace

fs::path share_directory() {
  std::error_code error;
  const fs::path prefix = bench::installation(error);
  if (error) throw UsageError("cannot find out where this program is installed: /proc/self/exe: " + error.message());
  return prefix / "share" / "twinwire";
}

std::vector<ScenarioFile> find_scenario_files(const std::vector<std::string>& names) {
  std::vector<ScenarioFile> files;
  const auto add = [&files](const fs::path& path) {
    const fs::path root = root_of(path);
    for (const fs::path& file : scenario::find_scenarios(path)) files.push_back({file, root});
  };
  if (names.empty()) {
    if (!is_there(catalogue()))
      throw UsageError("there is no catalogue at " + catalogue().string() + "; name scenario files");
    add(fs::canonical(catalogue()));
  }
  for (const std::string& name : names) add(located(name));
  std::ranges::sort(files);
  const auto same = [](const ScenarioFile& a, const ScenarioFile& b) { return a.file == b.file; };
  files.erase(std::unique(files.begin(), files.end(), same), files.end());
  return files;
}

fs::path bench_directory() { return share_directory() / "benches"; }

fs::path find_bench(const std::string& name) {
  const fs::path built_in = bench_directory() / (name + ".toml");
  const bool is_path = name.find('/') != std::string::npos || name.ends_with(".toml");
  if (!is_path && is_there(built_in)) return built_in;
  if (is_path && is_there(name)) return name;
  const auto known = built_in_benches();
  std::string names;
  for (const std::string& other : known) names += (names.empty() ? "" : ", ") + other;
  throw UsageError("there is no bench '" + name + "'" + scenario::did_you_mean(name, {known.begin(), known.end()}) +
                   "; name a file, or one of the built-in benches: " + (names.empty() ? "none is installed" : names));
}

std::vector<std::string> built_in_benches() {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(bench_directory(), error)) {
    if (entry.path().extension() == ".toml") names.push_back(entry.path().stem().string());
  }
  std::ranges::sort(names);
  return names;
}

std::vector<fs::path> with_parents(const fs::path& file) {
  std::set<fs::path> seen;
  collect(file, seen);
  return {seen.begin(), seen.end()};
}

}  // namespace twinwire::cli
