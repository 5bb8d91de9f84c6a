// SPDX-License-Identifier: Apache-2.0
// What is set on an interface of the current network namespace by ioctl, and packet sockets on it.
#pragma once

#include <string>

#include "harness/bench/lab/descriptor.hpp"

namespace twinwire::bench {

/// Switches checksum and segmentation offloads and GRO off, so that what is on the wire is what was sent.
void switch_offloads_off(const std::string& interface);

/// Waits until the kernel lets frames through: carrier seen and queue active. Throws std::runtime_error after five
/// seconds.
void wait_until_running(const std::string& interface);

/// A raw, non-blocking packet socket that sees every frame that comes in on the interface, with timestamps
/// (SO_TIMESTAMPNS).
Descriptor open_packet_socket(const std::string& interface);

}  // namespace twinwire::bench
