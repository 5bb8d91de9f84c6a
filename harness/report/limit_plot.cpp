// SPDX-License-Identifier: Apache-2.0
// The columns are cut into a label and the scale. Every probed value falls into one column of its row; the column shows
// whether all passed there, all failed, or both, and the edge has a mark of its own where both its sides share a
// column, as they do once a search is done. What lies before the last pass is drawn through, so the rows read as bars
// whose ends show at a glance what moves with the axis across and what stays.
#include <algorithm>
#include <cmath>
#include <cstdint>

#include "harness/limits/kinds.hpp"
#include "harness/report/limits.hpp"

namespace twinwire::report {
namespace {

constexpr std::size_t widest = 100, widest_label = 36;

struct Marks {
  const char *passed, *failed, *both, *edge, *bar, *tick, *rule;
};
constexpr Marks ascii{"o", "x", "~", "|", "-", "+", "-"};
constexpr Marks utf8{"\u25cf", "\u00d7", "\u25d0", "\u2503", "\u2500", "\u253c", "\u2500"};

const Marks& marks_of(Charset charset) { return charset == Charset::Utf8 ? utf8 : ascii; }

/// The scale: values to columns.
class Columns {
 public:
  Columns(const limits::Finding& finding, std::size_t count)
      : least_(finding.duration ? 1'000'000 : 1),
        from_(logarithm(finding.from)),
        width_(logarithm(finding.to) - from_),
        count_(count) {}

  std::size_t column(std::int64_t value) const {
    if (width_ == 0) return 0;
    const double share = std::clamp((logarithm(value) - from_) / width_, 0.0, 1.0);
    return static_cast<std::size_t>(std::lround(share * static_cast<double>(count_ - 1)));
  }
  std::size_t count() const { return count_; }

 private:
  double logarithm(std::int64_t value) const { return std::log2(static_cast<double>(std::max(value, least_))); }

  std::int64_t least_;
  double from_, width_;
  std::size_t count_;
};

std::string label(const limits::Line& line) {
  std::string words;
  for (const auto& [path, value] : line.settings) words += (words.empty() ? "" : ", ") + path + " = " + value;
  if (words.empty()) words = "as it stands";
  if (words.size() > widest_label) words = "..." + words.substr(words.size() - widest_label + 3);
  return words;
}

std::string value_words(const limits::Finding& finding, std::int64_t value) {
  if (!finding.duration) return std::to_string(value);
  return limits::duration_words(static_cast<std::uint64_t>(std::max<std::int64_t>(value, 0)));
}

/// What one column shows.
struct Cell {
  bool passed = false, failed = false, both = false;
};

const char* mark(const Cell& cell, const Marks& marks) {
  if (cell.both) return marks.both;
  if (cell.passed && cell.failed) return marks.edge;
  if (cell.passed) return marks.passed;
  return cell.failed ? marks.failed : " ";
}

std::string row(const limits::Line& line, const Columns& columns, const Marks& marks) {
  std::vector<Cell> cells(columns.count());
  for (const limits::Point& point : line.points) {
    Cell& cell = cells[columns.column(point.value)];
    cell.passed = cell.passed || point.passed > 0;
    cell.failed = cell.failed || point.failed > 0;
    cell.both = cell.both || (point.passed > 0 && point.failed > 0);
  }
  const std::size_t bar = line.boundary.passes ? columns.column(line.boundary.passes->value) : 0;
  std::string text;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const bool probed = cells[i].passed || cells[i].failed;
    text += !probed && i < bar ? marks.bar : mark(cells[i], marks);
  }
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

/// What stands on the scale: both ends and the powers of ten between them that have room.
struct Tick {
  std::size_t column;
  std::string text;
};

std::vector<Tick> ticks(const limits::Finding& finding, const Columns& columns) {
  const std::string last = value_words(finding, finding.to);
  const std::size_t end = columns.count() - 1, begin_of_last = columns.count() - std::min(columns.count(), last.size());
  std::vector<Tick> all{{0, value_words(finding, finding.from)}};
  std::vector<Tick> powers;
  const std::int64_t highest = std::max(finding.from, finding.to);
  for (std::int64_t power = 10; power <= highest / 10 || power < highest; power *= 10) {
    if (power > std::min(finding.from, finding.to))
      powers.push_back({columns.column(power), value_words(finding, power)});
    if (power > highest / 10) break;
  }
  std::sort(powers.begin(), powers.end(), [](const Tick& one, const Tick& other) { return one.column < other.column; });
  for (Tick& power : powers) {
    const bool room_before = power.column >= all.back().column + all.back().text.size() + 2;
    if (room_before && power.column + power.text.size() + 2 <= begin_of_last) all.push_back(std::move(power));
  }
  all.push_back({end, last});
  return all;
}

void add_scale(const limits::Finding& finding, const Columns& columns, const Marks& marks, std::size_t indent,
               std::vector<TextLine>& lines) {
  const std::vector<Tick> all = ticks(finding, columns);
  std::string rule, texts;
  for (std::size_t i = 0; i < columns.count(); ++i) {
    const bool ticked = std::any_of(all.begin(), all.end(), [i](const Tick& tick) { return tick.column == i; });
    rule += ticked ? marks.tick : marks.rule;
  }
  for (const Tick& tick : all) {
    const bool last = &tick == &all.back();
    const std::size_t at = last ? columns.count() - std::min(columns.count(), tick.text.size()) : tick.column;
    if (texts.size() < at) texts.append(at - texts.size(), ' ');
    texts += tick.text;
  }
  lines.push_back({std::string(indent, ' ') + rule, Emphasis::None});
  lines.push_back({std::string(indent, ' ') + texts, Emphasis::None});
  lines.push_back({std::string(indent, ' ') + finding.path, Emphasis::None});
}

}  // namespace

std::vector<TextLine> limit_plot(const limits::Finding& finding, Charset charset) {
  std::vector<TextLine> lines;
  const Marks& marks = marks_of(charset);
  std::size_t label_width = 0;
  bool probed = false;
  for (const limits::Line& line : finding.lines) {
    label_width = std::max(label_width, label(line).size());
    probed = probed || !line.points.empty();
  }
  if (!probed) return lines;
  const std::size_t indent = label_width + 4;
  const Columns columns(finding, widest - indent);
  for (const limits::Line& line : finding.lines) {
    const std::string name = label(line);
    lines.push_back(
        {"  " + name + std::string(label_width - name.size() + 2, ' ') + row(line, columns, marks), Emphasis::None});
  }
  add_scale(finding, columns, marks, indent, lines);
  lines.push_back({std::string("  ") + marks.passed + " passed  " + marks.failed + " failed  " + marks.both +
                       " both at one value  " + marks.edge + " the edge",
                   Emphasis::Faint});
  return lines;
}

}  // namespace twinwire::report
