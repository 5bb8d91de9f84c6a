// SPDX-License-Identifier: Apache-2.0
// Everything that one judgement looks at, and the findings it collects.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "harness/judge/replay.hpp"
#include "harness/judge/verdict.hpp"

namespace twinwire::judge {

using observe::Layer;
using observe::Transit;

struct Case {
  const scenario::Scenario& scenario;
  const scenario::BenchSpec& bench;
  const observe::Transcript& transcript;
  const std::vector<Transit>& transits;
  const Replay& replay;
  std::vector<Finding> findings;
  std::map<int, ActEnding> acts;       ///< how live acts came out, by step
  std::set<const Transit*> explained;  ///< frames of the device's making that a line accounts for

  /// Nothing stands between the wires: the baseline, where a line can only show that it would be carried.
  bool bare_wire() const { return bench.device.kind == "wire"; }
  void find(Layer layer, Verdict weight, int step, std::string text) {
    findings.push_back({layer, weight, step, std::move(text), false});
  }
  /// The transits of the frames that `step` sent.
  std::vector<const Transit*> of_step(int step) const;
  /// What the device made during `step` and put on the wire of `toward`.
  std::vector<const Transit*> made_during(int step, Party toward) const;
  std::optional<wire::Packet> sent(const Transit& transit) const;
  std::optional<wire::Packet> received(const Transit& transit) const;
};

/// A line between two ends: did its packets do what the arrow says?
void judge_line(Case& now, int index);
/// A line to or from the device.
void judge_device_line(Case& now, int index);
/// An act in which nobody speaks.
void judge_act(Case& now, int index);
/// An act during which the ends spoke for themselves.
void judge_live_act(Case& now, int index);
bool is_live(const scenario::Act& act);
/// Frames that nothing explains, and what the tail check showed.
void judge_rest(Case& now);
/// Whether the device answered a SYN in the server's name, and then let nothing of the client's through.
bool leads_nowhere(const Case& now);
/// One sentence that names the signature of what went wrong; "" if nothing did or no signature fits.
std::string diagnose(const Case& now);

}  // namespace twinwire::judge
