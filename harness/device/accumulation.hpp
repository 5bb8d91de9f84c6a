// SPDX-License-Identifier: Apache-2.0
// How far a firewall has come in gathering one connection's ClientHello, and when it has had enough. Knows segments of
// the client's stream only: no addresses, no answers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "generator/time/instant.hpp"
#include "harness/device/hello.hpp"
#include "harness/device/reassembly.hpp"

namespace twinwire::device {

/// Why a firewall gives up; in the order of its counters.
enum class Cause : std::uint8_t { TooManyPackets, TooManyOctets, TooManyRecords, TooLong, OutOfOrder, NoServerName };
inline constexpr std::size_t causes = 6;

enum class Order : std::uint8_t { Accepted, Required };
/// Where the whole server_name must be; a hello that is whole there without one is let pass.
enum class NamePlace : std::uint8_t { Anywhere, FirstPacket, FirstRecord };

/// What is unset is not limited, but for Reassembly::most_octets.
struct AccumulationLimits {
  std::optional<std::uint64_t> packets = 12;
  std::optional<std::uint64_t> octets;   ///< of the hello on the wire, record headers included
  std::optional<std::uint64_t> records;  ///< that carry the hello
  std::optional<time::Duration> time;    ///< from the first segment with data to the whole hello
  Order order = Order::Accepted;
  NamePlace server_name = NamePlace::Anywhere;
};

struct Refusal {
  Cause cause{};
  std::string words;  ///< "too many packets 13 max 12"
};

class Accumulation {
 public:
  enum class Outcome : std::uint8_t {
    Gathering,
    Whole,     ///< the hello ends in this segment
    Other,     ///< it is no ClientHello
    Unqueued,  ///< the segment is too far ahead to be kept
    Refused,   ///< see refusal()
  };
  /// A segment with data came, whose first octet is `offset` octets behind the SYN; duplicates count like others.
  Outcome take(const AccumulationLimits& limits, std::int64_t offset, wire::Bytes payload);
  /// Only after Outcome::Refused.
  const Refusal& refusal() const { return *refusal_; }
  /// Octets of the client's stream that have come without a hole.
  std::uint32_t in_order() const { return stream_.in_order(); }
  /// The server did not take the data that came with the SYN, so they will come again.
  void restart_stream();

 private:
  bool refuse(Cause cause, std::string words);
  bool refused_before_reading(const AccumulationLimits& limits, std::int64_t offset, wire::Bytes payload);
  bool refused_after_reading(const AccumulationLimits& limits);
  bool lacks_name_in_first_packet(std::int64_t offset, wire::Bytes payload) const;
  bool lacks_name_in_first_record() const;

  std::uint64_t packets_ = 0;
  Reassembly stream_;
  HelloReader hello_;
  std::optional<Refusal> refusal_;
};

/// What is said of a hello that took longer than `most`.
Refusal too_long(time::Duration most);

}  // namespace twinwire::device
