// SPDX-License-Identifier: Apache-2.0
// One end's wire: frames go in, frames come out. A Link does not look into them.
#pragma once

#include <functional>
#include <span>

#include "generator/time/instant.hpp"

namespace twinwire::link {

enum class Sent : std::uint8_t {
  Yes,
  Refused,  ///< our own side would not take it (ENOBUFS): it never was on the wire, which says nothing about the device
};

/// Called for every frame that comes out of the wire, with the time at which it came.
using Sink = std::function<void(time::Instant, std::span<const std::uint8_t>)>;

class Link {
 public:
  virtual ~Link() = default;
  virtual Sent send(std::span<const std::uint8_t> frame) = 0;
  /// Who hears of frames from now on; frames that came before are not repeated.
  virtual void on_frame(Sink sink) = 0;
  /// Hands over what has arrived and not been handed over yet, without waiting. On a veth pair the answer of a device
  /// in the same machine is there already when send() returns.
  virtual void poll() = 0;
  /// The largest IP packet that the link takes, in octets.
  virtual std::size_t mtu() const = 0;
};

}  // namespace twinwire::link
