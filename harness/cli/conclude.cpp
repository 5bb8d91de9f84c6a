// SPDX-License-Identifier: Apache-2.0
// A failure of our own is an event without a step at the end of the transcript. Whatever else the judge found, the cell
// is then an error, and so is one that fails over a plain wire too: no device can be blamed for either.
#include "harness/cli/conclude.hpp"

#include <algorithm>
#include <optional>
#include <string>

namespace twinwire::cli {
namespace {

using judge::Verdict;

void add_fault(report::CellResult& result, const std::string& text) {
  report::Finding fault;
  fault.layer = observe::Layer::Harness;
  fault.weight = Verdict::Error;
  fault.text = text;
  result.findings.insert(result.findings.begin(), fault);
  result.verdict = Verdict::Error;
  result.diagnosis.clear();
}

/// The change that a capability is about.
std::optional<std::string> change_of(const std::string& capability) {
  constexpr std::string_view apply = "apply:";
  if (!capability.starts_with(apply)) return std::nullopt;
  return capability.substr(apply.size());
}

/// An outcome that needs no device to come about.
bool comes_through(const scenario::Outcome& outcome) {
  using Kind = scenario::Outcome::Kind;
  return outcome.kind == Kind::Crossed || outcome.kind == Kind::Completes || outcome.kind == Kind::Resumed ||
         outcome.kind == Kind::Full || (outcome.kind == Kind::Count && outcome.most > 0);
}

}  // namespace

observe::Transcript with_error(run::Walked walked) {
  if (!walked.error.empty()) {
    observe::Event failed;
    failed.kind = observe::Event::Kind::Failed;
    if (!walked.transcript.events.empty()) failed.at = walked.transcript.events.back().at;
    failed.text = walked.error;
    walked.transcript.events.push_back(failed);
  }
  return std::move(walked.transcript);
}

Recording take_error(observe::Transcript transcript) {
  Recording recording{std::move(transcript), ""};
  auto& events = recording.transcript.events;
  if (!events.empty() && events.back().kind == observe::Event::Kind::Failed && events.back().step < 0) {
    recording.error = events.back().text.empty() ? "the walk ended without saying why" : events.back().text;
    events.pop_back();
  }
  return recording;
}

report::CellResult conclude(const scenario::Scenario& scenario, const Recording& recording, const judge::Result& judged,
                            const std::string& baseline_fault, report::Charset charset) {
  judge::Result marked = judged;
  if (!recording.error.empty() || !baseline_fault.empty()) marked.verdict = Verdict::Error;
  report::CellResult result = report::describe(scenario, recording.transcript, marked, charset);
  if (!baseline_fault.empty()) add_fault(result, "fails on a plain wire too: " + baseline_fault);
  if (!recording.error.empty()) add_fault(result, recording.error);
  return result;
}

scenario::BenchSpec plain_wire() {
  scenario::BenchSpec spec;
  spec.name = "plain wire";
  spec.world = scenario::World::Simulation;
  spec.profile = scenario::Profile::Transparent;
  spec.ordered = true;
  spec.client.address = {*wire::parse_prefix("198.18.1.2/24"), *wire::parse_prefix("2001:2:0:1::2/64")};
  spec.server.address = {*wire::parse_prefix("198.18.1.3/24"), *wire::parse_prefix("2001:2:0:1::3/64")};
  spec.device.kind = "wire";
  spec.device.layer = 2;
  return spec;
}

scenario::BenchSpec plain_wire(const std::vector<const scenario::Scenario*>& cells) {
  scenario::BenchSpec spec = plain_wire();
  for (const scenario::Scenario* cell : cells) {
    for (const std::string& capability : cell->capabilities) {
      if (const auto change = change_of(capability)) spec.apply[*change] = {};
    }
  }
  return spec;
}

bool changes_device(const scenario::Scenario& scenario) {
  return std::ranges::any_of(scenario.capabilities, [](const auto& c) { return change_of(c).has_value(); });
}

bool has_baseline(const scenario::Scenario& scenario) {
  if (scenario.client.program || scenario.server.program) return false;
  return !changes_device(scenario) || std::ranges::all_of(scenario.expect, [](const auto& entry) {
    return std::ranges::any_of(entry.second, comes_through);
  });
}

std::string fault_of_baseline(const scenario::Scenario& scenario, const Recording& recording) {
  if (!recording.error.empty()) return recording.error;
  const judge::Result judged = judge::judge(scenario, plain_wire(), recording.transcript);
  if (judged.verdict == Verdict::Pass) return "";
  for (const judge::Finding& finding : judged.findings) {
    const std::string step = finding.step < 0 ? "" : "step " + std::to_string(finding.step + 1) + ": ";
    if (finding.weight == judged.verdict) return step + finding.text;
  }
  return "its verdict there is " + std::string(judge::name(judged.verdict));
}

}  // namespace twinwire::cli
