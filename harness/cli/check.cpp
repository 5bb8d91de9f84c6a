// SPDX-License-Identifier: Apache-2.0
// A file is loaded as it would be for a run; the loader throws at its first mistake, so each file gives one message at
// most.
#include "harness/cli/catalogue.hpp"
#include "harness/cli/exit_code.hpp"
#include "harness/cli/verbs.hpp"
#include "harness/cli/words.hpp"
#include "harness/report/run_directory.hpp"
#include "harness/scenario/document.hpp"
#include "harness/scenario/load.hpp"

namespace twinwire::cli {
namespace {

namespace fs = std::filesystem;

/// What begins with "_" is there to be extended only, and is checked with the files that do.
std::vector<fs::path> files_of(const fs::path& path) {
  if (!fs::exists(path)) throw UsageError("there is no file or folder " + path.string());
  return scenario::find_scenarios(path);
}

/// A bench says in which world it stands, what its device is, may change or is changed to; a scenario has none of these
/// words.
bool is_bench(const fs::path& file) {
  const auto source = std::make_shared<const scenario::SourceFile>(file.string(), report::read_file(file));
  const scenario::Node document = scenario::read_document(source);
  for (const char* word : {"world", "device", "path", "behind", "allow", "apply", "applied"}) {
    if (document.find(word) != nullptr) return true;
  }
  return false;
}

/// What a right file is about to do that its ladder does not tell: "" for a bench and for most scenarios.
std::string load(const fs::path& file) {
  if (is_bench(file)) {
    scenario::load_bench(file, bench_directory());
    return "";
  }
  const auto cells = scenario::load_scenario(file, file.parent_path());
  const auto& sweep = cells.front().sweep;
  return sweep ? file.string() + ": " + in_words(*sweep) + "\n" : "";
}

}  // namespace

int check(const CheckCommand& command, Console& console) {
  std::size_t checked = 0, wrong = 0;
  for (const fs::path& path : command.files) {
    for (const fs::path& file : files_of(path)) {
      ++checked;
      try {
        console.print(load(file));
      } catch (const std::runtime_error& mistake) {
        ++wrong;
        console.complain(mistake.what());
      }
    }
  }
  const std::string files = std::to_string(checked) + (checked == 1 ? " file: " : " files: ");
  console.print(files + (wrong == 0 ? "no mistake\n" : std::to_string(wrong) + " with a mistake\n"));
  return wrong == 0 ? exit_code::AsExpected : exit_code::Usage;
}

}  // namespace twinwire::cli
