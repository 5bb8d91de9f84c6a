// SPDX-License-Identifier: Apache-2.0
// Whether a program has opened its port yet, without connecting to it, which the program would notice.
#pragma once

#include <cstdint>

namespace twinwire::bench {

enum class Listener : std::uint8_t {
  Any,
  NotLoopback,  ///< one that can be reached by the wire
};

/// Whether something listens on that TCP port in the network namespace that the process is in.
bool listens(std::uint16_t port, Listener listener);

}  // namespace twinwire::bench
