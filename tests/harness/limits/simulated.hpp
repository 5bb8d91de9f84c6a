// SPDX-License-Identifier: Apache-2.0
// Devices with one known limit, as pure functions of what a client would send them, and the search against one of them.
#pragma once

#include <functional>
#include <optional>
#include <random>
#include <string>

#include "harness/limits/limits.hpp"

namespace twinwire::test {

/// What the client sends, from a probe's settings.
struct Flight {
  std::uint64_t octets = 0, payload = 1460, record = 16389;
  time::Duration pause{};
  std::uint64_t packets() const { return (octets + payload - 1) / payload; }
  std::uint64_t records() const { return (octets + record - 1) / record; }
  time::Duration span() const { return pause * static_cast<std::int64_t>(packets() - 1); }
};

struct SimulatedDevice {
  limits::Kind kind = limits::Kind::None;
  std::uint64_t limit = 0;  ///< Kind::Time: nanoseconds
  enum class Answer : std::uint8_t { Resets, Silent } answer = Answer::Resets;
  unsigned fails_percent = 100;   ///< beyond the limit
  Flight usual;                   ///< what is not swept
  std::uint64_t more_octets = 0;  ///< on the wire than the swept value says
  unsigned inconclusive_percent = 0;
  limits::Timestamps timestamps = limits::Timestamps::Absent;
  wire::Family family = wire::Family::Ipv4;
};

inline constexpr const char* hello_bytes = "client.tls.hello_bytes";
inline constexpr const char* segments_of = "client.segments.of";
inline constexpr const char* records_of = "client.tls.records";
inline constexpr const char* segments_every = "client.segments.every";

/// 256 to 65,600 octets of ClientHello.
scenario::Sweep hello_sweep();
scenario::SweepAxis across(const std::string& path, std::vector<std::string> values);

limits::Observation walk(const SimulatedDevice& device, const limits::Settings& settings, std::mt19937& random);

/// To the end, or until `most` probes.
limits::Finding search(const scenario::Sweep& sweep, const SimulatedDevice& device, std::mt19937& random,
                       unsigned most = 10'000, std::optional<std::uint64_t> wanted = std::nullopt);
limits::Finding search(const scenario::Sweep& sweep, const SimulatedDevice& device);

}  // namespace twinwire::test
