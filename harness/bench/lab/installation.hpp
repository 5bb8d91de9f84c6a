// SPDX-License-Identifier: Apache-2.0
// Where twinwire is installed, as a program or as a Python package.
#pragma once

#include <filesystem>
#include <system_error>

namespace twinwire::bench {

/// The folder of the running program, or, where this code is part of a shared object (the module of a Python package),
/// of that.
std::filesystem::path own_folder(std::error_code& error);

/// The folder that holds libexec/twinwire and share/twinwire: the parent of the program's folder, or the folder of the
/// Python package itself.
std::filesystem::path installation(std::error_code& error);

}  // namespace twinwire::bench
