// SPDX-License-Identifier: Apache-2.0
// Walks a table and its list of known keys side by side, in the order of the file, and stops at the first thing that is
// not as the list says.
#include "harness/scenario/keys.hpp"

#include <algorithm>

#include "harness/scenario/numbers.hpp"

namespace twinwire::scenario {
namespace {

using Kind = Node::Kind;

Words names(Keys keys) {
  Words words;
  for (const KeySpec& key : keys) words.push_back(key.name);
  return words;
}

std::string type_text(const KeySpec& key) {
  const std::string limits = std::to_string(key.low) + " to " + std::to_string(key.high);
  const std::string range = "an integer from " + limits;
  std::string words;
  for (const std::string_view word : key.words) words += (words.empty() ? "\"" : ", \"") + std::string(word) + "\"";
  switch (key.type) {
    case Type::String:
      return "a string";
    case Type::Word:
      return (key.words.size() > 1 ? "one of " : "") + words;
    case Type::Integer:
      return range;
    case Type::IntegerOrWord:
      return range + " or " + words;
    case Type::Boolean:
      return "true or false";
    case Type::Duration:
      return "a string with a whole number and a unit (us ms s m h)";
    case Type::Integers:
      return "an array of integers from " + limits;
    case Type::IntegerOrIntegers:
      return range + " or an array of such";
    case Type::IntegersOrWord:
      return "an array of integers from " + limits + " or " + words;
    case Type::IntegersOrTable:
      return range + ", an array of such or a table";
    case Type::WordOrWords:
      return "one of " + words + " or an array of such";
    case Type::Strings:
      return "an array of strings";
    case Type::StringOrStrings:
      return "a string or an array of strings";
    case Type::IntegerOrString:
      return "an integer or a string";
    case Type::Table:
    case Type::TableOf:
      return "a table";
    case Type::Tables:
      return "an array of tables";
    case Type::Anything:
      break;
  }
  return "a value";
}

bool is_word(const Node& node, const KeySpec& key) {
  return node.is(Kind::String) && std::find(key.words.begin(), key.words.end(), node.text) != key.words.end();
}

bool is_integer_within(const Node& node, const KeySpec& key) {
  return node.is(Kind::Integer) && node.integer >= key.low && node.integer <= key.high;
}

/// Whether one item of an array is of the kind that the key's array holds; every item is where it holds none.
bool item_fits(const Node& item, const KeySpec& key) {
  switch (key.type) {
    case Type::Integers:
    case Type::IntegerOrIntegers:
    case Type::IntegersOrWord:
    case Type::IntegersOrTable:
      return is_integer_within(item, key);
    case Type::WordOrWords:
      return is_word(item, key);
    case Type::Strings:
    case Type::StringOrStrings:
      return item.is(Kind::String);
    case Type::Tables:
      return item.is(Kind::Table);
    default:
      return true;
  }
}

bool items_fit(const Node& node, const KeySpec& key) {
  return node.is(Kind::Array) &&
         std::all_of(node.items.begin(), node.items.end(), [&](const Node& item) { return item_fits(item, key); });
}

bool fits(const Node& node, const KeySpec& key) {
  switch (key.type) {
    case Type::String:
    case Type::Duration:
      return node.is(Kind::String);
    case Type::Word:
      return is_word(node, key);
    case Type::Integer:
      return is_integer_within(node, key);
    case Type::IntegerOrWord:
      return is_integer_within(node, key) || is_word(node, key);
    case Type::Boolean:
      return node.is(Kind::Boolean);
    case Type::Integers:
    case Type::Strings:
    case Type::Tables:
      return items_fit(node, key);
    case Type::IntegersOrWord:
    case Type::WordOrWords:
      return is_word(node, key) || items_fit(node, key);
    case Type::IntegerOrIntegers:
      return is_integer_within(node, key) || items_fit(node, key);
    case Type::IntegersOrTable:
      return is_integer_within(node, key) || node.is(Kind::Table) || items_fit(node, key);
    case Type::StringOrStrings:
      return node.is(Kind::String) || items_fit(node, key);
    case Type::IntegerOrString:
      return node.is(Kind::Integer) || node.is(Kind::String);
    case Type::Table:
    case Type::TableOf:
      return node.is(Kind::Table);
    case Type::Anything:
      break;
  }
  return true;
}

/// What was found, and in an array the first item that does not belong there.
const Node& culprit(const Node& node, const KeySpec& key) {
  if (!node.is(Kind::Array)) return node;
  const auto wrong =
      std::find_if(node.items.begin(), node.items.end(), [&](const Node& item) { return !item_fits(item, key); });
  return wrong == node.items.end() ? node : *wrong;
}

/// A word that looks like a number, such as a version of TLS, is easily written without its quotes.
std::string unquoted(const Node& node, const KeySpec& key) {
  const std::string_view file = node.where.file->text();
  const std::string_view text = file.substr(std::min(node.where.offset, file.size()), node.where.length);
  const bool word = std::find(key.words.begin(), key.words.end(), text) != key.words.end();
  return word ? " (did you mean \"" + std::string(text) + "\"?)" : "";
}

[[noreturn]] void fail_type(const std::string& name, const Node& node, const KeySpec& key) {
  const Node& wrong = culprit(node, key);
  const bool shown = wrong.is(Kind::Integer) || (wrong.is(Kind::String) && !key.words.empty());
  const std::string found = shown ? in_quotes(scalar_text(wrong)) : std::string(scenario::name(wrong.kind));
  const std::string near = wrong.is(Kind::String) ? did_you_mean(wrong.text, Words(key.words.begin(), key.words.end()))
                                                  : unquoted(wrong, key);
  const std::string subject = &wrong == &node ? in_quotes(name) + " is " : in_quotes(name) + " holds ";
  fail(phrase_of(wrong).where, subject + found + "; expected " + describe(key) + near);
}

std::string inner_place(const std::string& place, std::string_view key) {
  if (!place.starts_with('[')) return "[" + std::string(key) + "]";
  return place.substr(0, place.size() - 1) + "." + std::string(key) + "]";
}

void check_value(const std::string& name, const Node& node, const KeySpec& key, const std::string& place) {
  if (!fits(node, key)) fail_type(name, node, key);
  if (key.type == Type::Duration) read_plain_duration(phrase_of(node));
  const bool perhaps_table = key.type == Type::Table || key.type == Type::IntegersOrTable;
  if (perhaps_table && node.is(Kind::Table)) check_keys(node, key.inside, place);
  if (key.type == Type::TableOf) {
    for (const Member& member : node.members) {
      check_value(member.key, member.value, key.inside.front(), inner_place(place, member.key));
    }
  }
  if (key.type == Type::Tables) {
    for (const Node& item : node.items) check_keys(item, key.inside, "[" + place + "]");
  }
}

}  // namespace

std::string describe(const KeySpec& key) {
  return type_text(key) + (key.doc.empty() ? "" : ": " + std::string(key.doc));
}

void check_keys(const Node& table, Keys keys, const std::string& place) {
  for (const Member& member : table.members) {
    const auto key = std::find_if(keys.begin(), keys.end(), [&](const KeySpec& k) { return k.name == member.key; });
    if (key == keys.end()) {
      const Words known = names(keys);
      fail(member.key_where, "unknown key " + in_quotes(member.key) + " in " + place + "; expected " +
                                 alternatives(known) + did_you_mean(member.key, known));
    }
    check_value(member.key, member.value, *key, inner_place(place, key->name));
  }
}

void check_required(const Node& table, Keys keys, const std::string& place) {
  for (const KeySpec& key : keys) {
    const Node* node = table.find(key.name);
    if (key.need == Need::Required && node == nullptr) {
      fail(table.where, "missing '" + std::string(key.name) + "' in " + place + "; expected " + describe(key));
    }
    if (node != nullptr && key.type == Type::Table) check_required(*node, key.inside, inner_place(place, key.name));
    if (node != nullptr && key.type == Type::Tables) {
      for (const Node& item : node->items) check_required(item, key.inside, "[" + inner_place(place, key.name) + "]");
    }
  }
}

std::string string_of(const Node& table, std::string_view key) {
  const Node* node = table.find(key);
  return node == nullptr ? "" : node->text;
}

std::vector<std::string> strings_of(const Node& table, std::string_view key) {
  const Node* node = table.find(key);
  if (node == nullptr) return {};
  if (node->is(Kind::String)) return {node->text};
  std::vector<std::string> strings;
  for (const Node& item : node->items) strings.push_back(item.text);
  return strings;
}

std::vector<std::uint32_t> integers_of(const Node& table, std::string_view key) {
  const Node* node = table.find(key);
  if (node == nullptr) return {};
  if (node->is(Kind::Integer)) return {static_cast<std::uint32_t>(node->integer)};
  std::vector<std::uint32_t> integers;
  for (const Node& item : node->items) integers.push_back(static_cast<std::uint32_t>(item.integer));
  return integers;
}

bool boolean_of(const Node& table, std::string_view key) {
  const Node* node = table.find(key);
  return node != nullptr && node->integer != 0;
}

std::string scalar_text(const Node& node) { return node.is(Kind::String) ? node.text : std::to_string(node.integer); }

}  // namespace twinwire::scenario
