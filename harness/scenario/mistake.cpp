// SPDX-License-Identifier: Apache-2.0
// The message has three lines: where and what, the line of the file, a caret under the offending text. Tabs are kept in
// the caret's line so that it stands right whatever a tab's width is; what is no character is shown as a question mark.
#include "harness/scenario/mistake.hpp"

#include <algorithm>
#include <cctype>
#include <numeric>

#include "harness/scenario/load.hpp"

namespace twinwire::scenario {
namespace {

constexpr std::string_view indent = "   ";

std::string printable(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const std::size_t length = character_length(text);
    const bool control =
        length == 1 && text.front() != '\t' && std::iscntrl(static_cast<unsigned char>(text.front())) != 0;
    result += length == 0 || control ? "?" : text.substr(0, length);
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return result;
}

std::string caret_line(std::string_view line, std::size_t before, std::size_t length) {
  std::string blanks;
  for (std::size_t at = 0; at < before; ++at) blanks += at < line.size() && line[at] == '\t' ? '\t' : ' ';
  return blanks + "^" + std::string(std::max<std::size_t>(length, 1) - 1, '~');
}

/// Only the characters matter for a tab's place, so a line with wide ones is reduced to one octet each.
std::string one_octet_each(std::string_view line) {
  std::string result;
  for (const char c : line) {
    if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U) result += c;
  }
  return result;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); };
  std::vector<std::size_t> before(b.size() + 1), row(b.size() + 1), older;
  std::iota(row.begin(), row.end(), 0U);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    older = before;
    before = row;
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = lower(a[i - 1]) == lower(b[j - 1]) ? 0 : 1;
      row[j] = std::min({before[j] + 1, row[j - 1] + 1, before[j - 1] + change});
      // Two letters swapped are one slip of the fingers, not two.
      if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1])) {
        row[j] = std::min(row[j], older[j - 2] + 1);
      }
    }
  }
  return row.back();
}

}  // namespace

void fail(const Span& where, const std::string& sentence) {
  const Source source = where.file->locate(where.offset);
  const std::string_view line = where.file->line_at(std::min(where.offset, where.file->text().size()));
  const auto before = static_cast<std::size_t>(source.column - 1);
  const std::string flat = one_octet_each(line);
  const std::string_view spanned =
      std::string_view(where.file->text()).substr(std::min(where.offset, where.file->text().size()), where.length);
  const std::size_t marked = count_characters(spanned.substr(0, spanned.find_first_of("\r\n")));
  const std::size_t room = flat.size() > before ? flat.size() - before : 1;
  throw LoadError(source, source.file + ":" + std::to_string(source.line) + ":" + std::to_string(source.column) +
                              ": error: " + printable(sentence) + "\n" + std::string(indent) + printable(line) + "\n" +
                              std::string(indent) + caret_line(flat, before, std::min(marked, room)));
}

std::string nearest(std::string_view word, const Words& known) {
  constexpr std::size_t longest_compared = 40;
  if (word.size() > longest_compared) return "";
  // A third of a long word may be wrong, two letters of a middling one, one of a short one.
  const std::size_t allowed = word.size() < 4 ? 1 : std::max<std::size_t>(2, word.size() / 3);
  std::size_t best = allowed + 1;
  std::string_view found;
  for (const std::string_view candidate : known) {
    const std::size_t distance = edit_distance(word, candidate);
    if (distance >= best || distance >= candidate.size() || candidate == word) continue;
    best = distance;
    found = candidate;
  }
  return std::string(found);
}

std::string did_you_mean(std::string_view word, const Words& known) {
  const std::string near = nearest(word, known);
  return near.empty() ? "" : " (did you mean '" + near + "'?)";
}

std::string in_quotes(std::string_view word) {
  constexpr std::size_t longest_shown = 60;
  if (word.size() <= longest_shown) return "'" + std::string(word) + "'";
  return "'" + std::string(word.substr(0, longest_shown)) + "...'";
}

std::string spaced(const Words& words) {
  std::string result;
  for (const std::string_view word : words) result += (result.empty() ? "" : " ") + std::string(word);
  return result;
}

std::string alternatives(const Words& words) {
  std::string result;
  for (std::size_t at = 0; at < words.size(); ++at) {
    if (at > 0) result += at + 1 == words.size() ? " or " : ", ";
    result += words[at];
  }
  return result;
}

}  // namespace twinwire::scenario
