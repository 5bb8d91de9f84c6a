// SPDX-License-Identifier: Apache-2.0
// How a mistake in a file is told: one LoadError with the place, a sentence, the line, a caret, and the nearest known
// word.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/scenario/source_file.hpp"

namespace twinwire::scenario {

using Words = std::vector<std::string_view>;

/// Throws the LoadError. `sentence` is one clause or two, without a full stop.
[[noreturn]] void fail(const Span& where, const std::string& sentence);

/// The known word with the smallest edit distance, or "" if none is near enough to be what was meant.
std::string nearest(std::string_view word, const Words& known);

/// " (did you mean 'x'?)", or "" if no known word is near.
std::string did_you_mean(std::string_view word, const Words& known);

/// "'word'", with what cannot be printed left out and much of a long word too.
std::string in_quotes(std::string_view word);

/// "a b c"
std::string spaced(const Words& words);
/// "a, b or c"
std::string alternatives(const Words& words);

}  // namespace twinwire::scenario
