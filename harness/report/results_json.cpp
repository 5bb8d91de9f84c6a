// SPDX-License-Identifier: Apache-2.0
// Keys stand in the order of the schema; optional ones are left out rather than written as null.
#include "harness/report/results_json.hpp"

#include <nlohmann/json.hpp>

#include "harness/report/cutover.hpp"
#include "harness/report/limits.hpp"

namespace twinwire::report {
namespace {

using Json = nlohmann::ordered_json;

constexpr int result_format = 1;
constexpr double nanoseconds_per_second = 1e9;

double seconds(time::Duration duration) { return static_cast<double>(duration.count()) / nanoseconds_per_second; }

std::string dump(const Json& json, int indent) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace) + "\n";
}

Json finding_json(const Finding& finding) {
  Json json;
  json["layer"] = observe::name(finding.layer);
  json["step"] = finding.step;
  json["text"] = finding.text;
  json["weight"] = judge::name(finding.weight);
  if (!finding.line.empty()) json["line"] = finding.line;
  if (finding.by_device) json["author"] = "device";
  return json;
}

Json cell_json(const CellResult& cell) {
  Json json;
  json["scenario"] = cell.scenario;
  json["cell"] = cell.cell;
  json["family"] = wire::name(cell.family);
  if (cell.repetition > 0) json["repetition"] = cell.repetition;
  json["verdict"] = judge::name(cell.verdict);
  json["seconds"] = seconds(cell.seconds);
  json["findings"] = Json::array();
  for (const Finding& finding : cell.findings) json["findings"].push_back(finding_json(finding));
  if (!cell.diagnosis.empty()) json["diagnosis"] = cell.diagnosis;
  if (!cell.reason.empty()) json["reason"] = cell.reason;
  if (cell.limits) json["limits"] = Json::parse(to_json(*cell.limits));
  if (cell.cutover) json["cutover"] = Json::parse(to_json(*cell.cutover));
  return json;
}

Json head_json(const RunResult& run) {
  Json json;
  json["format"] = result_format;
  json["run"] = run.id;
  json["bench"] = run.bench;
  json["device"] = run.device;
  json["started"] = run.started;
  return json;
}

}  // namespace

std::string result_json(const RunResult& run) {
  Json json = head_json(run);
  json["seconds"] = seconds(run.seconds);
  if (run.interrupted) json["interrupted"] = true;
  if (!run.counters.empty()) json["counters"] = run.counters;
  json["results"] = Json::array();
  std::vector<CellResult> sorted = run.results;
  sort(sorted);
  for (const CellResult& cell : sorted) json["results"].push_back(cell_json(cell));
  return dump(json, 2);
}

std::string run_started_line(const RunResult& run, std::size_t cells) {
  Json json;
  json["event"] = "run-started";
  json["at"] = run.started;
  json.update(head_json(run));
  json["cells"] = cells;
  return dump(json, -1);
}

std::string cell_finished_line(const CellResult& cell, const std::string& at) {
  Json json;
  json["event"] = "cell-finished";
  json["at"] = at;
  json["result"] = cell_json(cell);
  return dump(json, -1);
}

std::string run_finished_line(const RunResult& run, const std::string& at) {
  Json json;
  json["event"] = "run-finished";
  json["at"] = at;
  json["run"] = run.id;
  json["seconds"] = seconds(run.seconds);
  json["interrupted"] = run.interrupted;
  json["results"] = run.results.size();
  return dump(json, -1);
}

}  // namespace twinwire::report
