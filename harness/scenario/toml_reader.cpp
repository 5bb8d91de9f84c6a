// SPDX-License-Identifier: Apache-2.0
// The only door to toml++: parses, and copies the tree into plain values. toml++ sorts keys by name; the order in which
// they are written is put back by their places, since the axes of a matrix take their order from it.
#include <toml++/toml.h>

#include <algorithm>
#include <cctype>

#include "harness/scenario/document.hpp"
#include "harness/scenario/mistake.hpp"

namespace twinwire::scenario {
namespace {

class Converter {
 public:
  explicit Converter(const SourcePtr& file) : file_(file) {}

  Node convert(const toml::node& from) const {
    Node node;
    node.where = span(from.source());
    if (const auto* table = from.as_table()) {
      convert_members(*table, node);
    } else if (const auto* array = from.as_array()) {
      node.kind = Node::Kind::Array;
      for (const toml::node& item : *array) node.items.push_back(convert(item));
    } else {
      convert_scalar(from, node);
    }
    return node;
  }

  Span span(const toml::source_region& region) const {
    const std::size_t begin = file_->offset_of(region.begin.line, region.begin.column);
    const std::size_t end = file_->offset_of(region.end.line, region.end.column);
    return {file_, begin, end > begin ? end - begin : 1};
  }

 private:
  void convert_members(const toml::table& table, Node& node) const {
    for (auto&& [key, value] : table) {
      node.members.push_back({std::string(key.str()), span(key.source()), convert(value)});
    }
    std::stable_sort(node.members.begin(), node.members.end(),
                     [](const Member& a, const Member& b) { return a.key_where.offset < b.key_where.offset; });
  }

  static void convert_scalar(const toml::node& from, Node& node) {
    node.kind = Node::Kind::Other;
    if (const auto* text = from.as_string()) {
      node.kind = Node::Kind::String;
      node.text = text->get();
    } else if (const auto* integer = from.as_integer()) {
      node.kind = Node::Kind::Integer;
      node.integer = integer->get();
    } else if (const auto* boolean = from.as_boolean()) {
      node.kind = Node::Kind::Boolean;
      node.integer = boolean->get() ? 1 : 0;
    }
  }

  const SourcePtr& file_;
};

/// toml++ words its reasons as "Error while parsing X: reason".
std::string reason(const toml::parse_error& error) {
  std::string text(error.description());
  constexpr std::string_view opening = "Error while parsing ";
  if (text.starts_with(opening)) text.erase(0, opening.size());
  if (!text.empty()) text.front() = static_cast<char>(std::tolower(static_cast<unsigned char>(text.front())));
  return text;
}

/// TOML knows no control characters but tab and line break. They are looked for here, together with octets that are no
/// text, because toml++ 3.3 does not expect a NUL everywhere.
void check_characters(const SourcePtr& file) {
  const std::string_view text = file->text();
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = character_length(text.substr(at));
    const bool control = length == 1 && std::iscntrl(static_cast<unsigned char>(text[at])) != 0 &&
                         std::string_view("\t\n\r").find(text[at]) == std::string_view::npos;
    if (length == 0) fail({file, at, 1}, "not valid TOML: this octet begins no character of UTF-8");
    if (control) fail({file, at, 1}, "not valid TOML: this is a control character");
    at += length;
  }
}

}  // namespace

Node read_document(const SourcePtr& file) {
  check_characters(file);
  try {
    Node document = Converter(file).convert(toml::parse(file->text()));
    document.where = {file, 0, 1};  // what the whole file lacks is told at its beginning
    return document;
  } catch (const toml::parse_error& error) {
    fail(Converter(file).span(error.source()), "not valid TOML: " + reason(error));
  }
}

Node read_setting_value(const SourcePtr& file, const Span& where) {
  const std::string text = file->text().substr(where.offset, where.length);
  Node node;
  node.kind = Node::Kind::String;
  node.text = text;
  const bool plain = std::none_of(text.begin(), text.end(), [](unsigned char c) { return std::iscntrl(c) != 0; });
  if (plain) {
    try {
      const toml::table table = toml::parse("value = " + text);
      const toml::node* value = table.get("value");
      Node read = value != nullptr && table.size() == 1 ? Converter(file).convert(*value) : node;
      // No key takes a number with a fraction, but `--set client.tls.version=1.3` means the text.
      if (!read.is(Node::Kind::Other)) node = std::move(read);
    } catch (const toml::parse_error&) {
      // No TOML value: `--set script.values.prior=expired` is a plain string, as everybody expects of a command line.
    }
  }
  node.where = where;
  for (Node& item : node.items) item.where = where;
  for (Member& member : node.members) member.key_where = member.value.where = where;
  return node;
}

}  // namespace twinwire::scenario
