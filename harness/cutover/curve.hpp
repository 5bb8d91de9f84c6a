// SPDX-License-Identifier: Apache-2.0
// What the connections of a population come to after the change, minute by minute: computed from what was measured, or
// counted while all of it is walked.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/cutover/measurement.hpp"
#include "harness/cutover/visits.hpp"

namespace twinwire::cutover {

struct Minute {
  std::uint32_t connections = 0;
  std::uint32_t offers = 0;  ///< of a session
  std::array<std::uint32_t, outcomes> by_outcome{};

  std::uint32_t count(Outcome outcome) const { return by_outcome[static_cast<std::size_t>(outcome)]; }
  std::uint32_t resumed() const { return count(Outcome::Resumed); }
  std::uint32_t full() const { return count(Outcome::Full); }
  std::uint32_t broken() const { return connections - resumed() - full(); }
  /// Of the connections, in percent.
  double broken_percent() const;
};

struct Curve {
  std::string policy;           ///< its name
  std::vector<Minute> minutes;  ///< of Population::minute, from the change on; the last one may be short
  std::uint32_t connections = 0;
  std::uint32_t offers = 0;
  std::uint32_t broken = 0;                     ///< connections
  std::uint32_t broken_clients = 0;             ///< each counted once
  std::optional<time::Duration> last_breakage;  ///< since the change
  /// Clients that held a session of before the change which the server would have taken, when the change was made.
  /// Unset in a curve that was walked.
  std::optional<std::uint32_t> holders;
  /// When such a session was last offered that the server would still have taken. Unset in a curve that was walked.
  std::optional<time::Duration> last_of_before;
};

enum class Offer : std::uint8_t { None, Session };

/// Counts connections into a curve, in any order.
class Tally {
 public:
  Tally(const scenario::Population& population, const scenario::LifetimePolicy& policy);
  /// What is before the change or beyond `after` is not counted.
  void add(const Visit& visit, Offer offer, Outcome outcome);
  Curve curve() const;

 private:
  Curve curve_;
  time::Duration minute_, after_;
  std::vector<char> broken_;  ///< by client
};

/// The curve of one policy. A share that was measured is drawn for each connection; what was not measured goes as if
/// there were no device.
Curve project(const scenario::Population& population, const scenario::LifetimePolicy& policy,
              const std::vector<Visit>& visits, const Measurement& measurement, std::uint64_t seed);

/// Where two curves differ most.
struct Difference {
  std::string policy;
  std::size_t minute = 0;           ///< counted from 0
  double computed = 0, walked = 0;  ///< percent of that minute's connections that broke
  double points() const { return computed < walked ? walked - computed : computed - walked; }
};

/// Over all minutes in which both have connections; nothing if there is none.
std::optional<Difference> largest_difference(const Curve& computed, const Curve& walked);

}  // namespace twinwire::cutover
