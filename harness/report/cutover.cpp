// SPDX-License-Identifier: Apache-2.0
// The sentences are the finding's own; here they are put in order and folded. The table has one row for each curve.
#include "harness/report/cutover.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "harness/cutover/words.hpp"
#include "harness/report/columns.hpp"

namespace twinwire::report {
namespace {

constexpr std::size_t widest = 100, widest_label = 34;

using Cells = std::array<std::string, 6>;

void say(std::vector<TextLine>& lines, const std::string& text, Emphasis emphasis = Emphasis::None) {
  for (std::string& line : folded(text, widest, 2, 4)) lines.push_back({std::move(line), emphasis});
}

std::string moment(const std::optional<time::Duration>& since) { return since ? cutover::words(*since) : "-"; }

std::string percent(std::uint32_t part, std::uint32_t all) {
  const double share = all == 0 ? 0.0 : 100.0 * static_cast<double>(part) / static_cast<double>(all);
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%.1f %%", share);
  return text.data();
}

Cells cells_of(const cutover::Curve& curve) {
  return {curve.holders ? std::to_string(*curve.holders) : "-",
          std::to_string(curve.connections),
          std::to_string(curve.broken),
          percent(curve.broken, curve.connections),
          std::to_string(curve.broken_clients),
          moment(curve.last_breakage)};
}

void add_table(const cutover::Finding& finding, Charset charset, std::vector<TextLine>& lines) {
  const std::vector<Labelled> curves = labelled(finding, charset, widest_label);
  if (curves.empty()) return;
  std::vector<Cells> rows{{"holders", "connections", "broken", "share", "clients", "over after"}};
  for (const Labelled& curve : curves) rows.push_back(cells_of(*curve.curve));
  std::array<std::size_t, 6> widths{};
  for (const Cells& row : rows) {
    for (std::size_t at = 0; at < row.size(); ++at) widths[at] = std::max(widths[at], row[at].size());
  }
  std::size_t label_width = 0;
  for (const Labelled& curve : curves) label_width = std::max(label_width, columns_of(curve.label));
  lines.push_back({"", Emphasis::None});
  for (std::size_t at = 0; at < rows.size(); ++at) {
    std::string line = "  " + filled(at == 0 ? "" : curves[at - 1].label, label_width);
    for (std::size_t cell = 0; cell < rows[at].size(); ++cell)
      line += std::string(2 + widths[cell] - rows[at][cell].size(), ' ') + rows[at][cell];
    lines.push_back({line, at == 0 ? Emphasis::Faint : Emphasis::None});
  }
}

}  // namespace

std::vector<TextLine> cutover_lines(const cutover::Finding& finding, Charset charset) {
  std::vector<TextLine> lines;
  const auto add = [&](const std::string& head, const std::string& text, Emphasis emphasis = Emphasis::None) {
    say(lines, in_charset(head + text, charset), emphasis);
  };
  add("", finding.statement, Emphasis::Strong);
  for (const std::string& sentence : cutover::digest(finding.measurement)) add("measured: ", sentence);
  add_table(finding, charset, lines);
  const std::vector<TextLine> plot = cutover_plot(finding, charset);
  if (!plot.empty()) lines.push_back({"", Emphasis::None});
  lines.insert(lines.end(), plot.begin(), plot.end());
  lines.push_back({"", Emphasis::None});
  for (const std::string& advice : finding.advice) add("advice: ", advice);
  for (const std::string& note : finding.notes) add("note: ", note);
  return lines;
}

}  // namespace twinwire::report
