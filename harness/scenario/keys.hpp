// SPDX-License-Identifier: Apache-2.0
// Known keys as tables: each key with its type, its limits and what it means. The same table checks a file and words
// the messages about it, so the two cannot differ.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/scenario/document.hpp"
#include "harness/scenario/mistake.hpp"

namespace twinwire::scenario {

enum class Type : std::uint8_t {
  String,
  Word,     ///< one of KeySpec::words
  Integer,  ///< KeySpec::low to high
  IntegerOrWord,
  Boolean,
  Duration,           ///< a string such as "200ms"
  Integers,           ///< an array of integers from KeySpec::low to high
  IntegerOrIntegers,  ///< one such integer, or an array of them
  IntegersOrWord,     ///< an array of them, or one of KeySpec::words
  IntegersOrTable,    ///< one integer, an array of them, or a table with the keys of KeySpec::inside
  WordOrWords,        ///< one of KeySpec::words, or an array of them
  Strings,            ///< an array of strings
  StringOrStrings,
  IntegerOrString,
  Table,     ///< with the keys of KeySpec::inside
  TableOf,   ///< with keys of the writer's choice, each value as the one entry of KeySpec::inside tells
  Tables,    ///< an array of tables with the keys of KeySpec::inside
  Anything,  ///< checked by its reader
};

enum class Need : std::uint8_t { Optional, Required };

struct KeySpec {
  std::string_view name;
  Type type = Type::String;
  std::string_view doc;
  std::int64_t low = 0, high = 0;
  std::span<const std::string_view> words{};
  std::span<const KeySpec> inside{};
  Need need = Need::Optional;
};

using Keys = std::span<const KeySpec>;

/// Throws LoadError for the first unknown key, wrong type or value out of range in `table`. `place` names the table in
/// messages, e.g. "[client]".
void check_keys(const Node& table, Keys keys, const std::string& place);
/// Throws LoadError if a required key is missing.
void check_required(const Node& table, Keys keys, const std::string& place);

/// "an integer from 68 to 9000: octets of an IP packet"
std::string describe(const KeySpec& key);

// What was checked is read by these; a key that is not there gives nothing.
std::vector<std::uint32_t> integers_of(const Node& table, std::string_view key);
std::string string_of(const Node& table, std::string_view key);
std::vector<std::string> strings_of(const Node& table, std::string_view key);
bool boolean_of(const Node& table, std::string_view key);
/// Puts the integer at `key` into `into`, which keeps what it has if the key is not there.
template <typename Integer>
void take_integer(const Node& table, std::string_view key, Integer& into) {
  if (const Node* node = table.find(key)) into = static_cast<Integer>(node->integer);
}
/// Which of the words stands at `key`; nothing if the key is not there.
template <typename Enum>
std::optional<Enum> enum_of(const Node& table, std::string_view key, std::span<const std::string_view> words) {
  const Node* node = table.find(key);
  if (node == nullptr) return std::nullopt;
  return static_cast<Enum>(std::find(words.begin(), words.end(), node->text) - words.begin());
}
/// An integer as its digits, a boolean as "1" or "0", a string as it is.
std::string scalar_text(const Node& node);

}  // namespace twinwire::scenario
