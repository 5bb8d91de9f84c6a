// SPDX-License-Identifier: Apache-2.0
// Text in columns: a character takes one, whatever octets it has. And the curves of a cut-over with their labels, which
// its table and its plot share.
#pragma once

#include <string>
#include <vector>

#include "harness/cutover/finding.hpp"
#include "harness/report/look.hpp"

namespace twinwire::report {

std::size_t columns_of(std::string_view text);

/// Blanks behind the text until it has this width.
std::string filled(std::string text, std::size_t width);

/// The text, or as much of it as fits with "..." behind it.
std::string cut_to(const std::string& text, std::size_t width);

/// Lines of at most `width` columns, broken at blanks; the first one indented by `first`, the others by `other`.
std::vector<std::string> folded(const std::string& text, std::size_t width, std::size_t first, std::size_t other);

/// A curve and the name of its row.
struct Labelled {
  std::string label;
  const cutover::Curve* curve = nullptr;
};

/// Each walked curve behind the computed one of its policy.
std::vector<Labelled> labelled(const cutover::Finding& finding, Charset charset, std::size_t width);

}  // namespace twinwire::report
