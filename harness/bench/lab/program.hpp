// SPDX-License-Identifier: Apache-2.0
// A program that the helper runs at an end, as the caller sees it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "harness/bench/lab/descriptor.hpp"

namespace twinwire::bench {

/// Ends the program when it goes. May outlive its Lab, with which the program has ended anyhow.
class LabProgram {
 public:
  /// What only the helper knows or does. Both do nothing once the lab is gone.
  struct Helper {
    std::function<std::optional<int>()> status;
    std::function<void()> end;
  };

  LabProgram(Helper helper, Descriptor life, Descriptor output)
      : helper_(std::move(helper)), life_(std::move(life)), output_(std::move(output)) {}
  ~LabProgram();
  LabProgram(const LabProgram&) = delete;
  LabProgram& operator=(const LabProgram&) = delete;

  /// The exit status once it has ended; minus the signal that ended it. Costs a system call while it runs.
  std::optional<int> status();
  /// The last 64 KiB of what it has printed on both streams.
  std::string output() const;

 private:
  Helper helper_;
  Descriptor life_, output_;
  std::optional<int> status_;
};

}  // namespace twinwire::bench
