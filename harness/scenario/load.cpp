// SPDX-License-Identifier: Apache-2.0
// A scenario file from text to cells: parse, merge parents, put in settings, multiply by the matrix, and read each cell
// with the tables below. The ladder is read anew for each cell, since a value may stand in any line of it.
#include "harness/scenario/load.hpp"

#include <algorithm>
#include <array>

#include "harness/scenario/expect.hpp"
#include "harness/scenario/inherit.hpp"
#include "harness/scenario/keys.hpp"
#include "harness/scenario/ladder.hpp"
#include "harness/scenario/matrix.hpp"

namespace twinwire::scenario {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view family_words[] = {"ipv4", "ipv6"};
constexpr std::string_view omit_words[] = {"omit"};
// RFC 7323 section 2.3: a shift of 14 at most.
constexpr std::int64_t widest_window = 65'535LL << 14;

constexpr KeySpec end_keys[] = {
    {"port", Type::Integer, "the TCP port", 1, 65'535},
    {"mtu", Type::Integer, "octets of an IP packet", 68, 9'000},
    {"mss", Type::IntegerOrWord, "the MSS option in SYN and SYN-ACK", 1, 65'535, omit_words},
    {"window", Type::Integer, "octets announced, before scaling", 0, widest_window}};
constexpr KeySpec value_keys[] = {{"value", Type::IntegerOrString, "a value of the ladder"}};
constexpr KeySpec part_keys[] = {{"part", Type::String, "a ladder that 'do' walks"}};
constexpr KeySpec any_keys[] = {{"any", Type::Anything, ""}};
constexpr KeySpec script_keys[] = {{"ladder", Type::String, "the lines of the scenario", 0, 0, {}, {}, Need::Required},
                                   {"values", Type::TableOf, "values for the ladder", 0, 0, {}, value_keys},
                                   {"parts", Type::TableOf, "ladders that 'do' walks", 0, 0, {}, part_keys}};
constexpr KeySpec scenario_keys[] = {
    {"format", Type::Anything, "1"},
    {"title", Type::String, "one sentence that states the behaviour", 0, 0, {}, {}, Need::Required},
    {"why", Type::String, "what goes wrong for whom if it does not hold"},
    {"references", Type::Strings, "RFCs and sections"},
    {"tags", Type::Strings, "words to select by"},
    {"family", Type::Word, "the only family in which it makes sense", 0, 0, family_words},
    {"requires", Type::Strings, "capabilities of the bench"},
    {"exclusive", Type::Boolean, "it runs alone on the bench"},
    {"extends", Type::String, "a parent file"},
    {"client", Type::Table, "settings of the client", 0, 0, {}, end_keys},
    {"server", Type::Table, "settings of the server", 0, 0, {}, end_keys},
    {"script", Type::Table, "what happens", 0, 0, {}, script_keys, Need::Required},
    {"matrix", Type::TableOf, "values to multiply by", 0, 0, {}, any_keys},
    {"expect", Type::TableOf, "outcomes of labelled lines", 0, 0, {}, any_keys}};
constexpr std::string_view place = "a scenario";

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

EndConfig read_end(const Node* table) {
  EndConfig end;
  if (table == nullptr) return end;
  const auto number = [&](std::string_view key, auto& into) {
    if (const Node* node = table->find(key)) into = static_cast<std::decay_t<decltype(into)>>(node->integer);
  };
  number("port", end.port);
  number("mtu", end.mtu);
  number("window", end.window);
  if (const Node* mss = table->find("mss")) {
    end.omit_mss = mss->is(Node::Kind::String);
    if (!end.omit_mss) end.mss = static_cast<std::uint16_t>(mss->integer);
  }
  return end;
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

/// What the cells of one file share.
struct Shared {
  std::set<std::string> used_values;
  std::vector<UnmatchedLabel> unmatched;
  std::set<std::string> labels;
};

Scenario read_cell(const Cell& cell, const std::string& id, Shared& shared) {
  const Node& document = cell.document;
  check_keys(document, scenario_keys, std::string(place));
  check_required(document, scenario_keys, std::string(place));
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
  scenario.client = read_end(document.find("client"));
  scenario.server = read_end(document.find("server"));

  const Node& script = *document.find("script");
  const Node* values = script.find("values");
  const Node* parts = script.find("parts");
  if (values != nullptr) check_names(*values);
  if (parts != nullptr) check_names(*parts);
  Scope scope(values, shared.used_values);
  std::vector<ParsedLine> lines = read_ladder(*script.find("ladder"), parts, scope);
  check_references(lines);
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
  return scenario;
}

/// What can be said only when all cells are known.
void check_shared(const Shared& shared, const std::vector<Axis>& axes) {
  for (const UnmatchedLabel& entry : shared.unmatched) {
    if (shared.labels.contains(entry.label)) continue;
    Words known;
    for (const std::string& label : shared.labels) {
      if (!label.empty()) known.push_back(label);
    }
    fail(entry.where, "unknown label " + in_quotes(entry.label) +
                          "; expected a label of a --? or ?-- line in the ladder" + did_you_mean(entry.label, known));
  }
  constexpr std::string_view prefix = "script.values.";
  for (const Axis& axis : axes) {
    if (!axis.path.starts_with(prefix) || shared.used_values.contains(axis.path.substr(prefix.size()))) continue;
    fail(axis.where, "no line of the ladder uses the value " + in_quotes(axis.path.substr(prefix.size())) +
                         "; expected it in the ladder");
  }
}

std::vector<Scenario> read_scenarios(Node document, const std::string& id, const Settings& settings) {
  const std::vector<Axis> axes = apply_settings(document, settings);
  const std::string only_family = string_of(document, "family");
  Shared shared;
  std::vector<Scenario> scenarios;
  for (const Cell& cell : make_cells(document, axes)) {
    Scenario scenario = read_cell(cell, id, shared);
    for (const wire::Family family : {wire::Family::Ipv4, wire::Family::Ipv6}) {
      if (!only_family.empty() && only_family != wire::name(family)) continue;
      scenario.family = family;
      scenarios.push_back(scenario);
    }
  }
  check_shared(shared, axes);
  return scenarios;
}

/// The path from `root` without ".toml"; the bare name for a file elsewhere.
std::string id_of(const fs::path& file, const fs::path& root) {
  fs::path relative = fs::weakly_canonical(file).lexically_relative(fs::weakly_canonical(root));
  if (relative.empty() || *relative.begin() == ".." || relative == ".") relative = file.filename();
  return relative.replace_extension().generic_string();
}

}  // namespace

std::vector<Scenario> load_scenario(const fs::path& file, const fs::path& root, const Settings& settings) {
  return read_scenarios(read_with_parents(file, scenario_keys, std::string(place)), id_of(file, root), settings);
}

std::vector<Scenario> parse_scenario(const std::string& text, const std::string& file, const Settings& settings) {
  Node document = read_document(std::make_shared<SourceFile>(file, text));
  check_document(document, scenario_keys, std::string(place));
  if (const Node* extends = document.find("extends")) {
    fail(phrase_of(*extends).where, "a text without a file has no folder to look in; expected no 'extends'");
  }
  return read_scenarios(std::move(document), fs::path(file).replace_extension().generic_string(), settings);
}

std::vector<fs::path> find_scenarios(const fs::path& path) {
  if (!fs::exists(path)) throw std::runtime_error("There is no file or folder " + path.string() + ".");
  if (!fs::is_directory(path)) return {path};
  std::vector<fs::path> found;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(path)) {
    const std::string name = entry.path().filename().string();
    if (entry.is_regular_file() && entry.path().extension() == ".toml" && !name.starts_with('_'))
      found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace twinwire::scenario
