// SPDX-License-Identifier: Apache-2.0
// Works on values that were read: paths, merging, and where the lines of a string stand. For that the raw text of the
// file is compared with the value: the n-th line of the value is looked for at the n-th line behind the opening quotes.
// Where an escape or a folded line makes them differ, the whole string is what a message points at.
#include "harness/scenario/document.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

namespace twinwire::scenario {
namespace {

std::size_t quotes_at(std::string_view raw) {
  if (raw.starts_with("'''") || raw.starts_with("\"\"\"")) return 3;
  return raw.starts_with('\'') || raw.starts_with('"') ? 1 : 0;
}

std::vector<std::string> split_lines(std::string_view text) {
  std::vector<std::string> lines;
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    std::string_view line = text.substr(start, end - start);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.emplace_back(line);
    start = end + 1;
  }
  return lines;
}

Node empty_table(const Span& where) {
  Node table;
  table.where = where;
  return table;
}

std::string basic_string(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c == '\n' ? "\\n" : c == '\r' ? "\\r" : std::string(1, c);
  }
  return quoted + "\"";
}

/// Quoted only where it must be.
std::string key_text(const std::string& key) {
  const bool bare = !key.empty() && std::all_of(key.begin(), key.end(), [](unsigned char c) {
    return (c < 0x80 && std::isalnum(c) != 0) || c == '_' || c == '-';
  });
  return bare ? key : basic_string(key);
}

}  // namespace

std::string setting_text(const Node& node) {
  std::string inner;
  switch (node.kind) {
    case Node::Kind::String:
      return basic_string(node.text);
    case Node::Kind::Boolean:
      return node.integer != 0 ? "true" : "false";
    case Node::Kind::Array:
      for (const Node& item : node.items) inner += (inner.empty() ? "" : ", ") + setting_text(item);
      return "[" + inner + "]";
    case Node::Kind::Table:
      for (const Member& member : node.members)
        inner += (inner.empty() ? " " : ", ") + key_text(member.key) + " = " + setting_text(member.value);
      return "{" + inner + " }";
    case Node::Kind::Integer:
    case Node::Kind::Other:
      break;
  }
  return std::to_string(node.integer);
}

const Node* Node::find(std::string_view key) const {
  const auto found = std::find_if(members.begin(), members.end(), [&](const Member& m) { return m.key == key; });
  return found == members.end() ? nullptr : &found->value;
}

Node* Node::find(std::string_view key) { return const_cast<Node*>(std::as_const(*this).find(key)); }

std::string_view name(Node::Kind kind) {
  switch (kind) {
    case Node::Kind::Table:
      return "a table";
    case Node::Kind::Array:
      return "an array";
    case Node::Kind::String:
      return "a string";
    case Node::Kind::Integer:
      return "an integer";
    case Node::Kind::Boolean:
      return "a boolean";
    case Node::Kind::Other:
      break;
  }
  return "a number with a fraction, or a date";
}

void merge(Node& parent, const Node& child) {
  for (const Member& member : child.members) {
    Node* existing = parent.find(member.key);
    if (existing == nullptr) {
      parent.members.push_back(member);
    } else if (existing->is(Node::Kind::Table) && member.value.is(Node::Kind::Table)) {
      merge(*existing, member.value);
    } else {
      *existing = member.value;
    }
  }
}

std::vector<std::string> path_parts(std::string_view path) {
  std::vector<std::string> parts;
  for (std::size_t start = 0; start <= path.size();) {
    const std::size_t end = std::min(path.find('.', start), path.size());
    parts.emplace_back(path.substr(start, end - start));
    start = end + 1;
  }
  return parts;
}

const Node* find_path(const Node& root, std::string_view path) {
  const Node* node = &root;
  for (const std::string& part : path_parts(path)) {
    node = node->find(part);
    if (node == nullptr) return nullptr;
  }
  return node;
}

void set_path(Node& root, std::string_view path, const Span& key_where, const Node& value) {
  Node* node = &root;
  const auto parts = path_parts(path);
  for (const std::string& part : parts) {
    if (!node->is(Node::Kind::Table)) {
      Node plain = std::exchange(*node, empty_table(key_where));
      node->members.push_back({"of", key_where, std::move(plain)});
    }
    if (node->find(part) == nullptr) node->members.push_back({part, key_where, empty_table(key_where)});
    node = node->find(part);
  }
  *node = value;
}

Span Line::span(std::size_t offset, std::size_t length) const {
  return verbatim ? Span{where.file, where.offset + offset, length} : where;
}

std::vector<Line> lines_of(const Node& string) {
  const std::string_view file = string.where.file->text();
  const std::string_view raw = file.substr(std::min(string.where.offset, file.size()));
  std::size_t at = string.where.offset + quotes_at(raw);
  if (quotes_at(raw) == 3 && file.substr(at, 2) == "\r\n")
    at += 2;
  else if (quotes_at(raw) == 3 && file.substr(at, 1) == "\n")
    at += 1;

  std::vector<Line> lines;
  bool verbatim = quotes_at(raw) != 0;
  for (const std::string& text : split_lines(string.text)) {
    verbatim = verbatim && file.substr(std::min(at, file.size()), text.size()) == text;
    lines.push_back({text, verbatim ? Span{string.where.file, at, text.size()} : string.where, verbatim});
    at += text.size();
    if (file.substr(std::min(at, file.size()), 1) == "\r") ++at;
    ++at;
  }
  return lines;
}

Phrase phrase_of(const Node& string) {
  const auto lines = lines_of(string);
  return {string.text, lines.size() == 1 ? lines.front().where : string.where};
}

}  // namespace twinwire::scenario
