// SPDX-License-Identifier: Apache-2.0
// Foreign octets as the answer to CONNECT: read at once or octet by octet, the outcome is the same, and what follows
// the head is never touched.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "generator/wire/http_connect.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* octets, std::size_t size) {
  using twinwire::wire::ConnectAnswer;
  ConnectAnswer at_once, bit_by_bit;
  const std::size_t taken = at_once.take({octets, size});
  for (std::size_t i = 0; i < size; ++i) bit_by_bit.take({octets + i, 1});
  if (taken != at_once.head_bytes() || taken > 65536) std::abort();
  if (taken < size && at_once.state() == ConnectAnswer::State::NeedsMore) std::abort();
  if (at_once.state() != bit_by_bit.state() || at_once.status() != bit_by_bit.status()) std::abort();
  if (at_once.reason() != bit_by_bit.reason() || taken != bit_by_bit.head_bytes()) std::abort();
  if (at_once.state() != ConnectAnswer::State::Whole) return 0;
  if (at_once.status() < 100 || at_once.status() > 999 || octets[taken - 1] != '\n') std::abort();
  return 0;
}
