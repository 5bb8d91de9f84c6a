// SPDX-License-Identifier: Apache-2.0
// Octets that are read as a script for one endpoint: user calls, timeouts and segments, options among them. The fuzzer
// writes such scripts, and those that it keeps are replayed as an ordinary test.
#pragma once

#include <string>

#include "generator/wire/bytes.hpp"

namespace twinwire::test {

/// Plays the whole script. Returns what was found not to hold, or nothing.
std::string play_segments(wire::Bytes script);

}  // namespace twinwire::test
