// SPDX-License-Identifier: Apache-2.0
// Settings of a model from text to value. Every error names the model, what was found and what there is.
#pragma once

#include <initializer_list>
#include <limits>
#include <optional>
#include <string_view>

#include "harness/device/middlebox.hpp"

namespace twinwire::device {

/// One setting of the model `model`, as it stands in a bench file.
struct Setting {
  std::string_view model, key, value;
};

struct Range {
  std::uint64_t least = 0;
  std::uint64_t most = std::numeric_limits<std::uint32_t>::max();
};

/// `expected` completes the sentence "... is 'twelve', expected ".
[[noreturn]] void refuse_value(const Setting& setting, const std::string& expected);
/// `known` lists the settings that the model has.
[[noreturn]] void refuse_key(const Setting& setting, std::string_view known);

std::uint64_t read_number(const Setting& setting, Range range = {});
/// A number, or "none".
std::optional<std::uint64_t> read_limit(const Setting& setting, Range range = {});
/// "250ms" with one of the units us, ms, s, m and h, or "none".
std::optional<time::Duration> read_time_limit(const Setting& setting);
/// Which of the words it is.
std::size_t read_word(const Setting& setting, std::initializer_list<std::string_view> words);

/// The shortest text that read_time_limit() reads back as the same.
std::string to_text(time::Duration duration);

}  // namespace twinwire::device
