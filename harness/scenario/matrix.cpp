// SPDX-License-Identifier: Apache-2.0
// An axis is a dotted path and its values. The combinations are counted like an odometer. Two cells of one name would
// make results ambiguous, so they are a mistake and not renamed.
#include "harness/scenario/matrix.hpp"

#include <algorithm>
#include <cctype>
#include <set>

#include "harness/scenario/keys.hpp"
#include "harness/scenario/lexer.hpp"

namespace twinwire::scenario {
namespace {

constexpr std::size_t most_cells = 500;
constexpr std::string_view values_path = "script.values.";

void check_axis(const Axis& axis, const Node& values) {
  check_path(axis.path, axis.where);
  if (!values.is(Node::Kind::Array) || values.items.empty()) {
    fail(values.where, in_quotes(axis.path) + " is " +
                           (values.is(Node::Kind::Array) ? "an empty array" : std::string(name(values.kind))) +
                           "; expected an array of the values to try");
  }
  for (const Node& value : values.items) {
    if (!value.is(Node::Kind::Table) && !value.is(Node::Kind::Other)) continue;
    fail(value.where, in_quotes(axis.path) + " holds " + std::string(name(value.kind)) +
                          "; expected integers, strings, booleans or arrays");
  }
}

/// `client.mtu` may be written as a quoted key or, as TOML also allows, as nested tables.
void collect_axes(const Node& table, const std::string& prefix, std::vector<Axis>& axes) {
  for (const Member& member : table.members) {
    const std::string path = prefix + member.key;
    if (member.value.is(Node::Kind::Table)) {
      collect_axes(member.value, path + ".", axes);
      continue;
    }
    axes.push_back({path, member.key_where, member.value.items});
    check_axis(axes.back(), member.value);
  }
}

void check_value_exists(const Node& document, const std::string& path, const Span& where) {
  const Node* values = find_path(document, "script.values");
  const std::string name = path.substr(values_path.size());
  if (values != nullptr && values->find(name) != nullptr) return;
  Words known;
  if (values != nullptr) {
    for (const Member& member : values->members) known.push_back(member.key);
  }
  const std::string expected =
      known.empty() ? "this scenario has no [script.values]" : "expected one of " + spaced(known);
  fail(where, "unknown value " + in_quotes(name) + "; " + expected + did_you_mean(name, known));
}

std::string cell_part(const Node& value) {
  std::string part;
  for (const char c : value.is(Node::Kind::String) ? value.text : setting_text(value)) {
    const bool allowed = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '_' || c == '-';
    if (allowed || !part.ends_with('_')) part += allowed ? c : '_';
  }
  // An array is named by its items, without the trace that its brackets would leave.
  if (value.is(Node::Kind::Array)) part = part.substr(1, part.find_last_not_of('_'));
  return part.empty() ? "empty" : part;
}

struct Setting {
  std::string path;
  Span path_where;
  Node value;
};

Setting read_setting(const std::string& path, const std::string& text, const std::string& origin) {
  const auto file = std::make_shared<SourceFile>(origin, path + "=" + text);
  const Span path_where{file, 0, path.size()}, text_where{file, path.size() + 1, text.size()};
  check_path(path, path_where);
  return {path, path_where, read_setting_value(file, text_where)};
}

void put(Node& document, const Setting& setting) {
  if (setting.path.starts_with(values_path)) check_value_exists(document, setting.path, setting.path_where);
  set_path(document, setting.path, setting.path_where, setting.value);
}

}  // namespace

void check_path(const std::string& path, const Span& where) {
  const auto parts = path_parts(path);
  const bool end = parts.size() >= 2 && (parts[0] == "client" || parts[0] == "server");
  const bool value = parts.size() == 3 && path.starts_with(values_path) && is_name(parts[2]);
  const bool population = parts.size() >= 2 && parts[0] == "population";
  if (end || value || population) return;
  fail(where, "unknown path " + in_quotes(path) +
                  "; expected client.KEY, server.KEY, population.KEY or script.values.NAME, such as \"client.mtu\"" +
                  did_you_mean(parts[0], {"client", "server", "population", "script"}));
}

void put_setting(Node& document, const std::string& path, const std::string& text, const std::string& origin) {
  put(document, read_setting(path, text, origin));
}

std::vector<Axis> apply_settings(Node& document, const Settings& settings) {
  std::vector<Axis> axes;
  if (const Node* matrix = document.find("matrix")) collect_axes(*matrix, "", axes);
  for (const auto& [path, text] : settings) {
    const Setting setting = read_setting(path, text, "--set");
    const auto axis = std::find_if(axes.begin(), axes.end(), [&](const Axis& a) { return a.path == setting.path; });
    if (axis != axes.end())
      *axis = {setting.path, setting.path_where, {setting.value}};
    else
      put(document, setting);
  }
  return axes;
}

std::vector<Cell> make_cells(const Node& document, const std::vector<Axis>& axes) {
  std::vector<Cell> cells{{"", document}};
  for (const Axis& axis : axes) {
    if (cells.size() * axis.values.size() > most_cells)
      fail(axis.where, "the matrix has more than " + std::to_string(most_cells) + " cells");
    std::vector<Cell> multiplied;
    for (const Cell& cell : cells) {
      for (const Node& value : axis.values) {
        multiplied.push_back(cell);
        multiplied.back().name += (&axis == &axes.front() ? "" : "-") + cell_part(value);
        set_path(multiplied.back().document, axis.path, axis.where, value);
      }
    }
    cells = std::move(multiplied);
  }
  std::set<std::string> names;
  for (const Cell& cell : cells) {
    if (!names.insert(cell.name).second)
      fail(axes.front().where, "two cells of the matrix are both called " + in_quotes(cell.name) +
                                   "; expected values that differ in letters and digits");
  }
  return cells;
}

}  // namespace twinwire::scenario
