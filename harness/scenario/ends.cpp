// SPDX-License-Identifier: Apache-2.0
// What is read was checked with the table of keys, so only what two keys mean together is left to check. `segments` is
// written as sizes alone, or as a table in which they are called `of`.
#include "harness/scenario/ends.hpp"

#include <algorithm>
#include <numeric>
#include <set>
#include <sstream>

#include "harness/scenario/numbers.hpp"
#include "harness/scenario/scenario_keys.hpp"

namespace twinwire::scenario {
namespace {

/// An order is complete: with a number left out, the segments before it would wait for one that has left already.
void check_order(const Node& order) {
  if (!order.is(Node::Kind::Array)) return;
  std::vector<std::int64_t> numbers, wanted(order.items.size());
  for (const Node& item : order.items) numbers.push_back(item.integer);
  std::sort(numbers.begin(), numbers.end());
  std::iota(wanted.begin(), wanted.end(), 1);
  if (numbers == wanted && !numbers.empty()) return;
  const std::size_t count = std::max<std::size_t>(order.items.size(), 2);
  fail(order.where, "this order leaves a segment out or names one twice; expected each number from 1 to " +
                        std::to_string(count) + " once, such as [2, 1]");
}

void check_twice(const Node& twice) {
  std::set<std::int64_t> seen;
  for (const Node& item : twice.items) {
    if (!seen.insert(item.integer).second)
      fail(item.where, in_quotes(scalar_text(item)) + " is written two times; expected each number once");
  }
}

void read_deviations(const Node& table, tcp::Deviations& deviations) {
  deviations.order = integers_of(table, "order");
  deviations.reversed = string_of(table, "order") == "reversed";
  deviations.twice = integers_of(table, "twice");
  take_integer(table, "overlap", deviations.overlap);
  if (const Node* order = table.find("order")) check_order(*order);
  if (const Node* twice = table.find("twice")) check_twice(*twice);
  if (const Node* gap = table.find("gap")) {
    if (table.find("order") == nullptr)
      fail(gap->where, "'gap' is the pause between segments out of order; expected 'order' beside it");
    deviations.gap = read_plain_duration(phrase_of(*gap));
  }
}

void read_segments(const Node& ends, EndConfig& end) {
  const Node* segments = ends.find("segments");
  if (segments == nullptr) return;
  if (!segments->is(Node::Kind::Table)) {
    end.cuts.sizes = integers_of(ends, "segments");
    return;
  }
  end.cuts.sizes = integers_of(*segments, "of");
  if (const Node* every = segments->find("every")) end.cuts.every = read_plain_duration(phrase_of(*every));
  if (const Node* octets = segments->find("octets")) end.cuts.octets = static_cast<std::uint64_t>(octets->integer);
  end.push = enum_of<tcp::Push>(*segments, "push", push_words).value_or(tcp::Push::LastOfSend);
  read_deviations(*segments, end.deviations);
}

std::vector<std::string> command_of(const Node& table) {
  const Node& node = *table.find("program");
  std::vector<std::string> words;
  if (node.is(Node::Kind::Array)) {
    words = strings_of(table, "program");
  } else {
    std::istringstream text(node.text);
    for (std::string word; text >> word;) words.push_back(word);
  }
  if (words.empty() || words.front().empty())
    fail(node.where,
         "an empty command starts nothing; expected a program and its arguments, such as \"curl {server}\"");
  return words;
}

Program read_program(const Node& table) {
  Program program;
  program.command = command_of(table);
  if (const Node* files = table.find("files")) {
    for (const Member& file : files->members) {
      if (file.key.empty() || file.key.front() == '.' || file.key.find('/') != std::string::npos)
        fail(file.key_where,
             in_quotes(file.key) + " is no name for a file; expected one without '/', such as 'nginx.conf'");
      program.files[file.key] = file.value.text;
    }
  }
  program.needs = strings_of(table, "needs");
  // What is started must be there, whether or not the file says so; what stands in the program's own folder is.
  const std::string& first = program.command.front();
  const bool own = first.find('{') != std::string::npos;
  if (!own && std::find(program.needs.begin(), program.needs.end(), first) == program.needs.end())
    program.needs.insert(program.needs.begin(), first);
  program.package = string_of(table, "package");
  return program;
}

}  // namespace

const Member* find_member(const Node* table, std::string_view key) {
  if (table == nullptr) return nullptr;
  const auto found =
      std::find_if(table->members.begin(), table->members.end(), [&](const Member& m) { return m.key == key; });
  return found == table->members.end() ? nullptr : &*found;
}

EndConfig read_end(const Node* table, const std::string& place) {
  EndConfig end;
  if (table == nullptr) return end;
  take_integer(*table, "port", end.port);
  take_integer(*table, "mtu", end.mtu);
  take_integer(*table, "window", end.window);
  take_integer(*table, "timestamps", end.timestamps);
  take_integer(*table, "sack", end.sack);
  take_integer(*table, "challenge_acks", end.challenge_acks);
  if (const Node* mss = table->find("mss")) {
    end.omit_mss = mss->is(Node::Kind::String);
    if (!end.omit_mss) end.mss = static_cast<std::uint16_t>(mss->integer);
  }
  read_segments(*table, end);
  if (table->find("program") != nullptr) end.program = read_program(*table);
  for (const std::string_view key : {"files", "needs", "package"}) {
    const Member* member = find_member(table, key);
    if (member != nullptr && !end.program)
      fail(member->key_where, in_quotes(key) + " belongs to a program; expected 'program' in " + place + " too");
  }
  return end;
}

}  // namespace twinwire::scenario
