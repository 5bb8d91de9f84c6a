// SPDX-License-Identifier: Apache-2.0
// Of a program the kernel knows the file. Inside an interpreter that file is the interpreter's, so there the loader is
// asked which shared object holds this code.
#include "harness/bench/lab/installation.hpp"

#include <dlfcn.h>

#include <string_view>

namespace twinwire::bench {
namespace {

namespace fs = std::filesystem;

/// Empty if this code was linked into a program.
fs::path shared_object() {
  static const char here = 0;
  Dl_info found{};
  if (dladdr(&here, &found) == 0 || found.dli_fname == nullptr) return {};
  return std::string_view(found.dli_fname).ends_with(".so") ? fs::path(found.dli_fname) : fs::path();
}

}  // namespace

fs::path own_folder(std::error_code& error) {
  error.clear();
  const fs::path object = shared_object();
  return (object.empty() ? fs::read_symlink("/proc/self/exe", error) : fs::absolute(object, error)).parent_path();
}

fs::path installation(std::error_code& error) {
  const fs::path folder = own_folder(error);
  return shared_object().empty() ? folder.parent_path() : folder;
}

}  // namespace twinwire::bench
