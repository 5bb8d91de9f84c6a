// SPDX-License-Identifier: Apache-2.0
// `judge`: a pure function from what was recorded to what it means.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "harness/observe/transit.hpp"
#include "harness/scenario/bench_spec.hpp"
#include "harness/scenario/scenario.hpp"

namespace twinwire::judge {

/// Only ever worsened, in this order; Skip stands aside.
enum class Verdict : std::uint8_t { Pass, Inconclusive, Fail, Error, Skip };
/// "pass", "inconclusive", "fail", "error", "skip".
std::string_view name(Verdict verdict);
inline Verdict worse(Verdict a, Verdict b) { return a < b ? b : a; }

struct Finding {
  observe::Layer layer{};
  Verdict weight = Verdict::Fail;  ///< what it does to the verdict; Pass: worth saying, harmless
  int step = -1;                   ///< index into Scenario::steps, -1: none
  std::string text;                ///< one sentence in an engineer's words
  bool by_device = false;          ///< it is about a packet that the device made: `author` in the results
};

/// Who made a RST, a FIN or an alert.
enum class Author : std::uint8_t { Unknown, End, Device };

/// How a live act came out, whatever was expected of it.
struct ActEnding {
  scenario::Outcome::Kind kind{};  ///< of a TLS act that completes: Resumed or Full
  std::optional<int> alert;        ///< its description (RFC 8446 section 6.2)
  Author author = Author::Unknown;
};

struct Result {
  Verdict verdict = Verdict::Pass;
  std::vector<Finding> findings;  ///< in the order of the ladder
  std::vector<observe::Transit> transits;
  std::map<int, ActEnding> acts;  ///< by step, of those that were walked to their end
  std::string diagnosis;          ///< one sentence that names the signature of a failure; "" if there is none
};

/// The verdict of one cell. Reads nothing but its arguments: no clock, no file, no name of a device.
Result judge(const scenario::Scenario& scenario, const scenario::BenchSpec& bench,
             const observe::Transcript& transcript);

}  // namespace twinwire::judge
