// SPDX-License-Identifier: Apache-2.0
// Connections that a device has broken: nothing of them passes any more. Where the client was told by an alert, the
// device ends TCP with it as the server would.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "generator/craft/builder.hpp"
#include "generator/wire/packet.hpp"

namespace twinwire::device {

class Interrupted {
 public:
  /// `most`: beyond, the oldest go, and so pass again.
  explicit Interrupted(std::size_t most = std::size_t{64} * 1024) : most_(most) {}

  /// `farewell`: the last segment that the client was sent in the server's name, with FIN, if there was one.
  void add(const wire::FourTuple& tuple, std::optional<craft::Segment> farewell = {});
  bool contains(const wire::FourTuple& tuple) const { return connections_.contains(tuple); }
  /// What the client is to be sent for its segment, if anything: an acknowledgment of what it said, with the farewell
  /// again as long as it has not acknowledged that.
  std::optional<craft::Segment> answer(const wire::FourTuple& tuple, const wire::Tcp& segment);
  void erase(const wire::FourTuple& tuple);
  void clear();

 private:
  struct Connection {
    std::optional<craft::Segment> farewell;
    std::uint64_t order = 0;
  };
  std::map<wire::FourTuple, Connection> connections_;
  std::map<std::uint64_t, wire::FourTuple> by_age_;
  std::uint64_t next_order_ = 0;
  std::size_t most_;
};

}  // namespace twinwire::device
