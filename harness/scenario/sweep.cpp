// SPDX-License-Identifier: Apache-2.0
// Paths may be written as quoted keys or as nested tables, so the table is walked down to what looks like a search or
// like an axis. A probe puts its settings into the document of the cell and reads it anew: a cell is read in
// microseconds, and whatever follows from a value follows again.
#include "harness/scenario/sweep.hpp"

#include <algorithm>

#include "harness/scenario/numbers.hpp"
#include "harness/scenario/scenario_keys.hpp"

namespace twinwire::scenario {
namespace {

constexpr std::int64_t most_repeats = 100;

/// A table that says something itself, and does not only lead to longer paths.
bool is_entry(const Node& node, std::size_t depth) {
  if (!node.is(Node::Kind::Table) || node.members.empty()) return true;
  return std::any_of(node.members.begin(), node.members.end(), [&](const Member& member) {
    const bool values = depth > 1 && member.key == "values" && !member.value.is(Node::Kind::Table);
    return values || (!member.value.is(Node::Kind::Table) && !member.value.is(Node::Kind::Array));
  });
}

class TableReader {
 public:
  std::optional<SweepTable> read(const Node& table) {
    for (const Member& member : table.members) {
      if (member.key == "repeats" && !member.value.is(Node::Kind::Table))
        read_repeats(member.value);
      else
        collect(member, "");
    }
    if (searches_ == 0)
      fail(table.where,
           "nothing is searched in [sweep]; expected one entry such as \"client.tls.hello_bytes\" = { from "
           "= 256, to = 60000, find = \"limit\" }");
    return std::move(table_);
  }

 private:
  void read_repeats(const Node& node) {
    if (!node.is(Node::Kind::Integer) || node.integer < 1 || node.integer > most_repeats)
      fail(node.where,
           "'repeats' is " +
               (node.is(Node::Kind::Integer) ? in_quotes(scalar_text(node)) : std::string(name(node.kind))) +
               "; expected an integer from 1 to " + std::to_string(most_repeats) +
               ": probes on each side of the limit");
    table_.repeats = static_cast<unsigned>(node.integer);
  }

  void collect(const Member& member, const std::string& prefix) {
    const std::string path = prefix + member.key;
    if (!is_entry(member.value, path_parts(path).size())) {
      for (const Member& inner : member.value.members) collect(inner, path + ".");
      return;
    }
    check_path(path, member.key_where);
    if (!paths_.insert(path).second)
      fail(member.key_where, in_quotes(path) + " stands twice in [sweep]; expected each path once");
    read_entry({path, member.key_where, {}}, member.value);
  }

  void read_entry(SweepEntry entry, const Node& node) {
    const bool across = node.is(Node::Kind::Array) || (node.is(Node::Kind::Table) && node.find("values") != nullptr);
    if (!across) return read_search(std::move(entry), node);
    const std::string place = "[sweep." + entry.path + "]";
    if (node.is(Node::Kind::Table)) check_keys(node, across_keys(), place);
    const Node& values = node.is(Node::Kind::Table) ? *node.find("values") : node;
    if (!values.is(Node::Kind::Array) || values.items.empty())
      fail(values.where, in_quotes(entry.path) + " is " +
                             (values.is(Node::Kind::Array) ? "an empty array" : std::string(name(values.kind))) +
                             "; expected an array of the values to search with");
    entry.values = values.items;
    table_.across.push_back(std::move(entry));
  }

  void read_search(SweepEntry entry, const Node& node) {
    if (!node.is(Node::Kind::Table))
      fail(node.where, in_quotes(entry.path) + " is " + std::string(name(node.kind)) +
                           "; expected { from =, to =, find = \"limit\" } or an array of values");
    const std::string place = "[sweep." + entry.path + "]";
    check_keys(node, search_keys(), place);
    check_required(node, search_keys(), place);
    if (++searches_ > 1)
      fail(entry.where, "a second search beside that of " + in_quotes(table_.search.path) +
                            "; expected one { from =, to =, find = \"limit\" }, and arrays of values across it");
    const Node &from = *node.find("from"), &to = *node.find("to");
    if (from.kind != to.kind)
      fail(phrase_of(to).where,
           "'from' and 'to' are of two kinds; expected two integers, or two durations such as "
           "\"10ms\"");
    if (value_of(from) >= value_of(to))
      fail(phrase_of(to).where, "there is nothing between 'from' and 'to'; expected a 'to' above 'from'");
    entry.values = {from, to};
    table_.search = std::move(entry);
  }

 public:
  static std::int64_t value_of(const Node& node) {
    return node.is(Node::Kind::Integer) ? node.integer : read_plain_duration(phrase_of(node)).count();
  }

 private:
  SweepTable table_;
  std::set<std::string> paths_;
  int searches_ = 0;
};

/// An integer is written with its digits, and so is a string that cannot be taken for anything else.
std::string value_text(const Node& node) {
  if (!node.is(Node::Kind::String) || node.text.empty()) return setting_text(node);
  const auto file = std::make_shared<SourceFile>("", node.text);
  const Node bare = read_setting_value(file, {file, 0, node.text.size()});
  return bare.is(Node::Kind::String) && bare.text == node.text ? node.text : setting_text(node);
}

SweepAxis axis_of(const SweepEntry& entry) {
  SweepAxis axis;
  axis.path = entry.path;
  for (const Node& value : entry.values) axis.values.push_back(value_text(value));
  return axis;
}

void read_with(const SweepEntry& entry, const Node& value, const Cell& cell, const std::string& id, Shared& shared) {
  Cell probe = cell;
  // A value of a wrong type is told where it stands, a path that is none where the path stands.
  set_path(probe.document, entry.path, entry.where, value);
  Shared of_probe;
  read_cell(probe, id, of_probe);
  shared.used_values.merge(of_probe.used_values);
}

}  // namespace

std::optional<SweepTable> read_sweep(const Node& document, const std::vector<Axis>& axes, const Settings& settings) {
  const Node* node = document.find("sweep");
  if (node == nullptr) return std::nullopt;
  std::optional<SweepTable> table = TableReader().read(*node);
  const auto set = [&](const SweepEntry& entry) { return settings.contains(entry.path); };
  const auto check = [&](const SweepEntry& entry) {
    const bool doubled =
        std::any_of(axes.begin(), axes.end(), [&](const Axis& axis) { return axis.path == entry.path; });
    if (doubled && !set(entry))
      fail(entry.where, in_quotes(entry.path) + " stands in [matrix] too; expected it in one of the two");
  };
  check(table->search);
  std::for_each(table->across.begin(), table->across.end(), check);
  if (set(table->search)) return std::nullopt;
  std::erase_if(table->across, set);
  return table;
}

void check_sweep(const SweepTable& table, const Cell& cell, const std::string& id, Shared& shared) {
  for (const Node& value : table.search.values) read_with(table.search, value, cell, id, shared);
  for (const SweepEntry& entry : table.across) {
    for (const Node& value : entry.values) read_with(entry, value, cell, id, shared);
  }
}

void check_values_used(const SweepTable& table, const Shared& shared) {
  check_value_used(table.search.path, table.search.where, shared);
  for (const SweepEntry& entry : table.across) check_value_used(entry.path, entry.where, shared);
}

Sweep sweep_of(const SweepTable& table, const Cell& cell, const std::string& id, wire::Family family) {
  Sweep sweep;
  sweep.search.path = table.search.path;
  sweep.search.from = TableReader::value_of(table.search.values.front());
  sweep.search.to = TableReader::value_of(table.search.values.back());
  sweep.search.duration = table.search.values.front().is(Node::Kind::String);
  for (const SweepEntry& entry : table.across) sweep.across.push_back(axis_of(entry));
  sweep.repeats = table.repeats;
  const auto shared_cell = std::make_shared<const Cell>(cell);
  sweep.probe = [shared_cell, id, family](const Settings& settings) {
    Cell probe = *shared_cell;
    for (const auto& [path, text] : settings) put_setting(probe.document, path, text, "[sweep]");
    Shared unused;
    Scenario scenario = read_cell(probe, id, unused);
    scenario.family = family;
    return scenario;
  };
  return sweep;
}

}  // namespace twinwire::scenario
