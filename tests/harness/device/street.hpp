// SPDX-License-Identifier: Apache-2.0
// A client and a server that speak for themselves, TCP and TLS, and between them one device behind the other, in
// simulated time: each wire takes a millisecond.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "generator/craft/builder.hpp"
#include "generator/host/live_end.hpp"
#include "generator/wire/packet.hpp"
#include "tests/harness/device/stage.hpp"

namespace twinwire::test {

/// What has come to one end on its wire.
struct Delivered {
  Party to;
  Octets frame;
  wire::Packet packet() const { return *wire::decode(frame); }
  wire::Tcp tcp() const { return *packet().tcp; }
};

/// A model and its settings.
struct Box {
  std::string model;
  device::Settings settings{};
};

class Street;

/// One connection: both ends of it.
class Call {
 public:
  Call(Street& street, std::uint16_t port);
  host::LiveEnd client, server;
  const wire::FourTuple tuple;
};

class Street {
 public:
  /// The devices as they stand from the client to the server.
  explicit Street(const std::vector<Box>& boxes, wire::Family family = wire::Family::Ipv4);

  device::Middlebox& box(std::size_t index = 0) { return *boxes_[index]; }
  std::uint64_t counter(const std::string& name) { return box().counters().at(name); }
  /// A connection whose client has sent its SYN.
  Call& dial();
  /// As dial(), until the client's end is established; false if that does not come about.
  Call& connect();
  /// Lets time go on until it is so; false if it is not within `patience`.
  bool until(const std::function<bool()>& so, time::Duration patience = std::chrono::seconds(30));
  void pass(time::Duration duration);
  /// What an end puts on its wire.
  void put(Party from, wire::Bytes frame);

  time::Instant now{};
  std::vector<Delivered> delivered;
  bool server_answers = true;  ///< false: nothing that goes to the server arrives

 private:
  friend class Call;
  struct Moving {
    std::size_t place;  ///< the device that it comes to; beyond the last: the server
    Party from;
    Octets frame;
  };
  void transmit(const wire::FourTuple& tuple, Party from, const tcp::Segment& segment);
  void emit_from(std::size_t place, Party toward, wire::Bytes frame);
  void arrive(const Moving& moving);
  void deliver(Party to, const Octets& frame);
  bool step(time::Instant latest);
  void serve(host::LiveEnd& end);
  std::optional<time::Instant> next() const;

  wire::Family family_;
  std::vector<std::unique_ptr<device::Middlebox>> boxes_;
  craft::Builder builder_;
  std::multimap<time::Instant, Moving> moving_;
  std::map<std::uint16_t, std::unique_ptr<Call>> calls_;  ///< by the client's port
  std::uint16_t next_port_ = 40001;
};

}  // namespace twinwire::test
