// SPDX-License-Identifier: Apache-2.0
// Segments off a wire into an endpoint, whatever the order and however wrong; what must hold after each of them is in
// tests/generator/tcp/segment_script.hpp.
#include <cstdlib>

#include "tests/generator/tcp/segment_script.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* octets, std::size_t size) {
  if (!twinwire::test::play_segments({octets, size}).empty()) std::abort();
  return 0;
}
