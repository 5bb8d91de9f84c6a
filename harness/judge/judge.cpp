// SPDX-License-Identifier: Apache-2.0
// Step by step down the ladder, then what no step explains, then the worst of it all. Inconclusive is what our own side
// could not establish; error is what it did wrong; fail is the device's.
#include <algorithm>

#include "harness/judge/case.hpp"
#include "harness/judge/words.hpp"

namespace twinwire::judge {
namespace {

void judge_step(Case& now, std::size_t index) {
  const StepRecord& record = now.replay.step(index);
  const int step = static_cast<int>(index);
  if (record.failed)
    now.find(Layer::Harness, Verdict::Error, step, "the step could not be carried out: " + *record.failed);
  if (record.passed || !record.begun) return;
  const auto& what = now.scenario.steps[index].what;
  if (const auto* act = std::get_if<scenario::Act>(&what)) {
    is_live(*act) ? judge_live_act(now, step) : judge_act(now, step);
    return;
  }
  const auto& line = std::get<scenario::Packet>(what);
  const bool device = line.from.party == Party::Device || line.to.party == Party::Device;
  if (device && now.bare_wire()) return;
  if (device) {
    judge_device_line(now, step);
  } else {
    judge_line(now, step);
  }
}

/// Over the bare wire a ladder ends where the device should have spoken.
bool ended_at_the_device(const Case& now) {
  for (std::size_t i = now.scenario.steps.size(); i-- > 0;) {
    if (!now.replay.step(i).begun) continue;
    const auto* line = std::get_if<scenario::Packet>(&now.scenario.steps[i].what);
    return line != nullptr && (line->from.party == Party::Device || line->to.party == Party::Device);
  }
  return false;
}

void judge_completeness(Case& now) {
  if (!now.replay.complete()) {
    now.find(Layer::Harness, Verdict::Inconclusive, -1, "the transcript ends before the run did");
    return;
  }
  const bool settled = std::ranges::any_of(now.findings, [](const Finding& f) { return f.weight != Verdict::Pass; });
  if (settled || (now.bare_wire() && ended_at_the_device(now))) return;
  for (std::size_t i = 0; i < now.scenario.steps.size(); ++i) {
    if (!now.replay.step(i).not_reached) continue;
    now.find(Layer::Harness, Verdict::Inconclusive, static_cast<int>(i), "the run was interrupted before this line");
    return;
  }
}

}  // namespace

std::string_view name(Verdict verdict) {
  switch (verdict) {
    case Verdict::Pass:
      return "pass";
    case Verdict::Inconclusive:
      return "inconclusive";
    case Verdict::Fail:
      return "fail";
    case Verdict::Error:
      return "error";
    case Verdict::Skip:
      break;
  }
  return "skip";
}

std::vector<const Transit*> Case::of_step(int step) const {
  std::vector<const Transit*> found;
  for (const Transit& transit : transits) {
    if (transit.step == step && transit.sent) found.push_back(&transit);
  }
  return found;
}

std::vector<const Transit*> Case::made_during(int step, Party toward) const {
  std::vector<const Transit*> found;
  for (const Transit& transit : transits) {
    if (transit.fate == Transit::Fate::Made && transit.step == step && transit.to == toward) found.push_back(&transit);
  }
  return found;
}

std::optional<wire::Packet> Case::sent(const Transit& transit) const {
  return transit.sent ? wire::decode(transcript.events[*transit.sent].frame) : std::nullopt;
}

std::optional<wire::Packet> Case::received(const Transit& transit) const {
  return transit.received.empty() ? std::nullopt : wire::decode(transcript.events[transit.received.front()].frame);
}

Result judge(const scenario::Scenario& scenario, const scenario::BenchSpec& bench,
             const observe::Transcript& transcript) {
  Result result;
  result.transits = observe::transits(transcript, bench);
  const Replay replay(scenario, transcript, result.transits);
  Case now{scenario, bench, transcript, result.transits, replay, {}, {}, {}};
  for (std::size_t i = 0; i < scenario.steps.size(); ++i) judge_step(now, i);
  judge_rest(now);
  judge_completeness(now);
  for (const Finding& finding : now.findings) result.verdict = worse(result.verdict, finding.weight);
  if (result.verdict == Verdict::Fail) result.diagnosis = diagnose(now);
  std::ranges::stable_sort(now.findings, {}, [](const Finding& f) { return f.step < 0 ? 1 << 30 : f.step; });
  result.findings = std::move(now.findings);
  result.acts = std::move(now.acts);
  return result;
}

}  // namespace twinwire::judge
