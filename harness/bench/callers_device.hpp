// SPDX-License-Identifier: Apache-2.0
// A device that whoever binds a bench brings along, in the place of the one that the bench file describes. The world,
// the ends, the profile and what the device may change stay as the file has them.
#pragma once

#include <optional>
#include <string>

#include "harness/scenario/bench_spec.hpp"

namespace twinwire::bench {

/// What a device of the caller's can, beside taking frames.
struct CallersDevice {
  bool configures = false;   ///< it has settings: changes of `model` reach it
  bool forgets = false;      ///< it can clear its state of one connection
  bool every_frame = false;  ///< it is given ARP and Neighbor Discovery too, so that it can answer as a router does
};

/// Why such a device cannot stand on the bench of `spec`, as a sentence; nothing if it can.
std::optional<std::string> unsuitable(const scenario::BenchSpec& spec, const CallersDevice& device);

/// The bench with such a device, for bind(). It knows no change any more that was made to the device of the file, by
/// rules or commands.
scenario::BenchSpec with_callers_device(scenario::BenchSpec spec, const CallersDevice& device);

bool is_callers_device(const scenario::DeviceSpec& device);

}  // namespace twinwire::bench
