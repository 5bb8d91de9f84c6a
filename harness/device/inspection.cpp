// SPDX-License-Identifier: Apache-2.0
// One branch for each setting; words are given in the order of the values that they stand for.
#include "harness/device/inspection.hpp"

#include <array>

#include "harness/device/settings.hpp"

namespace twinwire::device {

namespace {

constexpr std::string_view model_name = "inspecting";
constexpr std::string_view known_settings =
    "declined, inspection, server-name, sessions, single-use and unknown-session";

void read_into(InspectionChange& change, const Setting& setting) {
  InspectionRules& rules = change.rules;
  if (setting.key == "inspection") {
    rules.inspection = static_cast<Inspection>(read_word(setting, {"on", "off"}));
  } else if (setting.key == "unknown-session") {
    rules.unknown_session = static_cast<Reaction>(read_word(setting, {"reset", "alert", "drop", "pass"}));
  } else if (setting.key == "single-use") {
    rules.uses = static_cast<Uses>(read_word(setting, {"yes", "no"}));
  } else if (setting.key == "server-name") {
    rules.names = static_cast<NameRule>(read_word(setting, {"any", "same"}));
  } else if (setting.key == "declined") {
    rules.declined = static_cast<Declined>(read_word(setting, {"follow", "reset"}));
  } else if (setting.key == "sessions") {
    change.clears_sessions = read_word(setting, {"keep", "clear"}) == 1;
  } else {
    refuse_key(setting, known_settings);
  }
}

}  // namespace

std::string_view words(Reaction reaction) {
  constexpr std::array<std::string_view, 4> all{"reset", "alert", "dropped", "passed"};
  return all[static_cast<std::size_t>(reaction)];
}

InspectionChange read_inspection(const Settings& settings, const InspectionRules& before) {
  InspectionChange change{before};
  for (const auto& [key, value] : settings) read_into(change, {model_name, key, value});
  return change;
}

}  // namespace twinwire::device
