// SPDX-License-Identifier: Apache-2.0
// In UTF-8 every octet but those that continue a character begins one.
#include "harness/report/columns.hpp"

#include <algorithm>
#include <sstream>

namespace twinwire::report {
namespace {

bool continues(char octet) { return (static_cast<unsigned char>(octet) & 0xC0U) == 0x80U; }

void add_walked(const cutover::Finding& finding, const std::string& policy, Charset charset, std::size_t width,
                std::vector<Labelled>& rows) {
  const std::string mark = " (walked)";
  for (const cutover::Curve& walked : finding.walked) {
    if (walked.policy == policy)
      rows.push_back({cut_to(in_charset(policy, charset), width - mark.size()) + mark, &walked});
  }
}

}  // namespace

std::size_t columns_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char octet) { return !continues(octet); }));
}

std::string filled(std::string text, std::size_t width) {
  const std::size_t taken = columns_of(text);
  if (taken < width) text.append(width - taken, ' ');
  return text;
}

std::string cut_to(const std::string& text, std::size_t width) {
  constexpr std::string_view more = "...";
  if (columns_of(text) <= width) return text;
  std::size_t end = 0;
  for (std::size_t taken = 0; end < text.size(); ++end) {
    if (!continues(text[end]) && taken++ == width - more.size()) break;
  }
  return text.substr(0, end).append(more);
}

std::vector<std::string> folded(const std::string& text, std::size_t width, std::size_t first, std::size_t other) {
  std::vector<std::string> lines{std::string(first, ' ')};
  std::istringstream words(text);
  bool begun = false;
  for (std::string word; words >> word; begun = true) {
    if (begun && columns_of(lines.back()) + 1 + columns_of(word) > width) {
      lines.emplace_back(other, ' ');
      begun = false;
    }
    lines.back() += (begun ? " " : "") + word;
  }
  return lines;
}

std::vector<Labelled> labelled(const cutover::Finding& finding, Charset charset, std::size_t width) {
  std::vector<Labelled> rows;
  for (const cutover::Curve& curve : finding.computed) {
    rows.push_back({cut_to(in_charset(curve.policy, charset), width), &curve});
    add_walked(finding, curve.policy, charset, width, rows);
  }
  return rows;
}

}  // namespace twinwire::report
