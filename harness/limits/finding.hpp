// SPDX-License-Identifier: Apache-2.0
// What a search for a limit sees and what it comes to, as values.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "generator/time/instant.hpp"
#include "generator/wire/address.hpp"

namespace twinwire::limits {

/// Dotted path to value, as `--set` would have it and `Sweep::probe` takes it.
using Settings = std::map<std::string, std::string>;

enum class Timestamps : std::uint8_t { Absent, Present };

/// What one probe came to, as measured on the wire. A sweep that sends no ClientHello leaves the measures at zero.
struct Observation {
  bool passed = false;
  bool settled = true;  ///< false: inconclusive; the probe is repeated and counts for nothing
  /// Of the last ClientHello on the wire, record headers included: the whole of it, also where the connection broke
  /// before all was sent (a device may go by the length that the first record announces).
  std::uint64_t octets = 0;
  /// Data segments that carried it, each counted once however often it was sent again. Where the connection broke:
  /// those that had been sent by then.
  std::uint64_t packets = 0;
  std::uint64_t records = 0;              ///< of which at least one octet was sent
  std::uint32_t payload_per_segment = 0;  ///< the largest, octets
  std::uint32_t octets_per_record = 0;    ///< the largest, its header included; 0: not measured
  Timestamps timestamps = Timestamps::Absent;
  wire::Family family = wire::Family::Ipv4;
  time::Duration span{};  ///< from the first to the last of those segments
  /// From the first of those segments to the RST, FIN or alert that ended it; unset if it passed or nothing was heard.
  std::optional<time::Duration> failed_after;
  time::Duration took{};               ///< the whole probe
  std::string client_saw, server_saw;  ///< "RST", "FIN", "alert 40", "nothing", "handshake complete"
  std::string verdict;                 ///< in words; for an inconclusive one, why
};

enum class Kind : std::uint8_t { None, Octets, Packets, Records, Time, Unclear };
/// "octets", "unclear" ...
std::string_view name(Kind kind);

/// One value of the swept path with everything that was seen there.
struct Point {
  std::int64_t value = 0;  ///< durations in nanoseconds
  unsigned passed = 0, failed = 0;
  Observation seen;  ///< the last that failed if any did, else the last that passed
  unsigned tried() const { return passed + failed; }
};

/// What lies on both sides of the edge. `passes` never failed, and nothing nearer to `from` did.
struct Boundary {
  std::optional<Point> passes;  ///< the last value before the first that failed
  std::optional<Point> fails;   ///< the first that ever failed
  /// In a race: the first value beyond all that ever passed.
  std::optional<Point> always_fails;
  unsigned passed_beyond = 0;  ///< probes at or beyond `fails` that passed
  /// The device does not always answer alike.
  bool race() const { return passed_beyond > 0; }
};

enum class Outcome : std::uint8_t {
  Found,        ///< the edge is as narrow as it can be, and both sides were repeated
  NoLimit,      ///< all passed, up to `to`
  StartFails,   ///< `from` fails already
  Coarse,       ///< a race used up the probes: the edge is known, but not to the last octet
  Unfinished,   ///< interrupted
  Inconclusive  ///< a probe stayed inconclusive
};
std::string_view name(Outcome outcome);

/// The search at one choice of the values across.
struct Line {
  Settings settings;  ///< of the across axes; empty: the scenario as it stands
  Outcome outcome = Outcome::Unfinished;
  Boundary boundary;
  std::vector<Point> points;  ///< all of them, from `from` to `to`
  unsigned probes = 0;        ///< that counted
  unsigned inconclusive = 0;  ///< that did not
  std::string reason;         ///< Outcome::Inconclusive: what the last of them said
};

struct Finding {
  std::string path;       ///< what was swept
  bool duration = false;  ///< its values are durations in nanoseconds
  std::int64_t from = 0, to = 0;
  Kind kind = Kind::None;
  /// The largest measure that passes and the smallest that fails, in the unit of `kind` (Time: nanoseconds). Only for
  /// Octets, Packets, Records and Time.
  std::optional<std::uint64_t> limit, fails_at;
  std::vector<Kind> fitting;           ///< every kind that explains all lines; one of them unless Unclear
  std::string statement;               ///< "limit: 12 packets (6432 octets at 536 octets per segment; 6433 fails)"
  std::vector<std::string> notes;      ///< what the statement rests on: races, other lines, what would settle it
  std::vector<std::string> advice;     ///< what to change, computed from the numbers; may be empty
  std::string client_saw, server_saw;  ///< at the first failing point
  std::vector<Line> lines;
  unsigned probes = 0, inconclusive = 0;
  bool complete = false;  ///< nothing was left to probe
};

}  // namespace twinwire::limits
