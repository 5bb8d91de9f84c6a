// SPDX-License-Identifier: Apache-2.0
// Escape sequences are the eight basic ones, which every terminal knows; characters outside ASCII are replaced one by
// one.
#include "harness/report/look.hpp"

#include <array>
#include <cstdint>
#include <cstdio>

namespace twinwire::report {
namespace {

struct Spelling {
  std::string_view utf8, ascii;
};

constexpr std::array<Spelling, 12> spellings{{{"\u2013", "-"},
                                              {"\u2014", "-"},
                                              {"\u2018", "'"},
                                              {"\u2019", "'"},
                                              {"\u201c", "\""},
                                              {"\u201d", "\""},
                                              {"\u2026", "..."},
                                              {"\u00b5", "u"},
                                              {"\u00a7", "section "},
                                              {"\u2192", "->"},
                                              {"\u2190", "<-"},
                                              {"\u00a0", " "}}};

bool continues(char octet) { return (static_cast<std::uint8_t>(octet) & 0xC0U) == 0x80U; }

std::string_view sequence(Emphasis emphasis) {
  switch (emphasis) {
    case Emphasis::Faint:
      return "\033[2m";
    case Emphasis::Good:
      return "\033[32m";
    case Emphasis::Warning:
      return "\033[33m";
    case Emphasis::Bad:
      return "\033[31m";
    case Emphasis::Strong:
      return "\033[1m";
    case Emphasis::None:
      break;
  }
  return "";
}

}  // namespace

std::string coloured(std::string_view text, Emphasis emphasis, Colour colour) {
  if (colour == Colour::Never || emphasis == Emphasis::None || text.empty()) return std::string(text);
  return std::string(sequence(emphasis)) + std::string(text) + "\033[0m";
}

std::string in_charset(std::string_view text, Charset charset) {
  if (charset == Charset::Utf8) return std::string(text);
  std::string out;
  while (!text.empty()) {
    std::size_t length = 1;
    while (length < text.size() && continues(text[length])) ++length;
    const std::string_view character = text.substr(0, length);
    text.remove_prefix(length);
    if (static_cast<std::uint8_t>(character[0]) < 0x80) {
      out += character[0];
      continue;
    }
    std::string_view spelled = "?";
    for (const Spelling& s : spellings) {
      if (s.utf8 == character) spelled = s.ascii;
    }
    out += spelled;
  }
  return out;
}

std::string short_time(std::int64_t nanoseconds) {
  std::array<char, 48> text{};
  const auto value = static_cast<double>(nanoseconds);
  if (nanoseconds < 10'000'000) {
    std::snprintf(text.data(), text.size(), "%lld us", static_cast<long long>((nanoseconds + 500) / 1000));
  } else if (nanoseconds < 1'000'000'000) {
    std::snprintf(text.data(), text.size(), "%.1f ms", value / 1e6);
  } else {
    std::snprintf(text.data(), text.size(), "%.2f s", value / 1e9);
  }
  return text.data();
}

}  // namespace twinwire::report
