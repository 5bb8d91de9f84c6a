// SPDX-License-Identifier: Apache-2.0
// Numbers as sentences have them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "generator/time/instant.hpp"

namespace twinwire::cutover {

/// "61 s", "10 min", "1 h 30 min", "2.5 s".
std::string words(time::Duration duration);

/// "1 client", "2 clients".
std::string counted(std::uint64_t count, std::string_view noun);

}  // namespace twinwire::cutover
