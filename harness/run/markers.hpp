// SPDX-License-Identifier: Apache-2.0
// Markers prove absence: on a bench that keeps the order between flows, a packet that is not there when a marker sent
// behind it has arrived will not come. They travel on one established connection per family, which the run keeps.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>

#include "harness/observe/end.hpp"
#include "harness/run/wires.hpp"

namespace twinwire::run {

/// Hears that a marker it asked for has arrived.
class MarkerListener {
 public:
  virtual ~MarkerListener() = default;
  virtual void on_marker(Party wire, time::Instant at, wire::Bytes frame) = 0;
};

class MarkerFlow final : public Listener {
 public:
  MarkerFlow(Wires& wires, wire::Family family, std::uint32_t iss);
  ~MarkerFlow() override;
  MarkerFlow(const MarkerFlow&) = delete;
  MarkerFlow& operator=(const MarkerFlow&) = delete;

  /// Opens the connection; false if the device does not let it come about within `patience`.
  bool open(time::Duration patience);
  /// Sends a marker from `from` and returns its frame; nothing if our socket refused it or the connection is not open.
  std::optional<craft::Frame> send(Party from, MarkerListener& listener);
  void forget(const MarkerListener& listener);

  void on_frame(Party wire, time::Instant at, const wire::Packet& packet, wire::Bytes frame) override;
  bool expects(const wire::Packet& packet) const override;

 private:
  struct Side {
    observe::End end;
    std::uint32_t iss = 0;
    wire::Address peer;
    std::uint16_t peer_port = 0, own_port = 0;
    std::uint32_t unacknowledged = 0;  ///< octets received since this side last spoke
  };
  Side& side(Party end) { return end == Party::Client ? client_ : server_; }
  /// The server speaks first and at length, so that a device which gives up on clients whose server stays silent leaves
  /// this connection alone.
  void greet();
  craft::Frame transmit(Party from, std::uint16_t flags, std::vector<std::uint8_t> payload);

  Wires& wires_;
  wire::Family family_;
  Side client_, server_;
  bool open_ = false;
  bool refused_ = false;
  std::uint64_t next_ = 1;
  std::map<std::uint64_t, MarkerListener*> waiting_;
};

}  // namespace twinwire::run
