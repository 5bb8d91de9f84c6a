// SPDX-License-Identifier: Apache-2.0
// Reading a file together with the parents that `extends` names.
#pragma once

#include <filesystem>
#include <string>

#include "harness/scenario/document.hpp"
#include "harness/scenario/keys.hpp"

namespace twinwire::scenario {

/// Throws std::runtime_error if the file cannot be read.
SourcePtr read_source(const std::filesystem::path& file);

/// Throws LoadError unless `format = 1` is there, the keys are known and their values of the right type.
void check_document(const Node& document, Keys keys, const std::string& place);

/// The file with its parents merged under it, each checked by itself; `extends` is gone. A parent is looked for beside
/// the file that names it, as written and then with ".toml" behind it, and then the same in `fallback` if that is
/// given.
Node read_with_parents(const std::filesystem::path& file, Keys keys, const std::string& place,
                       const std::filesystem::path& fallback = {});

}  // namespace twinwire::scenario
