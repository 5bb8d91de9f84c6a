// SPDX-License-Identifier: Apache-2.0
// Both columns are as wide as their widest packet. Many equal rows of one repeated line are shortened to the first
// ones, a count and the last one. Rows that a finding is about carry an exclamation mark in front, so that colour is
// never needed.
#include "harness/report/ladder.hpp"

#include <algorithm>

namespace twinwire::report {
namespace {

using scenario::Party;
using Kind = Row::Kind;

constexpr std::size_t arrow_width = 20;  ///< room for "12.3 ms" with a visible shaft on both sides
constexpr std::size_t narrowest = 24;    ///< of a column
constexpr std::size_t shown_first = 3;   ///< of many equal rows

struct Glyphs {
  std::string_view shaft, right, left, death, birth, doubt, around;
};

constexpr Glyphs ascii{"-", ">", "<", "x", "*", "?", "~"};
constexpr Glyphs utf8{"\u2500", "\u25b6", "\u25c0", "\u2573", "\u25cf", "?", "~"};

std::string repeat(std::string_view glyph, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += glyph;
  return out;
}

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

/// From head to tail or from tail to head, whichever way the packet went; `parts` are given as for a packet to the
/// server.
std::string directed(Party toward, const std::string& left, const std::string& right) {
  return toward == Party::Server ? left + right : right + left;
}

std::string crossing(const Row& row, const Glyphs& g, std::string_view shaft, const std::string& inside) {
  const std::string middle = inside.empty() ? "" : " " + inside + " ";
  const std::size_t rest = arrow_width - 1 - std::min(arrow_width - 1, middle.size());
  const std::string line = repeat(shaft, rest / 2) + middle + repeat(shaft, rest - rest / 2);
  return row.toward == Party::Server ? line + std::string(g.right) : std::string(g.left) + line;
}

std::string arrow(const Row& row, const Glyphs& g) {
  const std::size_t half = arrow_width / 2;
  const std::string shaft = repeat(g.shaft, half - 1), gap(half, ' ');
  switch (row.kind) {
    case Kind::Crossed:
      return crossing(row, g, g.shaft, row.delay);
    case Kind::Around:
      return crossing(row, g, g.around, "around");
    case Kind::Dead:
      return directed(row.toward,
                      row.toward == Party::Server ? shaft + std::string(g.death) : std::string(g.death) + shaft, gap);
    case Kind::Open:
      return directed(row.toward,
                      row.toward == Party::Server ? shaft + std::string(g.doubt) : std::string(g.doubt) + shaft, gap);
    case Kind::Taken:
      return row.toward == Party::Server ? repeat(g.shaft, half - 1) + std::string(g.right) + gap
                                         : gap + std::string(g.left) + repeat(g.shaft, half - 1);
    case Kind::Unsent:
      return directed(row.toward, std::string(g.death) + std::string(half - 1, ' '), gap);
    case Kind::Made:
      return row.toward == Party::Server ? gap + std::string(g.birth) + repeat(g.shaft, half - 2) + std::string(g.right)
                                         : std::string(g.left) + repeat(g.shaft, half - 2) + std::string(g.birth) + gap;
    case Kind::Act:
    case Kind::Unreached:
      break;
  }
  return "";
}

std::string address(const wire::Address& address, std::uint16_t port) {
  return wire::to_string(address) + "." + std::to_string(port);
}

Emphasis emphasis(const Row& row) {
  if (row.kind == Kind::Unreached) return Emphasis::Faint;
  return row.blamed ? Emphasis::Bad : Emphasis::None;
}

bool no_packet(const Row& row) { return row.kind == Kind::Act || row.kind == Kind::Unreached; }

/// How many rows from `at` on are of one line and came to the same.
std::size_t equal_run(const std::vector<Row>& rows, std::size_t at) {
  std::size_t end = at + 1;
  while (end < rows.size() && !no_packet(rows[at]) && rows[end].kind == rows[at].kind &&
         rows[end].step == rows[at].step && rows[end].toward == rows[at].toward) {
    ++end;
  }
  return end - at;
}

class Picture {
 public:
  Picture(const std::vector<Row>& rows, Charset charset) : glyphs_(charset == Charset::Utf8 ? utf8 : ascii) {
    for (const Row& row : rows) {
      if (no_packet(row)) continue;
      left_ = std::max(left_, row.client.size());
      right_ = std::max(right_, row.server.size());
    }
  }

  void head(const std::string& client, const std::string& server) {
    left_ = std::max(left_, client.size());
    right_ = std::max(right_, server.size());
    const std::string device = "device";
    const std::size_t before = (arrow_width - device.size()) / 2;
    add("       " + padded(client, left_) + "  " + std::string(before, ' ') + padded(device, arrow_width - before) +
            "  " + server,
        Emphasis::Strong);
  }

  void row(const Row& row) {
    const bool repeated = row.step != 0 && row.step == last_step_;
    last_step_ = row.step;
    std::string number = row.step == 0 || repeated ? "" : std::to_string(row.step);
    number.insert(0, number.size() < 4 ? 4 - number.size() : 0, ' ');
    std::string text = (row.blamed ? "! " : "  ") + number + " ";
    if (no_packet(row)) {
      text += row.client +
              (row.remark.empty() ? "" : (row.client.empty() ? "" : "   ") + std::string("(") + row.remark + ")");
    } else {
      text += padded(row.client, left_) + "  " + arrow(row, glyphs_) + "  " + padded(row.server, right_);
      if (!row.remark.empty()) text += "  " + row.remark;
    }
    add(std::move(text), emphasis(row));
  }

  void more(std::size_t count) { add("       ... " + std::to_string(count) + " more like this ...", Emphasis::Faint); }
  std::vector<TextLine> take() { return std::move(lines_); }

 private:
  void add(std::string text, Emphasis emphasis) {
    text.erase(text.find_last_not_of(' ') + 1);
    lines_.push_back({std::move(text), emphasis});
  }

  const Glyphs& glyphs_;
  std::size_t left_ = narrowest, right_ = narrowest;
  int last_step_ = 0;
  std::vector<TextLine> lines_;
};

}  // namespace

std::vector<TextLine> ladder(const std::vector<Row>& rows, const std::vector<observe::Connection>& connections,
                             Charset charset) {
  Picture picture(rows, charset);
  const bool one = connections.size() == 1;
  picture.head(one ? "client " + address(connections[0].client, connections[0].client_port) : "client",
               one ? "server " + address(connections[0].server, connections[0].server_port) : "server");
  for (std::size_t at = 0; at < rows.size();) {
    const std::size_t run = equal_run(rows, at);
    const bool shorten = run > shown_first + 2;
    for (std::size_t i = 0; i < run; ++i) {
      if (shorten && i == shown_first) picture.more(run - shown_first - 1);
      if (!shorten || i < shown_first || i + 1 == run) picture.row(rows[at + i]);
    }
    at += run;
  }
  return picture.take();
}

}  // namespace twinwire::report
