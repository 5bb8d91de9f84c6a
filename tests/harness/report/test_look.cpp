// SPDX-License-Identifier: Apache-2.0
#include "harness/report/look.hpp"
#include "harness/report/progress.hpp"
#include "tests/support/catch.hpp"

namespace twinwire {
namespace {

using namespace report;

TEST_CASE("colour surrounds a text and never replaces it", "[report][look]") {
  CHECK(coloured("FAIL", Emphasis::Bad, Colour::Always) == "\033[31mFAIL\033[0m");
  CHECK(coloured("FAIL", Emphasis::Bad, Colour::Never) == "FAIL");
  CHECK(coloured("plain", Emphasis::None, Colour::Always) == "plain");
}

TEST_CASE("foreign characters are spelled in ASCII or become question marks", "[report][look]") {
  CHECK(in_charset("a \u2013 b \u2192 c \u00e9 \u20ac", Charset::Ascii) == "a - b -> c ? ?");
  CHECK(in_charset("a \u2013 b", Charset::Utf8) == "a \u2013 b");
  CHECK(in_charset("\xff\xfe x", Charset::Ascii) == "?? x");
}

TEST_CASE("times have the unit that suits them", "[report][look]") {
  CHECK(short_time(0) == "0 us");
  CHECK(short_time(12'400) == "12 us");
  CHECK(short_time(9'999'499) == "9999 us");
  CHECK(short_time(12'340'000) == "12.3 ms");
  CHECK(short_time(2'500'000'000) == "2.50 s");
}

TEST_CASE("the progress bar is full when everything is done, and not before", "[report][progress]") {
  const Progress half{56, 112, 1, std::chrono::seconds(20)};
  CHECK(progress_bar(half, Charset::Ascii) == "[###############...............] 56 of 112 cells, 1 failed");
  CHECK(progress_bar({111, 112, 0, {}}, Charset::Ascii) == "[#############################.] 111 of 112 cells");
  CHECK(progress_bar({112, 112, 0, {}}, Charset::Ascii) == "[##############################] 112 of 112 cells");
  CHECK(progress_line(half) == "56 of 112 cells, 1 failed, after 20 s");
}

}  // namespace
}  // namespace twinwire
