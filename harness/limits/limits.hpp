// SPDX-License-Identifier: Apache-2.0
// Finds the value at which a device begins to fail, without being told, and says what kind of limit that is. Pure: the
// finder says what to probe next, is told what was seen, and can be asked at any time what is known so far. So the same
// code searches in simulation, in a lab and in a unit test, and an interrupted search still has a result.
//
// The caller: `while (auto settings = finder.next()) finder.add(walk(sweep.probe(*settings)));`
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/limits/finding.hpp"
#include "harness/limits/line_search.hpp"
#include "harness/scenario/scenario.hpp"

namespace twinwire::limits {

/// Searches one line after the other. Every line takes at most `probes_allowed` probes that count.
class Finder {
 public:
  /// `wanted_octets`: the ClientHello that the scenario has without the sweep, for the advice; unset: the largest seen.
  explicit Finder(const scenario::Sweep& sweep, std::optional<std::uint64_t> wanted_octets = std::nullopt);

  /// What to probe next, the same until `add`; nothing when the search is over.
  std::optional<Settings> next() const;
  /// What the probe of `next` came to. Without a pending probe it is ignored.
  void add(const Observation& observation);
  /// All that is known so far.
  Finding result() const;

 private:
  void begin_line();

  scenario::SweepAxis axis_;
  Effort effort_;
  std::optional<std::uint64_t> wanted_octets_;
  std::vector<Settings> across_;   ///< of each line
  std::vector<LineSearch> lines_;  ///< those begun
};

/// The most probes that one line of this sweep may take: 25 for 256 to 65,600 with three repeats.
unsigned probes_allowed(const scenario::Sweep& sweep);

/// A value as `--set` would have it: "6432", "1500ms".
std::string value_text(const scenario::SweepAxis& axis, std::int64_t value);

/// What to change so that a ClientHello of `wanted_octets` passes; empty if it passes already or nothing can be said.
std::vector<std::string> advise(const Finding& finding, std::uint64_t wanted_octets);

}  // namespace twinwire::limits
