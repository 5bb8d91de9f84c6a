// SPDX-License-Identifier: Apache-2.0
// The bar is wiped before anything else is printed, because both streams may be the same terminal.
#include "harness/cli/console.hpp"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstdlib>

#include "harness/report/terminal.hpp"

namespace twinwire::cli {
namespace {

constexpr auto bar_interval = std::chrono::milliseconds(100);
constexpr auto line_interval = std::chrono::seconds(10);

const char* variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : nullptr;
}

/// As setlocale() would choose: LC_ALL, else LC_CTYPE, else LANG.
report::Charset charset_of_locale() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* value = variable(name);
    if (value == nullptr) continue;
    std::string locale(value);
    std::ranges::transform(locale, locale.begin(),
                           [](char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); });
    const bool utf8 = locale.find("utf-8") != std::string::npos || locale.find("utf8") != std::string::npos;
    return utf8 ? report::Charset::Utf8 : report::Charset::Ascii;
  }
  return report::Charset::Ascii;
}

}  // namespace

Console::Console() : bar_(isatty(STDERR_FILENO) == 1), begun_(Clock::now()), last_(begun_) {
  look_.charset = charset_of_locale();
  const bool colour = isatty(STDOUT_FILENO) == 1 && variable("NO_COLOR") == nullptr;
  look_.colour = colour ? report::Colour::Always : report::Colour::Never;
}

Console::~Console() { clear_progress(); }

void Console::print(std::string_view text) {
  clear_progress();
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

void Console::print(const std::vector<report::TextLine>& lines) {
  if (!lines.empty()) print(report::print(lines, look_));
}

void Console::complain(std::string_view message) {
  clear_progress();
  std::fflush(stdout);
  const std::string text = report::in_charset(message, look_.charset) + "\n";
  std::fwrite(text.data(), 1, text.size(), stderr);
}

void Console::progress(std::size_t done, std::size_t all, std::size_t failed) {
  const auto now = Clock::now();
  if (now - last_ < (bar_ ? Clock::duration(bar_interval) : Clock::duration(line_interval))) return;
  last_ = now;
  const report::Progress progress{done, all, failed, std::chrono::duration_cast<time::Duration>(now - begun_)};
  const std::string text =
      bar_ ? "\r\033[K" + report::progress_bar(progress, look_.charset) : report::progress_line(progress) + "\n";
  std::fwrite(text.data(), 1, text.size(), stderr);
  drawn_ = bar_;
}

void Console::clear_progress() {
  if (drawn_) std::fputs("\r\033[K", stderr);
  drawn_ = false;
}

}  // namespace twinwire::cli
