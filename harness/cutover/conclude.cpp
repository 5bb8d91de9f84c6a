// SPDX-License-Identifier: Apache-2.0
// First what kind of cut-over it is, by what was measured: whatever breaks although no old session is concerned
// decides, as no lifetime helps there. Then the curves, and the plan that follows from them.
#include <algorithm>

#include "harness/cutover/plan.hpp"
#include "harness/cutover/words.hpp"

namespace twinwire::cutover {
namespace {

constexpr std::array<std::string_view, 5> kind_names{"nothing-held", "nothing-breaks", "old-sessions",
                                                     "full-handshakes", "after-change"};

Kind kind_of(const Measurement& measurement) {
  if (measurement.broken(Situation::Full) > 0) return Kind::FullHandshakes;
  if (measurement.broken(Situation::New) > 0) return Kind::AfterChange;
  if (measurement.broken(Situation::Old) + measurement.broken(Situation::Declined) > 0) return Kind::OldSessions;
  return measurement.total(Situation::Old) == 0 ? Kind::NothingHeld : Kind::NothingBreaks;
}

/// "300 of 300 resumptions"
std::string share(const Measurement& measurement, Situation situation, const std::string& what) {
  return std::to_string(measurement.broken(situation)) + " of " + std::to_string(measurement.total(situation)) + " " +
         what;
}

std::string statement(const Finding& finding) {
  const Measurement& measurement = finding.measurement;
  const std::string old = share(measurement, Situation::Old, "resumptions of sessions from before the change");
  const std::string full = share(measurement, Situation::Full, "full handshakes");
  switch (finding.kind) {
    case Kind::NothingHeld:
      return "nobody holds a session from before the change, so no resumption of one can break: that is why a lab sees "
             "nothing";
    case Kind::NothingBreaks:
      return "the change breaks nothing: " + old + " break, and " + full;
    case Kind::OldSessions:
      if (measurement.broken(Situation::Old) > 0) return old + " break, and " + full;
      return share(measurement, Situation::Declined, "sessions that the server no longer takes") +
             " break after the change, and " + full;
    case Kind::FullHandshakes:
      return full + " break after the change, and " + old;
    case Kind::AfterChange:
      break;
  }
  return share(measurement, Situation::New, "resumptions of sessions from after the change") + " break, and " + full;
}

void compare(Finding& finding) {
  for (const Curve& walked : finding.walked) {
    const auto computed = std::ranges::find(finding.computed, walked.policy, &Curve::policy);
    if (computed == finding.computed.end()) continue;
    const auto here = largest_difference(*computed, walked);
    if (here && (!finding.difference || here->points() > finding.difference->points())) finding.difference = here;
  }
}

}  // namespace

std::string_view name(Kind kind) { return kind_names.at(static_cast<std::size_t>(kind)); }

Finding conclude(const scenario::Population& population, std::uint64_t seed, const Measurement& measurement,
                 std::vector<Curve> walked) {
  Finding finding;
  finding.population = population;
  finding.seed = seed;
  finding.measurement = measurement;
  finding.kind = kind_of(measurement);
  finding.statement = statement(finding);
  finding.measured = summary(measurement);
  const std::vector<Visit> all = visits(population, seed);
  for (const scenario::LifetimePolicy& policy : population.policies)
    finding.computed.push_back(project(population, policy, all, measurement, seed));
  finding.walked = std::move(walked);
  compare(finding);
  finding.plan = plan(finding, all);
  note(finding);
  advise(finding);
  return finding;
}

}  // namespace twinwire::cutover
