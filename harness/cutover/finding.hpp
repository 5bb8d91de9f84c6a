// SPDX-License-Identifier: Apache-2.0
// What a cut-over comes to: what was measured, the population's hour under each policy, and what to do, with numbers.
// docs/cutover.md says what the words mean.
//
// The caller measures each kind and situation on the bench, fills a Measurement, and concludes. A population that is
// walked is counted by one Tally for each policy, whose curves stand beside the computed ones.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/cutover/curve.hpp"
#include "harness/cutover/measurement.hpp"

namespace twinwire::cutover {

enum class Kind : std::uint8_t {
  NothingHeld,  ///< no session was primed or held: nothing could break, whatever the device does
  NothingBreaks,
  OldSessions,     ///< resumptions of sessions from before the change break, nothing else does
  FullHandshakes,  ///< full handshakes break as well: no lifetime helps
  AfterChange,     ///< resumptions of sessions from after the change break: no lifetime helps
};
/// "nothing-held", "nothing-breaks", "old-sessions", "full-handshakes", "after-change"
std::string_view name(Kind kind);

/// What a population of this size comes to under one policy.
struct Toll {
  scenario::LifetimePolicy policy;
  std::uint32_t clients = 0, connections = 0;  ///< that break
  std::optional<time::Duration> last;          ///< breakage, since the change
};

/// What is to be done with the server, and what comes of it. Only where sessions from before the change break, and
/// nothing else does.
struct Plan {
  Toll without;  ///< as long as nothing is done
  Toll lowered;  ///< the advised lifetime, from the old one's length before the change on
  /// The same, and the server forgets its sessions when it is lowered; no longer before the change than it takes.
  Toll forgotten;
  /// Nothing but that the server forgets its sessions at the change itself.
  Toll at_the_change;
  time::Duration deadline{};                ///< what the advised lifetime promises: all is over
  bool lowering_is_enough = false;          ///< `lowered` keeps the deadline
  bool forgetting_is_enough = false;        ///< `forgotten` does
  std::optional<time::Duration> longest{};  ///< the longest lifetime, lowered in the first of these ways, that does
};

struct Finding {
  scenario::Population population;
  std::uint64_t seed = 0;
  Measurement measurement;
  Kind kind = Kind::NothingHeld;
  std::string statement;              ///< one sentence: what the change does
  std::vector<std::string> measured;  ///< one sentence for each kind and situation
  std::vector<Curve> computed;        ///< one for each policy
  std::vector<Curve> walked;          ///< some of them, or none
  std::optional<Difference> difference;
  std::optional<Plan> plan;
  std::vector<std::string> notes;   ///< what the statement rests on
  std::vector<std::string> advice;  ///< what to do, computed
};

/// Computes the curves of all policies, and the plan. `walked`: curves counted on the bench, named by their policies.
Finding conclude(const scenario::Population& population, std::uint64_t seed, const Measurement& measurement,
                 std::vector<Curve> walked = {});

}  // namespace twinwire::cutover
