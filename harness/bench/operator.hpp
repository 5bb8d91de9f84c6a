// SPDX-License-Identifier: Apache-2.0
// The person at the terminal, who switches a device that no program can switch.
#pragma once

#include <memory>
#include <string>

#include "harness/bench/bench_error.hpp"

namespace twinwire::bench {

class Operator {
 public:
  virtual ~Operator() = default;
  Operator() = default;
  Operator(const Operator&) = delete;
  Operator& operator=(const Operator&) = delete;
  /// Returns when the operator says that it is done. Throws BenchError if nobody can be asked, and Interrupted.
  virtual void ask(const std::string& what) = 0;
};

/// Asks on the standard error output and waits for the Enter key of the terminal that the process belongs to, or of the
/// standard input if that is one. While it waits, nothing else is done.
std::unique_ptr<Operator> make_terminal_operator();

}  // namespace twinwire::bench
