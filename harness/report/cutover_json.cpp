// SPDX-License-Identifier: Apache-2.0
// All times are seconds; those of a curve count from the change. A curve is written as one array for each count, minute
// by minute, as programs draw them; outcomes that never occurred are left out.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "harness/report/cutover.hpp"

namespace twinwire::report {
namespace {

using Json = nlohmann::ordered_json;
using scenario::ClientKind;

constexpr double nanoseconds_per_second = 1e9;

double seconds(time::Duration duration) { return static_cast<double>(duration.count()) / nanoseconds_per_second; }

void put(Json& json, const char* key, const std::optional<time::Duration>& duration) {
  if (duration) json[key] = seconds(*duration);
}

Json policy_json(const scenario::LifetimePolicy& policy) {
  Json json;
  json["name"] = policy.name;
  json["lifetime"] = seconds(policy.lifetime);
  put(json, "lowered_to", policy.lowered_to);
  if (policy.lowered_to || policy.forgets) json["lowered_before"] = seconds(policy.lowered_before);
  if (policy.forgets) json["forgets"] = true;
  return json;
}

Json returns_json(const scenario::Returns& returns) {
  Json json;
  json["distribution"] = scenario::name(returns.distribution);
  if (returns.distribution == scenario::Returns::Distribution::Uniform) {
    json["least"] = seconds(returns.least);
    json["most"] = seconds(returns.most);
  } else {
    json["mean"] = seconds(returns.mean);
  }
  return json;
}

Json population_json(const scenario::Population& population) {
  Json json;
  json["clients"] = population.clients;
  json["kinds"] = Json::object();
  for (const ClientKind kind : scenario::all_client_kinds)
    json["kinds"][std::string(scenario::name(kind))] = population.shares.at(static_cast<std::size_t>(kind));
  json["returns"] = returns_json(population.returns);
  json["change"] = population.change;
  json["before"] = seconds(population.before);
  json["after"] = seconds(population.after);
  json["minute"] = seconds(population.minute);
  json["keeps_broken"] = population.keeps_broken;
  json["sessions"] = population.sessions;
  json["walked"] = population.walked;
  json["scale"] = population.scale;
  json["policy"] = Json::array();
  for (const auto& policy : population.policies) json["policy"].push_back(policy_json(policy));
  return json;
}

const char* author_word(cutover::Author author) { return author == cutover::Author::Device ? "device" : "end"; }

Json measurement_json(const cutover::Measurement& measurement) {
  Json json = Json::array();
  for (std::size_t at = 0; at < cutover::situations; ++at) {
    const auto situation = static_cast<cutover::Situation>(at);
    for (const ClientKind kind : scenario::all_client_kinds) {
      for (const auto& [ending, count] : measurement.counts(kind, situation)) {
        Json entry;
        entry["situation"] = cutover::name(situation);
        entry["kind"] = scenario::name(kind);
        entry["outcome"] = cutover::name(ending.outcome);
        if (ending.alert) entry["alert"] = *ending.alert;
        if (ending.author != cutover::Author::Unknown) entry["author"] = author_word(ending.author);
        entry["count"] = count;
        json.push_back(std::move(entry));
      }
    }
  }
  return json;
}

template <typename Count>
Json counts_json(const cutover::Curve& curve, Count count) {
  Json json = Json::array();
  for (const cutover::Minute& minute : curve.minutes) json.push_back(count(minute));
  return json;
}

Json minutes_json(const cutover::Curve& curve) {
  using cutover::Minute;
  Json json;
  json["connections"] = counts_json(curve, [](const Minute& minute) { return minute.connections; });
  json["offers"] = counts_json(curve, [](const Minute& minute) { return minute.offers; });
  json["broken"] = counts_json(curve, [](const Minute& minute) { return minute.broken(); });
  for (std::size_t at = 0; at < cutover::outcomes; ++at) {
    const auto outcome = static_cast<cutover::Outcome>(at);
    const bool seen =
        std::ranges::any_of(curve.minutes, [&](const Minute& minute) { return minute.count(outcome) > 0; });
    if (seen)
      json[std::string(cutover::name(outcome))] =
          counts_json(curve, [&](const Minute& minute) { return minute.count(outcome); });
  }
  return json;
}

Json curve_json(const cutover::Curve& curve, const char* made) {
  Json json;
  json["policy"] = curve.policy;
  json["made"] = made;
  json["connections"] = curve.connections;
  json["offers"] = curve.offers;
  json["broken"] = curve.broken;
  json["broken_clients"] = curve.broken_clients;
  put(json, "last_breakage", curve.last_breakage);
  if (curve.holders) json["holders"] = *curve.holders;
  put(json, "last_of_before", curve.last_of_before);
  json["minutes"] = minutes_json(curve);
  return json;
}

Json toll_json(const cutover::Toll& toll) {
  Json json;
  json["policy"] = policy_json(toll.policy);
  json["broken_clients"] = toll.clients;
  json["broken"] = toll.connections;
  put(json, "last_breakage", toll.last);
  return json;
}

Json plan_json(const cutover::Plan& plan) {
  Json json;
  json["deadline"] = seconds(plan.deadline);
  json["without"] = toll_json(plan.without);
  json["lowered"] = toll_json(plan.lowered);
  json["lowering_is_enough"] = plan.lowering_is_enough;
  json["forgotten"] = toll_json(plan.forgotten);
  json["forgetting_is_enough"] = plan.forgetting_is_enough;
  json["at_the_change"] = toll_json(plan.at_the_change);
  put(json, "longest", plan.longest);
  return json;
}

Json difference_json(const cutover::Difference& difference) {
  Json json;
  json["policy"] = difference.policy;
  json["minute"] = difference.minute;
  json["computed"] = difference.computed;
  json["walked"] = difference.walked;
  json["points"] = difference.points();
  return json;
}

}  // namespace

std::string to_json(const cutover::Finding& finding) {
  Json json;
  json["kind"] = cutover::name(finding.kind);
  json["statement"] = finding.statement;
  json["seed"] = finding.seed;
  json["population"] = population_json(finding.population);
  if (!finding.measurement.bench.empty()) json["bench"] = finding.measurement.bench;
  json["measurement"] = measurement_json(finding.measurement);
  json["measured"] = finding.measured;
  json["curves"] = Json::array();
  for (const cutover::Curve& curve : finding.computed) json["curves"].push_back(curve_json(curve, "computed"));
  for (const cutover::Curve& curve : finding.walked) json["curves"].push_back(curve_json(curve, "walked"));
  if (finding.difference) json["difference"] = difference_json(*finding.difference);
  if (finding.plan) json["plan"] = plan_json(*finding.plan);
  json["notes"] = finding.notes;
  json["advice"] = finding.advice;
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace twinwire::report
