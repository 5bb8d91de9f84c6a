// SPDX-License-Identifier: Apache-2.0
// What a device did to each kind of session, counted on the bench.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/scenario/population.hpp"

namespace twinwire::cutover {

/// Which handshake was measured.
enum class Situation : std::uint8_t {
  Primed,    ///< a full handshake before the change, to hold its session
  Control,   ///< that session, resumed before the change
  Old,       ///< that session, resumed after the change
  Declined,  ///< that session, offered after the change to a server that does not take it any more
  Full,      ///< a full handshake after the change
  New,       ///< the session of such a one, resumed after the change
};
inline constexpr std::size_t situations = 6;
/// "primed", "control", "old", "declined", "full", "new"
std::string_view name(Situation situation);

enum class Outcome : std::uint8_t { Resumed, Full, WrongCertificate, Alert, Reset, Closed, Hangs };
inline constexpr std::size_t outcomes = 7;
/// "resumed", "full", "wrong-certificate", "alert", "reset", "closed", "hangs"
std::string_view name(Outcome outcome);
/// Anything but a handshake that is complete with the server's own certificate.
constexpr bool is_broken(Outcome outcome) { return outcome > Outcome::Full; }

enum class Author : std::uint8_t { Unknown, End, Device };

/// What one handshake came to.
struct Ending {
  Outcome outcome{};
  std::optional<int> alert;         ///< Outcome::Alert: its description (RFC 8446 section 6.2)
  Author author = Author::Unknown;  ///< of the alert, the RST or the FIN
  auto operator<=>(const Ending&) const = default;
};
/// "resumed", "reset by the device", "alert 40 by the device"
std::string words(const Ending& ending);

/// Endings with how often each was seen.
using Counts = std::map<Ending, std::uint32_t>;

class Measurement {
 public:
  /// The bench, for the words of the report.
  std::string bench;

  void add(scenario::ClientKind kind, Situation situation, const Ending& ending, std::uint32_t times = 1);
  const Counts& counts(scenario::ClientKind kind, Situation situation) const;
  /// How many handshakes were measured.
  std::uint32_t total(scenario::ClientKind kind, Situation situation) const;
  std::uint32_t broken(scenario::ClientKind kind, Situation situation) const;
  /// Of all kinds.
  std::uint32_t total(Situation situation) const;
  std::uint32_t broken(Situation situation) const;

 private:
  std::array<std::array<Counts, situations>, scenario::client_kinds> counts_;
};

/// "TLS 1.2 session-ID", "TLS 1.2 ticket", "TLS 1.3 PSK", "TLS 1.3 early-data", "sessionless"
std::string_view words(scenario::ClientKind kind);

/// One sentence for each kind and situation that was measured: "100 of 100 TLS 1.3 PSK sessions from before the change
/// were reset by the device".
std::vector<std::string> summary(const Measurement& measurement);

/// Those of sessions from before the change and those of which some broke; what else was measured in one sentence more:
/// "without breakage besides: 500 primed, 400 control".
std::vector<std::string> digest(const Measurement& measurement);

}  // namespace twinwire::cutover
