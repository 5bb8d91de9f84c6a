// SPDX-License-Identifier: Apache-2.0
// Which keys a scenario file may hold, as one table. Whoever reads a value relies on its having been checked with it.
#pragma once

#include "harness/scenario/keys.hpp"

namespace twinwire::scenario {

inline constexpr std::string_view scenario_place = "a scenario";

Keys scenario_keys();

// The words of some keys, in the order of the enumerators that they stand for.
inline constexpr std::string_view version_words[] = {"1.2", "1.3"};
inline constexpr std::string_view padding_words[] = {"before-sni", "after-sni"};
inline constexpr std::string_view resume_words[] = {"none", "id", "ticket", "psk"};
inline constexpr std::string_view push_words[] = {"last", "always", "never"};

/// The keys of one search of [sweep], and of one axis across it.
Keys search_keys();
Keys across_keys();

}  // namespace twinwire::scenario
