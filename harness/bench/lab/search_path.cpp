// SPDX-License-Identifier: Apache-2.0
// A program is the first executable file of its name in the folders of search_path(), as execvp(3) finds it.
#include "harness/bench/lab/search_path.hpp"

#include <unistd.h>

#include <cstdlib>
#include <sstream>

namespace twinwire::bench {
namespace {

bool is_program(const std::filesystem::path& file) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(file, ignored) && access(file.c_str(), X_OK) == 0;
}

}  // namespace

std::string search_path() {
  const char* path = std::getenv("PATH");
  const std::string given = path != nullptr && *path != '\0' ? path : "/usr/local/bin:/usr/bin:/bin";
  return given + ":/usr/local/sbin:/usr/sbin:/sbin";
}

std::optional<std::filesystem::path> find_program(const std::string& program) {
  if (program.find('/') != std::string::npos) {
    return is_program(program) ? std::optional<std::filesystem::path>(program) : std::nullopt;
  }
  std::istringstream folders(search_path());
  for (std::string folder; std::getline(folders, folder, ':');) {
    const auto file = std::filesystem::path(folder) / program;
    if (is_program(file)) return file;
  }
  return std::nullopt;
}

}  // namespace twinwire::bench
