// SPDX-License-Identifier: Apache-2.0
// How far a run has come, as text for stderr; pure, so whoever calls it knows the clock and the terminal.
#pragma once

#include <string>

#include "generator/time/instant.hpp"
#include "harness/report/look.hpp"

namespace twinwire::report {

struct Progress {
  std::size_t done = 0, all = 0, failed = 0;
  time::Duration elapsed{};
};

/// A bar to be drawn over the last one with a carriage return; at most 79 columns.
std::string progress_bar(const Progress& progress, Charset charset);
/// One line for a log: "40 of 112 cells, 1 failed, after 20 s".
std::string progress_line(const Progress& progress);

}  // namespace twinwire::report
