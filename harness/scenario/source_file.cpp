// SPDX-License-Identifier: Apache-2.0
// The starts of all lines are noted once; a place is then found by a binary search. A column counts the octets that
// begin a character, so that a caret under a line with an umlaut still stands right.
#include "harness/scenario/source_file.hpp"

#include <algorithm>

namespace twinwire::scenario {
namespace {

bool begins_character(char octet) { return (static_cast<unsigned char>(octet) & 0xC0U) != 0x80U; }

}  // namespace

// RFC 3629 section 4: neither overlong forms nor surrogates nor anything beyond U+10FFFF.
std::size_t character_length(std::string_view text) {
  const auto octet = [&](std::size_t at) { return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U; };
  const unsigned first = octet(0), second = octet(1);
  if (text.empty() || first < 0x80) return text.empty() ? 0 : 1;
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  const unsigned lowest = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
  const unsigned highest = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
  if (first < 0xC2 || first > 0xF4 || second < lowest || second > highest) return 0;
  for (std::size_t at = 2; at < length; ++at) {
    if ((octet(at) & 0xC0U) != 0x80U) return 0;
  }
  return length;
}

std::size_t count_characters(std::string_view octets) {
  return static_cast<std::size_t>(std::count_if(octets.begin(), octets.end(), begins_character));
}

SourceFile::SourceFile(std::string name, std::string text)
    : name_(std::move(name)), text_(std::move(text)), line_starts_{0} {
  for (std::size_t at = 0; at < text_.size(); ++at) {
    if (text_[at] == '\n') line_starts_.push_back(at + 1);
  }
}

std::size_t SourceFile::line_index(std::size_t offset) const {
  const auto next = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
  return static_cast<std::size_t>(next - line_starts_.begin()) - 1;
}

std::string_view SourceFile::line_at(std::size_t offset) const {
  const std::size_t start = line_starts_[line_index(offset)];
  std::string_view line = std::string_view(text_).substr(start);
  line = line.substr(0, line.find('\n'));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

Source SourceFile::locate(std::size_t offset) const {
  offset = std::min(offset, text_.size());
  const std::size_t index = line_index(offset);
  const std::size_t start = line_starts_[index];
  const std::size_t before = count_characters(std::string_view(text_).substr(start, offset - start));
  return {name_, static_cast<int>(index + 1), static_cast<int>(before + 1)};
}

std::size_t SourceFile::offset_of(std::size_t line, std::size_t column) const {
  if (line == 0) return 0;
  const std::size_t start = line_starts_[std::min(line, line_starts_.size()) - 1];
  const std::size_t end = start + line_at(start).size();
  std::size_t at = start;
  for (std::size_t character = 1; character < column && at < end; ++character) {
    do ++at;
    while (at < end && !begins_character(text_[at]));
  }
  return at;
}

}  // namespace twinwire::scenario
