// SPDX-License-Identifier: Apache-2.0
// Which kind of limit explains what all lines saw.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/limits/finding.hpp"
#include "harness/scenario/scenario.hpp"

namespace twinwire::limits {

/// A kind under which one number tells all passes from all failures.
struct Explanation {
  /// What is counted for Kind::Time: what the axis sets, or how long the ClientHello took from its first segment to its
  /// last.
  enum class Clock : std::uint8_t { Axis, Span };
  Kind kind{};
  std::uint64_t passes = 0, fails = 0;  ///< the largest that passed and the smallest that failed
  Clock clock = Clock::Span;
};

/// Those that fit, the swept duration first, then octets, packets, records, time.
std::vector<Explanation> explanations(const scenario::SweepAxis& axis, const std::vector<Line>& lines);

/// What this kind measured at a point: octets, packets, records or nanoseconds.
std::uint64_t measure(const Explanation& explanation, const Point& point);

/// "12 packets", "1 record", "995 ms".
std::string amount(Kind kind, std::uint64_t count);
/// "840 us", "995 ms", "3 s"; rounded to what can be told apart.
std::string duration_words(std::uint64_t nanoseconds);

/// The line whose edge shows the limit best: the first whose two sides are as near to it as any. None: no line has two
/// sides.
const Line* showing(const Explanation& explanation, const std::vector<Line>& lines);

/// "limit: 12 packets (6432 octets at 536 octets per segment; 6433 fails)", and what else is to be said. Fills what of
/// the finding is words.
void describe(const scenario::SweepAxis& axis, const std::vector<Explanation>& fitting, Finding& finding);

}  // namespace twinwire::limits
