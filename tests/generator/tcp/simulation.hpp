// SPDX-License-Identifier: Apache-2.0
// Two endpoints, two applications and a bad channel between them, in virtual time: a queue of deliveries is all there
// is. Everything follows from one seed.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <queue>
#include <vector>

#include "generator/tcp/endpoint.hpp"

namespace twinwire::test {

using time::Duration;
using time::Instant;

/// SplitMix64: the same numbers on every machine and with every standard library.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next();
  std::uint32_t below(std::uint32_t bound) { return static_cast<std::uint32_t>(next() % bound); }
  bool chance(std::uint32_t permille) { return below(1000) < permille; }

 private:
  std::uint64_t state_;
};

/// What happens to segments on their way, in permille of them.
struct Channel {
  std::uint32_t loss = 0, duplication = 0, reordering = 0;
  Duration delay = std::chrono::milliseconds(10);
};

enum class Opening : std::uint8_t { ActivePassive, Simultaneous };
enum class Closing : std::uint8_t {
  AfterSending,  ///< each end as soon as it has handed over all it has: often at the same time
  AfterPeer,     ///< the second end when the first has closed: half-closed in between
};

/// What the application of one end does.
struct Application {
  tcp::Policy policy;
  std::uint32_t iss = 0;
  std::uint32_t octets = 0;        ///< how many it sends
  std::uint32_t read_at_most = 0;  ///< octets in one go
  Duration between_reads{};        ///< zero: reads whenever something is there
};

struct Experiment {
  std::uint64_t seed = 0;
  Channel channel;
  Opening opening = Opening::ActivePassive;
  Closing closing = Closing::AfterSending;
  std::array<Application, 2> ends;
};

struct EndResult {
  std::uint32_t received = 0;
  bool exact = true;  ///< every octet was the right one
  tcp::State state = tcp::State::Closed;
  tcp::Ending ending = tcp::Ending::None;
  bool peer_finished = false;
};

struct Result {
  std::array<EndResult, 2> ends;
  std::uint64_t trace = 0;  ///< hash of all segments that left, with their times
  std::uint32_t segments = 0, zero_windows = 0, resets = 0;
  Instant ended{};
};

/// Runs until nothing is left to happen, or until more has happened than any sane connection needs.
Result simulate(const Experiment& experiment);

/// Octet number `position` of the stream that end `end` sends.
std::uint8_t stream_octet(std::uint64_t seed, int end, std::uint32_t position);

}  // namespace twinwire::test
