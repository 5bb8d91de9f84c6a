// SPDX-License-Identifier: Apache-2.0
// A TOML file as plain values that know where they stand, in the order in which they are written. They can be copied,
// merged and changed by a dotted path, and keep their places while that happens.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/scenario/source_file.hpp"

namespace twinwire::scenario {

struct Member;

struct Node {
  enum class Kind : std::uint8_t { Table, Array, String, Integer, Boolean, Other };
  Kind kind = Kind::Table;
  std::string text;             ///< Kind::String
  std::int64_t integer = 0;     ///< Kind::Integer, and Kind::Boolean as 0 or 1
  std::vector<Node> items;      ///< Kind::Array
  std::vector<Member> members;  ///< Kind::Table
  Span where;

  bool is(Kind wanted) const { return kind == wanted; }
  const Node* find(std::string_view key) const;
  Node* find(std::string_view key);
};

struct Member {
  std::string key;
  Span key_where;
  Node value;
};

/// "a string", "an integer", ...
std::string_view name(Node::Kind kind);

/// Throws LoadError if the text is no TOML.
Node read_document(const SourcePtr& file);

/// The text of `--set path=value`: a TOML value, or the text as a string.
Node read_setting_value(const SourcePtr& file, const Span& where);

/// The text from which `read_setting_value` makes the same value again.
std::string setting_text(const Node& node);

/// Tables of `child` go into those of `parent`; everything else in `parent` is replaced.
void merge(Node& parent, const Node& child);

/// "client.mtu" as its parts.
std::vector<std::string> path_parts(std::string_view path);
const Node* find_path(const Node& root, std::string_view path);
/// Puts `value` at a dotted path. Tables on the way are made; a plain value on the way is what its table would call
/// `of`, as `segments = 536` is short for `segments = { of = 536 }`.
void set_path(Node& root, std::string_view path, const Span& key_where, const Node& value);

/// One line of a text that is the value of a string node.
struct Line {
  std::string text;
  Span where;             ///< of the line, or of the whole string if its octets do not stand in the file as they are
  bool verbatim = false;  ///< the text stands at `where` octet by octet

  Span span(std::size_t offset, std::size_t length) const;
};

/// The lines of a string, each with its place in the file.
std::vector<Line> lines_of(const Node& string);

/// A string's text with its place, quotes left out where that can be.
Phrase phrase_of(const Node& string);

}  // namespace twinwire::scenario
