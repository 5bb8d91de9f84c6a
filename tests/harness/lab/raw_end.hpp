// SPDX-License-Identifier: Apache-2.0
// One end of a wire for the tests of the lab: made of nothing but a packet socket and frames written octet by octet, so
// that it can be wrong only by itself. Answers ARP and neighbour solicitations for its own addresses while it waits.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "generator/wire/packet.hpp"
#include "harness/bench/lab/descriptor.hpp"
#include "harness/scenario/bench_spec.hpp"

namespace twinwire::test {

struct Endpoint {
  wire::Address address;
  std::uint16_t port = 0;
};

/// What a test says of a segment; no options, no payload.
struct Segment {
  std::uint16_t flags = 0;
  std::uint32_t seq = 0, ack = 0;
};

struct Received {
  Endpoint from, to;
  std::uint16_t flags = 0;
  std::uint32_t seq = 0, ack = 0;
  std::uint8_t ttl = 0;
  bool checksum_ok = false;
};

class RawEnd {
 public:
  /// Owns `socket`. Sends every segment to `next_hop`.
  RawEnd(int socket, wire::Mac own, wire::Mac next_hop, const scenario::EndSpec& spec);

  const wire::Address& address(wire::Family family) const;
  void send(const Endpoint& from, const Endpoint& to, const Segment& segment);
  /// The next TCP segment that comes in; nothing if none does in time.
  std::optional<Received> next(std::chrono::milliseconds within = std::chrono::milliseconds(2000));
  /// Asks by ARP who has `address`; the MAC address that was answered.
  std::optional<wire::Mac> ask_arp(const wire::Address& address);

 private:
  std::optional<std::vector<std::uint8_t>> next_frame(std::chrono::steady_clock::time_point deadline);
  void write(const std::vector<std::uint8_t>& frame);
  void answer_arp(const wire::Packet& packet);
  void answer_solicitation(const wire::Packet& packet);
  bool owns(const wire::Address& address) const;

  bench::Descriptor socket_;
  wire::Mac own_, next_hop_;
  std::vector<wire::Address> addresses_;
};

}  // namespace twinwire::test
