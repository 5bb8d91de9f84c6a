// SPDX-License-Identifier: Apache-2.0
// Sixty columns at most, each of one or more minutes; what a column shows is the share of their connections that broke,
// as the height of its mark. All rows have one scale, whose top is the largest share of all, so that rows compare. The
// lowest mark is never a blank one: where a single connection broke, something is to be seen.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "harness/cutover/words.hpp"
#include "harness/report/columns.hpp"
#include "harness/report/cutover.hpp"

namespace twinwire::report {
namespace {

constexpr std::size_t widest_label = 34, most_columns = 60;

struct Marks {
  std::array<const char*, 8> heights;
  const char *tick, *rule;
};
constexpr Marks ascii{{".", ":", "-", "=", "+", "*", "%", "#"}, "+", "-"};
constexpr Marks utf8{
    {"\u2581", "\u2582", "\u2583", "\u2584", "\u2585", "\u2586", "\u2587", "\u2588"}, "\u253c", "\u2500"};

const Marks& marks_of(Charset charset) { return charset == Charset::Utf8 ? utf8 : ascii; }

struct Share {
  std::uint64_t broken = 0, connections = 0;
  double percent() const {
    return connections == 0 ? 0.0 : 100.0 * static_cast<double>(broken) / static_cast<double>(connections);
  }
};

std::vector<Share> shares_of(const cutover::Curve& curve, std::size_t columns) {
  std::vector<Share> shares(columns);
  for (std::size_t at = 0; at < curve.minutes.size(); ++at) {
    Share& share = shares[at * columns / curve.minutes.size()];
    share.broken += curve.minutes[at].broken();
    share.connections += curve.minutes[at].connections;
  }
  return shares;
}

std::string row(const std::vector<Share>& shares, double top, const Marks& marks) {
  std::string text;
  for (const Share& share : shares) {
    if (share.broken == 0) {
      text += ' ';
      continue;
    }
    const auto heights = static_cast<double>(marks.heights.size());
    const auto height = static_cast<std::size_t>(std::ceil(share.percent() / top * heights));
    text += marks.heights[std::clamp<std::size_t>(height, 1, marks.heights.size()) - 1];
  }
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

/// Under the rows: the change on the left, the end on the right, and the middle where there is room.
void add_scale(const cutover::Finding& finding, std::size_t columns, std::size_t indent, const Marks& marks,
               std::vector<TextLine>& lines) {
  const std::string last = cutover::words(finding.population.after),
                    middle = cutover::words(finding.population.after / 2);
  std::string rule, texts = "0";
  const bool with_middle = columns >= 2 * (middle.size() + last.size()) + 4;
  for (std::size_t at = 0; at < columns; ++at) {
    const bool ticked = at == 0 || at + 1 == columns || (with_middle && at == columns / 2);
    rule += ticked ? marks.tick : marks.rule;
  }
  if (with_middle) texts = filled(texts, columns / 2) + middle;
  texts = filled(texts, std::max(columns, texts.size() + 1 + last.size()) - last.size()) + last;
  lines.push_back({std::string(indent, ' ') + rule, Emphasis::None});
  lines.push_back({std::string(indent, ' ') + texts, Emphasis::None});
}

std::string legend(double top, const Marks& marks) {
  std::array<char, 64> share{};
  std::snprintf(share.data(), share.size(), "%.1f %%", top);
  return std::string("  ") + marks.heights.back() + " " + share.data() + " of the connections broke, " +
         marks.heights.front() + " an eighth of that or less; time since the change";
}

}  // namespace

std::vector<TextLine> cutover_plot(const cutover::Finding& finding, Charset charset) {
  const std::vector<Labelled> curves = labelled(finding, charset, widest_label);
  std::size_t minutes = 0, label_width = 0;
  for (const Labelled& curve : curves) {
    minutes = std::max(minutes, curve.curve->minutes.size());
    label_width = std::max(label_width, columns_of(curve.label));
  }
  if (minutes == 0) return {};
  const std::size_t columns = std::min(minutes, most_columns);
  std::vector<std::vector<Share>> rows;
  double top = 0;
  for (const Labelled& curve : curves) {
    rows.push_back(shares_of(*curve.curve, columns));
    for (const Share& share : rows.back()) top = std::max(top, share.percent());
  }
  if (top == 0) return {};
  const Marks& marks = marks_of(charset);
  std::vector<TextLine> lines;
  for (std::size_t at = 0; at < rows.size(); ++at)
    lines.push_back({"  " + filled(curves[at].label, label_width) + "  " + row(rows[at], top, marks), Emphasis::None});
  for (TextLine& line : lines) line.text.erase(line.text.find_last_not_of(' ') + 1);
  add_scale(finding, columns, label_width + 4, marks, lines);
  lines.push_back({legend(top, marks), Emphasis::Faint});
  return lines;
}

}  // namespace twinwire::report
