// SPDX-License-Identifier: Apache-2.0
// Where frames for a program at an end go, if no router stands between.
#pragma once

#include "generator/wire/address.hpp"
#include "harness/scenario/bench_spec.hpp"

namespace twinwire::bench {

/// The MAC address of the kernel at that end. Our own ends have others: a kernel must not take their frames for its
/// own.
constexpr wire::Mac kernel_mac(scenario::Party end) {
  const std::uint8_t last = end == scenario::Party::Client ? 0x05 : 0x04;
  return {{0x02, 0x74, 0x77, 0, 0, last}};
}

}  // namespace twinwire::bench
