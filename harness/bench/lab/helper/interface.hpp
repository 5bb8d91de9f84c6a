// SPDX-License-Identifier: Apache-2.0
// What is set on an interface of the current network namespace by ioctl, and packet sockets on it.
#pragma once

#include <string>

#include "generator/wire/address.hpp"
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

/// The same, but what it sees is what goes out with the interface's own MAC address: what the kernel says, not what
/// other packet sockets send.
Descriptor open_kernel_socket(const std::string& interface, const wire::Mac& own);

}  // namespace twinwire::bench
