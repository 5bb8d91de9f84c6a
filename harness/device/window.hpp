// SPDX-License-Identifier: Apache-2.0
// Which segments belong to a TCP connection, as a firewall in the middle can know it: from the octets, acknowledgments
// and windows that it saw pass (after G. van Rooij, "Real Stateful TCP Packet Filtering in IP Filter", 2001).
#pragma once

#include <cstdint>

#include "generator/wire/packet.hpp"

namespace twinwire::device {

/// One direction of a connection: the end that sends.
struct Direction {
  bool seen = false;
  std::uint32_t first = 0;    ///< of its SYN
  std::uint32_t end = 0;      ///< highest SEG.SEQ + SEG.LEN sent
  std::uint32_t acked = 0;    ///< highest acknowledgment of the other end
  std::uint32_t max_end = 0;  ///< highest that the other end has allowed: its ACK + its window
  std::uint32_t max_window = 1;
  unsigned scale = 0;
  bool offered_scale = false;
};

/// Whether `segment`, sent by `sender` to `receiver`, lies inside what both have shown so far.
bool in_window(const Direction& sender, const Direction& receiver, const wire::Tcp& segment);
/// Takes a segment that has been let through into account.
void track(Direction& sender, Direction& receiver, const wire::Tcp& segment);
/// Begins the tracking of a direction with its SYN or SYN,ACK.
void begin(Direction& sender, const wire::Tcp& syn);

}  // namespace twinwire::device
