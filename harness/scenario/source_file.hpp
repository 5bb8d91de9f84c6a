// SPDX-License-Identifier: Apache-2.0
// A file that was read, and places in it. A place is an offset and a length in octets; lines and columns, which count
// characters and begin at 1, are worked out only when a message needs them.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "harness/scenario/scenario.hpp"

namespace twinwire::scenario {

class SourceFile {
 public:
  SourceFile(std::string name, std::string text);

  const std::string& name() const { return name_; }
  const std::string& text() const { return text_; }
  /// The line that holds `offset`, without its line break.
  std::string_view line_at(std::size_t offset) const;
  Source locate(std::size_t offset) const;
  /// The offset of a line and a column; the nearest one that exists.
  std::size_t offset_of(std::size_t line, std::size_t column) const;

 private:
  std::size_t line_index(std::size_t offset) const;

  std::string name_;
  std::string text_;
  std::vector<std::size_t> line_starts_;
};

using SourcePtr = std::shared_ptr<const SourceFile>;

/// A stretch of a file.
struct Span {
  SourcePtr file;
  std::size_t offset = 0;
  std::size_t length = 0;
};

/// A text of the file, or of a value in it, with the place where it stands.
struct Phrase {
  std::string text;
  Span where;
};

/// The length in octets of the character that `text` begins with, as UTF-8; 0 if there is none.
std::size_t character_length(std::string_view text);

/// How many characters begin in `octets`, which are UTF-8.
std::size_t count_characters(std::string_view octets);

}  // namespace twinwire::scenario
