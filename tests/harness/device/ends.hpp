// SPDX-License-Identifier: Apache-2.0
// A client and a server on the wires of a bench, in whichever world.
#pragma once

#include "harness/bench/bench.hpp"
#include "tests/harness/device/stage.hpp"

namespace twinwire::test {

/// What one end has heard.
struct Heard {
  time::Instant at;
  Octets frame;
  wire::Tcp tcp() const { return *wire::decode(frame)->tcp; }
};

class Ends {
 public:
  explicit Ends(const scenario::BenchSpec& spec);

  void send(Party from, const Sent& segment);
  /// SYN, SYN-ACK, ACK; throws std::runtime_error if one of them does not arrive.
  void shake_hands();
  /// A handshake, and a hello of 6,433 octets in 13 packets, that is one more than are allowed.
  void break_limit();
  /// Lets the timeline go on so long.
  void pass(time::Duration duration);
  /// Lets the timeline go on until that end has heard so many TCP segments; false if it does not in five seconds.
  bool hears(Party end, std::size_t count);

  const wire::FourTuple tuple{*wire::parse_address("198.18.1.2"), *wire::parse_address("198.18.2.2"), 40001, 443};
  std::vector<Heard> client_heard, server_heard;  // before the bench, whose wires write into them
  std::unique_ptr<bench::Bench> bench;

 private:
  void listen(Party end, std::vector<Heard>& heard);
  craft::Builder builder_;
};

}  // namespace twinwire::test
