// SPDX-License-Identifier: Apache-2.0
// The words are the finding's own; here they are only put in order. In JSON all times are seconds, whatever the sweep
// counts in; an edge is named by its values, under which the points have everything that was measured there.
#include "harness/report/limits.hpp"

#include <nlohmann/json.hpp>

namespace twinwire::report {
namespace {

using Json = nlohmann::ordered_json;

constexpr double nanoseconds_per_second = 1e9;

double seconds(std::int64_t nanoseconds) { return static_cast<double>(nanoseconds) / nanoseconds_per_second; }

/// A value of the swept path.
Json value_json(const limits::Finding& finding, std::int64_t value) {
  if (finding.duration) return seconds(value);
  return value;
}

Json limit_json(const limits::Finding& finding, std::uint64_t measure) {
  if (finding.kind == limits::Kind::Time) return seconds(static_cast<std::int64_t>(measure));
  return measure;
}

Json point_json(const limits::Finding& finding, const limits::Point& point) {
  const limits::Observation& seen = point.seen;
  Json json;
  json["value"] = value_json(finding, point.value);
  json["passed"] = point.passed;
  json["failed"] = point.failed;
  json["octets"] = seen.octets;
  json["packets"] = seen.packets;
  json["records"] = seen.records;
  json["payload_per_segment"] = seen.payload_per_segment;
  if (seen.octets_per_record > 0) json["octets_per_record"] = seen.octets_per_record;
  json["timestamps"] = seen.timestamps == limits::Timestamps::Present;
  json["span"] = seconds(seen.span.count());
  if (seen.failed_after) json["failed_after"] = seconds(seen.failed_after->count());
  json["took"] = seconds(seen.took.count());
  if (!seen.client_saw.empty()) json["client_saw"] = seen.client_saw;
  if (!seen.server_saw.empty()) json["server_saw"] = seen.server_saw;
  if (!seen.verdict.empty()) json["verdict"] = seen.verdict;
  return json;
}

Json line_json(const limits::Finding& finding, const limits::Line& line) {
  Json json;
  json["settings"] = Json::object();
  for (const auto& [path, value] : line.settings) json["settings"][path] = value;
  json["outcome"] = limits::name(line.outcome);
  const limits::Boundary& edge = line.boundary;
  if (edge.passes) json["passes"] = value_json(finding, edge.passes->value);
  if (edge.fails) json["fails"] = value_json(finding, edge.fails->value);
  if (edge.always_fails) json["all_failed_from"] = value_json(finding, edge.always_fails->value);
  if (edge.race()) json["race"] = true;
  json["probes"] = line.probes;
  if (line.inconclusive > 0) json["inconclusive"] = line.inconclusive;
  if (!line.reason.empty()) json["reason"] = line.reason;
  json["points"] = Json::array();
  for (const limits::Point& point : line.points) json["points"].push_back(point_json(finding, point));
  return json;
}

const char* unit(limits::Kind kind) {
  switch (kind) {
    case limits::Kind::Octets:
      return "octets";
    case limits::Kind::Packets:
      return "packets";
    case limits::Kind::Records:
      return "records";
    case limits::Kind::Time:
      return "seconds";
    case limits::Kind::None:
    case limits::Kind::Unclear:
      break;
  }
  return "";
}

}  // namespace

std::string to_json(const limits::Finding& finding) {
  Json json;
  json["path"] = finding.path;
  json["from"] = value_json(finding, finding.from);
  json["to"] = value_json(finding, finding.to);
  json["kind"] = limits::name(finding.kind);
  json["statement"] = finding.statement;
  if (finding.limit) json["limit"] = limit_json(finding, *finding.limit);
  if (finding.fails_at) json["fails_at"] = limit_json(finding, *finding.fails_at);
  if (finding.limit) json["unit"] = unit(finding.kind);
  json["fitting"] = Json::array();
  for (const limits::Kind kind : finding.fitting) json["fitting"].push_back(limits::name(kind));
  json["notes"] = finding.notes;
  json["advice"] = finding.advice;
  if (!finding.client_saw.empty()) json["client_saw"] = finding.client_saw;
  if (!finding.server_saw.empty()) json["server_saw"] = finding.server_saw;
  json["probes"] = finding.probes;
  json["inconclusive"] = finding.inconclusive;
  json["complete"] = finding.complete;
  json["lines"] = Json::array();
  for (const limits::Line& line : finding.lines) json["lines"].push_back(line_json(finding, line));
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::vector<TextLine> limit_lines(const limits::Finding& finding, Charset charset) {
  std::vector<TextLine> lines{{"  " + finding.statement, Emphasis::Strong}};
  const auto say = [&](const std::string& text) { lines.push_back({"  " + text, Emphasis::None}); };
  if (!finding.client_saw.empty() || !finding.server_saw.empty()) {
    const auto seen = [](const std::string& words) { return words.empty() ? std::string("nothing") : words; };
    say("where it fails first the client saw " + seen(finding.client_saw) + ", the server saw " +
        seen(finding.server_saw));
  }
  for (const std::string& advice : finding.advice) say("advice: " + advice);
  for (const std::string& note : finding.notes) say("note: " + note);
  say(std::to_string(finding.probes) + (finding.probes == 1 ? " probe" : " probes") +
      (finding.inconclusive > 0 ? ", and " + std::to_string(finding.inconclusive) + " inconclusive" : ""));
  for (TextLine& line : lines) line.text = in_charset(line.text, charset);
  const std::vector<TextLine> plot = limit_plot(finding, charset);
  if (!plot.empty()) lines.push_back({"", Emphasis::None});
  lines.insert(lines.end(), plot.begin(), plot.end());
  return lines;
}

}  // namespace twinwire::report
