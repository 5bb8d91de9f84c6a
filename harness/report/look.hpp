// SPDX-License-Identifier: Apache-2.0
// How text may look where it goes: which characters, and whether colour. Colour only ever repeats what a word says
// already.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace twinwire::report {

enum class Charset : std::uint8_t { Ascii, Utf8 };
enum class Colour : std::uint8_t { Never, Always };

struct Look {
  Charset charset = Charset::Ascii;
  Colour colour = Colour::Never;
};

enum class Emphasis : std::uint8_t { None, Faint, Good, Warning, Bad, Strong };

struct TextLine {
  std::string text;
  Emphasis emphasis = Emphasis::None;
};

/// `text` in the colour of `emphasis`, or as it is.
std::string coloured(std::string_view text, Emphasis emphasis, Colour colour);

/// `text` itself in UTF-8; else with usual punctuation spelled in ASCII and every other foreign character as "?".
std::string in_charset(std::string_view text, Charset charset);

/// "840 us", "12.3 ms", "2.50 s".
std::string short_time(std::int64_t nanoseconds);

}  // namespace twinwire::report
