// SPDX-License-Identifier: Apache-2.0
// One JSON object; cells stand in the order in which they were given to the run.
#include "harness/report/stored_plan.hpp"

#include "harness/report/json_reader.hpp"

namespace twinwire::report {
namespace {

constexpr int plan_format = 1;

Json cell_json(const PlannedCell& cell) {
  Json json;
  json["scenario"] = cell.scenario;
  json["cell"] = cell.cell;
  json["family"] = wire::name(cell.family);
  if (cell.repetition > 0) json["repetition"] = cell.repetition;
  if (cell.reason.empty()) {
    json["transcript"] = cell.stem;
  } else {
    json["skipped"] = cell.reason;
  }
  return json;
}

PlannedCell read_cell(const JsonReader& json) {
  PlannedCell cell;
  cell.scenario = json.text("scenario");
  cell.cell = json.text("cell");
  const std::string family = json.text("family");
  if (family != "ipv4" && family != "ipv6") json.wrong("\"family\" must be ipv4 or ipv6");
  cell.family = family == "ipv4" ? wire::Family::Ipv4 : wire::Family::Ipv6;
  cell.repetition = static_cast<int>(json.integer_or("repetition", 0));
  cell.reason = json.text_or("skipped", "");
  if (cell.reason.empty()) cell.stem = json.text("transcript");
  return cell;
}

}  // namespace

std::string plan_json(const StoredPlan& plan) {
  Json json;
  json["format"] = plan_format;
  json["run"] = plan.run;
  json["twinwire"] = plan.version;
  json["started"] = plan.started;
  json["command"] = plan.command;
  json["seed"] = plan.seed;
  json["settings"] = Json::object();
  for (const auto& [path, value] : plan.settings) json["settings"][path] = value;
  json["scenarios"] = Json::array();
  for (const PlannedFile& file : plan.files) json["scenarios"].push_back({{"file", file.file}, {"root", file.root}});
  json["cells"] = Json::array();
  for (const PlannedCell& cell : plan.cells) json["cells"].push_back(cell_json(cell));
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

StoredPlan read_plan_json(const std::string& text, const std::string& file) {
  const JsonReader json(text, file);
  if (json.integer("format") != plan_format) json.wrong("\"format\" must be 1");
  StoredPlan plan;
  plan.run = json.text("run");
  plan.version = json.text("twinwire");
  plan.started = json.text("started");
  plan.command = json.text("command");
  plan.seed = json.unsigned_integer("seed");
  plan.settings = json.text_map("settings");
  for (const JsonReader& entry : json.objects("scenarios"))
    plan.files.push_back({entry.text("file"), entry.text("root")});
  for (const JsonReader& entry : json.objects("cells")) plan.cells.push_back(read_cell(entry));
  return plan;
}

}  // namespace twinwire::report
