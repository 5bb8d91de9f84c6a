// SPDX-License-Identifier: Apache-2.0
// A duration is written in the largest unit that divides it, a count as it is.
#include <array>

#include "harness/limits/limits.hpp"

namespace twinwire::limits {

std::string_view name(Kind kind) {
  constexpr std::array<std::string_view, 6> names{"none", "octets", "packets", "records", "time", "unclear"};
  return names.at(static_cast<std::size_t>(kind));
}

std::string_view name(Outcome outcome) {
  constexpr std::array<std::string_view, 6> names{"found",  "no-limit",   "start-fails",
                                                  "coarse", "unfinished", "inconclusive"};
  return names.at(static_cast<std::size_t>(outcome));
}

std::string value_text(const scenario::SweepAxis& axis, std::int64_t value) {
  if (!axis.duration) return std::to_string(value);
  if (value % 1'000'000'000 == 0) return std::to_string(value / 1'000'000'000) + "s";
  if (value % 1'000'000 == 0) return std::to_string(value / 1'000'000) + "ms";
  return std::to_string(value / 1'000) + "us";
}

}  // namespace twinwire::limits
