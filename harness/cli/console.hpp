// SPDX-License-Identifier: Apache-2.0
// The terminal: results go to stdout, progress to stderr. Colour only on a terminal and never with NO_COLOR set;
// characters outside ASCII only where the locale is UTF-8.
#pragma once

#include <chrono>
#include <string_view>
#include <vector>

#include "harness/report/look.hpp"
#include "harness/report/progress.hpp"

namespace twinwire::cli {

class Console {
 public:
  Console();
  ~Console();
  Console(const Console&) = delete;
  Console& operator=(const Console&) = delete;

  const report::Look& look() const { return look_; }
  void print(std::string_view text);
  void print(const std::vector<report::TextLine>& lines);
  /// One message on stderr.
  void complain(std::string_view message);
  /// Draws the bar a few times a second, or writes a line every ten seconds; `done` and `failed` count cells.
  void progress(std::size_t done, std::size_t all, std::size_t failed);
  /// Takes the bar away.
  void clear_progress();

 private:
  using Clock = std::chrono::steady_clock;
  report::Look look_;
  bool bar_ = false;  ///< stderr is a terminal
  bool drawn_ = false;
  Clock::time_point begun_, last_;
};

}  // namespace twinwire::cli
