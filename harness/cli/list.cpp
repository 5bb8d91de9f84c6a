// SPDX-License-Identifier: Apache-2.0
// Columns are as wide as their widest entry; tags and what is searched come last because they are of any length.
#include <algorithm>

#include "harness/cli/verbs.hpp"
#include "harness/cli/words.hpp"

namespace twinwire::cli {
namespace {

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(width, text.size()), ' ');
  return text;
}

}  // namespace

std::string list_text(const Plan& plan) {
  std::size_t id = 0, cell = 0;
  for (const auto& scenario : plan.scenarios) {
    id = std::max(id, scenario->id.size());
    cell = std::max(cell, scenario->cell.size());
  }
  std::string out;
  for (const auto& scenario : plan.scenarios) {
    std::string line = padded(scenario->id, id) + "  " + (cell == 0 ? "" : padded(scenario->cell, cell) + "  ") +
                       std::string(wire::name(scenario->family)) + " ";
    for (const std::string& tag : scenario->tags) line += " " + tag;
    if (scenario->sweep) line += "  (searches " + range_words(scenario->sweep->search) + ")";
    out += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  const std::size_t count = plan.scenarios.size();
  return out + std::to_string(count) + (count == 1 ? " cell\n" : " cells\n");
}

}  // namespace twinwire::cli
