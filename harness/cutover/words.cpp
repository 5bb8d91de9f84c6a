// SPDX-License-Identifier: Apache-2.0
// Up to two minutes are told in seconds, to the tenth; what is longer in hours, minutes and whole seconds, of which
// those that are zero are left out. Tenths are rounded up: something that is over after 60.91 s is not after 60.9 s.
#include "harness/cutover/words.hpp"

namespace twinwire::cutover {

std::string words(time::Duration duration) {
  using std::chrono::milliseconds;
  const std::int64_t tenths = std::chrono::ceil<milliseconds>(duration).count() / 100 +
                              (std::chrono::ceil<milliseconds>(duration).count() % 100 > 0 ? 1 : 0);
  constexpr std::int64_t two_minutes = 1'200;
  if (tenths <= two_minutes) {
    const std::string fraction = tenths % 10 == 0 ? "" : "." + std::to_string(tenths % 10);
    return std::to_string(tenths / 10) + fraction + " s";
  }
  const std::int64_t seconds = std::chrono::ceil<std::chrono::seconds>(duration).count();
  std::string text;
  const auto part = [&](std::int64_t count, const char* unit) {
    if (count > 0) text += (text.empty() ? "" : " ") + std::to_string(count) + unit;
  };
  part(seconds / 3600, " h");
  part(seconds / 60 % 60, " min");
  part(seconds % 60, " s");
  return text;
}

std::string counted(std::uint64_t count, std::string_view noun) {
  return std::to_string(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

}  // namespace twinwire::cutover
