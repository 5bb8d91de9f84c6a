// SPDX-License-Identifier: Apache-2.0
// Programs at the ends of a lab, as a Bench has them.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "generator/link/link.hpp"
#include "generator/time/timeline.hpp"
#include "harness/bench/bench.hpp"
#include "harness/bench/lab/lab.hpp"

namespace twinwire::bench {

/// Throws BenchError.
std::unique_ptr<Running> start_program(Lab& lab, scenario::Party end, const scenario::Program& program,
                                       const std::map<std::string, std::string>& words);

/// What the kernels at both ends put on their wires. A tap is opened when it is asked for first.
class KernelTaps {
 public:
  KernelTaps(Lab& lab, time::Timeline& timeline) : lab_(lab), timeline_(timeline) {}
  /// Throws BenchError.
  void on_frame(scenario::Party end, link::Sink sink);
  void poll();

 private:
  Lab& lab_;
  time::Timeline& timeline_;
  std::map<scenario::Party, std::unique_ptr<link::Link>> taps_;
};

}  // namespace twinwire::bench
