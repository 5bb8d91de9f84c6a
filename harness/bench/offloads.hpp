// SPDX-License-Identifier: Apache-2.0
// Switches an interface's offloads off, so that what crosses the wire is what was put on it, and back on when it goes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace twinwire::bench {

class OffloadsOff {
 public:
  /// Throws BenchError if the interface does not let itself be changed (CAP_NET_ADMIN is needed).
  explicit OffloadsOff(const std::string& interface);
  ~OffloadsOff();
  OffloadsOff(const OffloadsOff&) = delete;
  OffloadsOff& operator=(const OffloadsOff&) = delete;

 private:
  struct Feature {
    std::uint32_t set_command;
    std::uint32_t before;
  };
  std::string interface_;
  std::vector<Feature> changed_;
};

}  // namespace twinwire::bench
