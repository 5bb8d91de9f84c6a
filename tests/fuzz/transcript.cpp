// SPDX-License-Identifier: Apache-2.0
// Foreign octets as a transcript's file: either one message, or a transcript that is written and read back unchanged.
#include "harness/observe/transcript.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* octets, std::size_t size) {
  using namespace twinwire::observe;
  try {
    const std::string written = to_json_lines(from_json_lines({reinterpret_cast<const char*>(octets), size}, "input"));
    if (to_json_lines(from_json_lines(written, "written")) != written) std::abort();
  } catch (const TranscriptError&) {
    // Most inputs are no transcript, and say so.
  }
  return 0;
}
