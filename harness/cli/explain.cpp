// SPDX-License-Identifier: Apache-2.0
// A file's cells differ in values and family only, so each different ladder is told once, under the cells that share
// it.
#include <algorithm>
#include <array>
#include <sstream>
#include <utility>

#include "harness/cli/verbs.hpp"
#include "harness/cli/words.hpp"

namespace twinwire::cli {
namespace {

using scenario::Profile;

constexpr std::array profiles{Profile::Transparent, Profile::Strict, Profile::Nat, Profile::Proxy};

std::string joined(const std::vector<std::string>& parts, const std::string& between) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : between) + part;
  return text;
}

std::string named(const std::string& heading, const std::string& text) {
  return text.empty() ? "" : heading + text + "\n";
}

std::string cell_name(const scenario::Scenario& cell) {
  return (cell.cell.empty() ? "" : cell.cell + " ") + std::string(wire::name(cell.family));
}

/// Breaks between words so that no line is longer than `columns`, each line behind `indent`.
std::string wrapped(const std::string& text, const std::string& indent) {
  constexpr std::size_t columns = 100;
  std::istringstream words(text);
  std::string out, line, word;
  while (words >> word) {
    if (!line.empty() && indent.size() + line.size() + 1 + word.size() > columns)
      out += indent + std::exchange(line, "") + "\n";
    line += (line.empty() ? "" : " ") + word;
  }
  return out + indent + line + "\n";
}

std::string ladder_words(const scenario::Scenario& cell) {
  std::string out;
  int number = 0;
  for (const scenario::Step& step : cell.steps) {
    const std::string count = std::to_string(++number);
    out += std::string(count.size() < 4 ? 4 - count.size() : 0, ' ') + count + "  " + step.text + "\n";
    out += wrapped(in_words(step), "        ");
    if (!step.comment.empty()) out += wrapped("(" + step.comment + ")", "        ");
  }
  return out;
}

std::string outcomes_words(const std::vector<scenario::Outcome>& outcomes) {
  std::vector<std::string> parts;
  parts.reserve(outcomes.size());
  for (const scenario::Outcome& outcome : outcomes) parts.push_back(in_words(outcome));
  return joined(parts, ", or ");
}

std::string sweep_words(const scenario::Scenario& cell) {
  return cell.sweep ? "\nWhat is searched:\n" + wrapped(in_words(*cell.sweep), "  ") : "";
}

std::string expectations(const scenario::Scenario& cell) {
  std::string out;
  for (const scenario::Step& step : cell.steps) {
    if (step.label.empty()) continue;
    std::string lines, first;
    bool same = true;
    for (const Profile profile : profiles) {
      const std::string words = outcomes_words(cell.expected(step.label, profile));
      if (profile == profiles.front()) first = words;
      same = same && words == first;
      if (!words.empty()) lines += "    on a " + std::string(scenario::name(profile)) + " device: " + words + "\n";
    }
    if (same && !first.empty()) lines = "    on any device: " + first + "\n";
    if (!lines.empty()) out += "  @" + step.label + "\n" + lines;
  }
  if (cell.whole_hello) out += "  Every octet of the last ClientHello reaches the server, unchanged.\n";
  if (cell.ticket_kept) out += "  A ticket has as many octets at the client as the server gave it.\n";
  return out.empty() ? "" : "\nWhat is expected where a line leaves it open:\n" + out;
}

std::string head(const scenario::Scenario& cell) {
  return cell.id + "\n" + cell.title + "\n\n" + (cell.why.empty() ? "" : wrapped("Why: " + cell.why, "")) +
         named("References: ", joined(cell.references, "; ")) + named("Tags: ", joined(cell.tags, " ")) +
         named("Needs of the bench: ", joined(cell.capabilities, ", ")) +
         (cell.exclusive ? "It runs alone on the bench.\n" : "");
}

}  // namespace

std::string explain_text(const Plan& plan) {
  std::vector<std::pair<std::string, std::vector<std::string>>> ladders;
  std::string out, last_id;
  const auto flush = [&] {
    for (const auto& [words, cells] : ladders)
      out += "\nThe ladder, line by line (" + joined(cells, ", ") + "):\n" + words;
    ladders.clear();
  };
  for (const auto& cell : plan.scenarios) {
    if (cell->id != last_id) {
      flush();
      out += (out.empty() ? "" : "\n") + head(*cell);
      last_id = cell->id;
    }
    const std::string words = ladder_words(*cell) + expectations(*cell) + sweep_words(*cell);
    const auto known = std::ranges::find(ladders, words, &std::pair<std::string, std::vector<std::string>>::first);
    if (known == ladders.end()) {
      ladders.push_back({words, {cell_name(*cell)}});
    } else {
      known->second.push_back(cell_name(*cell));
    }
  }
  flush();
  return out;
}

}  // namespace twinwire::cli
