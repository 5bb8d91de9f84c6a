// SPDX-License-Identifier: Apache-2.0
// The header and the ends are read first, because the ladder may follow from them; then the ladder, then what all its
// lines together ask of the ends and of the bench, and last what is expected of its labels.
#include "harness/scenario/cell.hpp"

#include <algorithm>
#include <array>

#include "harness/scenario/connections.hpp"
#include "harness/scenario/ends.hpp"
#include "harness/scenario/ladder.hpp"
#include "harness/scenario/live_acts.hpp"
#include "harness/scenario/population_table.hpp"
#include "harness/scenario/scenario_keys.hpp"
#include "harness/scenario/tls_tables.hpp"

namespace twinwire::scenario {
namespace {

// A value of one of these names could never be meant by it.
constexpr std::array<std::string_view, 7> taken_names{"iss", "irs", "new", "other", "a", "bad", "x"};

void check_names(const Node& table) {
  for (const Member& member : table.members) {
    const bool taken = std::find(taken_names.begin(), taken_names.end(), member.key) != taken_names.end();
    if (taken) fail(member.key_where, in_quotes(member.key) + " is a word of the ladder; expected another name");
    if (!is_name(member.key))
      fail(member.key_where,
           in_quotes(member.key) + " is no name; expected letters, digits, - and _, beginning with a letter");
  }
}

void add_once(std::vector<std::string>& list, const std::string& word) {
  if (std::find(list.begin(), list.end(), word) == list.end()) list.push_back(word);
}

/// What the ladder asks of a bench without saying so.
void add_implied(const Step& step, Scenario& scenario) {
  if (const auto* packet = std::get_if<Packet>(&step.what)) {
    if (is_end(packet->from.party) && is_end(packet->to.party)) add_once(scenario.capabilities, "segments");
    return;
  }
  const Act& act = std::get<Act>(step.what);
  if (std::holds_alternative<Forgets>(act.what) && act.who.party == Party::Device) {
    add_once(scenario.capabilities, "device-forgets");
  }
  if (const auto* applies = std::get_if<Applies>(&act.what)) {
    add_once(scenario.capabilities, "apply:" + applies->change);
    scenario.exclusive = true;
  }
}

void check_family(const ParsedLine& line, const Node& document) {
  const auto* packet = std::get_if<Packet>(&line.step.what);
  if (packet == nullptr || string_of(document, "family") == "ipv4") return;
  const auto* again = std::get_if<Again>(&packet->segment);
  const SegmentSpec& spec = again != nullptr ? again->overrides : std::get<SegmentSpec>(packet->segment);
  if (spec.find(Key::IpId) != nullptr)
    fail(line.where, "only an IPv4 packet has the field 'ipid'; expected family = \"ipv4\" in this file");
}

/// What a program asks of a bench.
void add_program(const EndConfig& end, Scenario& scenario) {
  if (!end.program) return;
  add_once(scenario.capabilities, "programs");
  for (const std::string& program : end.program->needs) add_once(scenario.capabilities, "program:" + program);
}

Scenario read_header(const Node& document, const Cell& cell, const std::string& id) {
  Scenario scenario;
  scenario.id = id;
  scenario.cell = cell.name;
  scenario.file = document.where.file->name();
  scenario.title = string_of(document, "title");
  scenario.why = string_of(document, "why");
  scenario.references = strings_of(document, "references");
  scenario.tags = strings_of(document, "tags");
  scenario.capabilities = strings_of(document, "requires");
  scenario.exclusive = boolean_of(document, "exclusive");
  scenario.client = read_end(document.find("client"), "[client]");
  scenario.server = read_end(document.find("server"), "[server]");
  scenario.tls = read_tls(document);
  scenario.population = read_population(document);
  if (scenario.population) {
    if (!scenario.tls) scenario.tls.emplace();
    add_once(scenario.capabilities, "apply:" + scenario.population->change);
    scenario.exclusive = true;
  }
  add_program(scenario.client, scenario);
  add_program(scenario.server, scenario);
  return scenario;
}

/// A ladder that is written, or that follows from the ends.
Node ladder_of(const Node& document, const Scenario& scenario) {
  if (const Node* script = document.find("script")) return *script->find("ladder");
  if (auto ladder = implied_ladder(document, scenario)) return *std::move(ladder);
  const Keys keys = scenario_keys();
  const auto script = std::find_if(keys.begin(), keys.end(), [](const KeySpec& key) { return key.name == "script"; });
  fail(document.where, "missing 'script' in " + std::string(scenario_place) + "; expected " + describe(*script) +
                           ", unless [client] tls or program says it");
}

std::vector<ParsedLine> read_lines(const Node& document, const Scenario& scenario, Scope& scope) {
  const Node ladder = ladder_of(document, scenario);
  std::vector<ParsedLine> lines = read_ladder(ladder, find_path(document, "script.parts"), scope);
  check_references(lines);
  return lines;
}

}  // namespace

void check_value_used(const std::string& path, const Span& where, const Shared& shared) {
  constexpr std::string_view prefix = "script.values.";
  if (!path.starts_with(prefix) || shared.used_values.contains(path.substr(prefix.size()))) return;
  fail(where,
       "no line of the ladder uses the value " + in_quotes(path.substr(prefix.size())) + "; expected it in the ladder");
}

Scenario read_cell(const Cell& cell, const std::string& id, Shared& shared) {
  const Node& document = cell.document;
  check_keys(document, scenario_keys(), std::string(scenario_place));
  check_required(document, scenario_keys(), std::string(scenario_place));
  Scenario scenario = read_header(document, cell, id);
  const Node* values = find_path(document, "script.values");
  const Node* parts = find_path(document, "script.parts");
  if (values != nullptr) check_names(*values);
  if (parts != nullptr) check_names(*parts);
  Scope scope(values, shared.used_values);
  std::vector<ParsedLine> lines = read_lines(document, scenario, scope);
  check_acts(lines, document, scenario);
  check_connections(lines, scenario);
  for (const ParsedLine& line : lines) {
    check_family(line, document);
    add_implied(line.step, scenario);
    shared.labels.insert(line.step.label);
  }
  if (const Node* expect = document.find("expect")) {
    const auto unmatched = read_expect(*expect, lines, scope, scenario);
    shared.unmatched.insert(shared.unmatched.end(), unmatched.begin(), unmatched.end());
  }
  for (ParsedLine& line : lines) scenario.steps.push_back(std::move(line.step));
  if (document.find("script") == nullptr) imply_expectations(scenario);
  return scenario;
}

}  // namespace twinwire::scenario
