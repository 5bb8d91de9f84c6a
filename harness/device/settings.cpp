// SPDX-License-Identifier: Apache-2.0
// Numbers are whole and decimal; a duration is a number with a unit, as everywhere in bench files.
#include "harness/device/settings.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace twinwire::device {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t nanoseconds;
};
constexpr std::array<Unit, 5> units{
    {{"us", 1'000}, {"ms", 1'000'000}, {"s", 1'000'000'000}, {"m", 60'000'000'000}, {"h", 3'600'000'000'000}}};
constexpr std::uint64_t longest = 864'000;  // of any unit: ten days of seconds, and of hours far below what overflows

/// The whole text as a number.
std::optional<std::uint64_t> parse(std::string_view text) {
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && stopped == end ? std::optional(number) : std::nullopt;
}

std::string between(Range range) {
  return "a whole number from " + std::to_string(range.least) + " to " + std::to_string(range.most);
}

std::optional<std::uint64_t> parse_within(std::string_view text, Range range) {
  const auto number = parse(text);
  return number && *number >= range.least && *number <= range.most ? number : std::nullopt;
}

}  // namespace

void refuse_value(const Setting& setting, const std::string& expected) {
  throw ModelError("setting '" + std::string(setting.key) + "' of the model '" + std::string(setting.model) + "' is '" +
                   std::string(setting.value) + "', expected " + expected);
}

void refuse_key(const Setting& setting, std::string_view known) {
  throw ModelError("the model '" + std::string(setting.model) + "' has no setting '" + std::string(setting.key) +
                   "'; it has " + std::string(known));
}

std::uint64_t read_number(const Setting& setting, Range range) {
  const auto number = parse_within(setting.value, range);
  if (!number) refuse_value(setting, between(range));
  return *number;
}

std::optional<std::uint64_t> read_limit(const Setting& setting, Range range) {
  if (setting.value == "none") return std::nullopt;
  const auto number = parse_within(setting.value, range);
  if (!number) refuse_value(setting, between(range) + ", or none");
  return number;
}

std::optional<time::Duration> read_time_limit(const Setting& setting) {
  if (setting.value == "none") return std::nullopt;
  const std::size_t digits = std::min(setting.value.find_first_not_of("0123456789"), setting.value.size());
  const auto count = parse(setting.value.substr(0, digits));
  const auto unit = std::ranges::find(units, setting.value.substr(digits), &Unit::name);
  if (!count || *count == 0 || *count > longest || unit == units.end()) {
    refuse_value(setting, "a whole number and a unit (us ms s m h), such as 200ms, or none");
  }
  return time::Duration(static_cast<std::int64_t>(*count) * unit->nanoseconds);
}

std::size_t read_word(const Setting& setting, std::initializer_list<std::string_view> words) {
  const auto* const found = std::ranges::find(words, setting.value);
  if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
  std::string expected;
  for (const auto word : words) expected += (expected.empty() ? "" : ", ") + std::string(word);
  refuse_value(setting, "one of " + expected);
}

std::string to_text(time::Duration duration) {
  const auto fits = [&](const Unit& unit) { return duration.count() % unit.nanoseconds == 0; };
  const auto unit = std::find_if(units.rbegin(), units.rend(), fits);
  if (unit == units.rend()) return std::to_string(duration.count()) + "ns";
  return std::to_string(duration.count() / unit->nanoseconds) + std::string(unit->name);
}

}  // namespace twinwire::device
