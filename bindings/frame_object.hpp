// SPDX-License-Identifier: Apache-2.0
// Python's Frame, and what else stands for a frame there.
#pragma once

#include <optional>

#include "bindings/areas.hpp"
#include "generator/wire/packet.hpp"

namespace twinwire::bindings {

class FrameObject {
 public:
  explicit FrameObject(EventPointer seen) : event(std::move(seen)) {}
  EventPointer event;
  /// Decoded when it is asked for first: of thousands of frames few are looked into.
  const std::optional<wire::Packet>& packet() const {
    if (!decoded_) packet_ = wire::decode(event->frame);
    decoded_ = true;
    return packet_;
  }

 private:
  mutable bool decoded_ = false;
  mutable std::optional<wire::Packet> packet_;  ///< views the event's frame
};

/// Python's TcpOption.
struct TcpOptionObject {
  std::uint8_t kind = 0;
  std::string octets;
};

py::bytes bytes_of(wire::Bytes bytes);

/// The octets of bytes, bytearray or anything else that is a buffer of octets in one piece; nothing for other objects.
/// They are copied.
std::optional<std::vector<std::uint8_t>> octets_of(py::handle object);

/// Frame.replace: the octets of the frame with the fields of these names changed.
py::bytes replace(const FrameObject& frame, const py::kwargs& given);

}  // namespace twinwire::bindings
