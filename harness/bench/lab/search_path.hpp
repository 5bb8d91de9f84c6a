// SPDX-License-Identifier: Apache-2.0
// Where programs of devices are looked for.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace twinwire::bench {

/// PATH of the caller, and the sbin folders behind it, which an ordinary user's PATH leaves out.
std::string search_path();

/// The file that `program` would start; a name with a slash is taken as it is.
std::optional<std::filesystem::path> find_program(const std::string& program);

}  // namespace twinwire::bench
