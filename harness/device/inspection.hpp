// SPDX-License-Identifier: Apache-2.0
// The settings of the model "inspecting" as values, and what it says of a connection.
#pragma once

#include <cstdint>

#include "harness/device/known_sessions.hpp"
#include "harness/device/middlebox.hpp"

namespace twinwire::device {

/// What becomes of a connection; each value as the settings spell it.
enum class Reaction : std::uint8_t { Reset, Alert, Drop, Pass };
/// As the log has it: "reset", "alert", "dropped", "passed".
std::string_view words(Reaction reaction);

enum class Inspection : std::uint8_t { On, Off };
enum class Declined : std::uint8_t { Follow, Reset };
/// How often a known session may be resumed.
enum class Uses : std::uint8_t { One, Any };

struct InspectionRules {
  Inspection inspection = Inspection::Off;
  Reaction unknown_session = Reaction::Reset;
  Uses uses = Uses::Any;
  NameRule names = NameRule::Any;
  Declined declined = Declined::Follow;
};

struct InspectionChange {
  InspectionRules rules;
  bool clears_sessions = false;
};
/// What the settings make of the rules; throws ModelError.
InspectionChange read_inspection(const Settings& settings, const InspectionRules& before);

}  // namespace twinwire::device
