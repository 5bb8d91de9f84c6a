// SPDX-License-Identifier: Apache-2.0
// Leaves the caller's world: namespaces of our own, in which we may do what only root may do outside.
#pragma once

namespace twinwire::bench {

/// New network, mount, IPC and (for the next child) PID namespaces; for an ordinary user in a new user namespace, with
/// the user's own ids and all capabilities, which programs started later keep. Throws std::runtime_error with a full
/// sentence.
void leave_namespaces();

/// Called by the first process of the new PID namespace: /proc and /sys of the new namespaces, an empty /run and
/// /dev/shm, and the device's private directory, which becomes the current one.
void mount_private_files();

/// The device's private directory.
inline constexpr const char* device_directory = "/run/twinwire";

}  // namespace twinwire::bench
