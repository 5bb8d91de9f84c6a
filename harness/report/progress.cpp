// SPDX-License-Identifier: Apache-2.0
// The bar has thirty places; a place is filled when its whole part is done, so a full bar means that everything is.
#include "harness/report/progress.hpp"

namespace twinwire::report {
namespace {

constexpr std::size_t places = 30;

std::string failures(const Progress& progress) {
  return progress.failed == 0 ? "" : ", " + std::to_string(progress.failed) + " failed";
}

std::string counted(const Progress& progress) {
  return std::to_string(progress.done) + " of " + std::to_string(progress.all) + " cells" + failures(progress);
}

}  // namespace

std::string progress_bar(const Progress& progress, Charset charset) {
  const std::size_t filled = progress.all == 0 ? places : places * progress.done / progress.all;
  std::string bar;
  for (std::size_t i = 0; i < places; ++i) {
    bar += i < filled ? (charset == Charset::Utf8 ? "\u2588" : "#") : (charset == Charset::Utf8 ? "\u2591" : ".");
  }
  return "[" + bar + "] " + counted(progress);
}

std::string progress_line(const Progress& progress) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(progress.elapsed).count();
  return counted(progress) + ", after " + std::to_string(seconds) + " s";
}

}  // namespace twinwire::report
