// SPDX-License-Identifier: Apache-2.0
// What a TCP end does where the RFCs leave it a choice. Nothing here makes an end say what is not so: every value is
// one that a correct implementation could have. Many endpoints share one policy; it must outlive them.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "generator/time/instant.hpp"

namespace twinwire::tcp {

/// How an end cuts what it sends, piece by piece, from the first octet of its stream on.
struct Cuts {
  /// Sizes of the pieces in octets of payload, each at least 1; the last one repeats. Empty: as much as fits. A piece
  /// is never larger than the effective send MSS (RFC 9293 section 3.7.1); what is over goes into the next segment.
  std::vector<std::uint32_t> sizes{};
  time::Duration every{};  ///< pause between two pieces; zero: none
  /// How many octets of the stream are cut like this; what follows them is sent as usual. Unset: all of it.
  std::optional<std::uint64_t> octets{};
};

enum class Push : std::uint8_t {
  LastOfSend,  ///< PSH on the segment that empties the send buffer (RFC 9293 section 3.9.1.2)
  Always,
  Never,
};

/// What an end answers to a segment that RFC 5961 wants challenged.
enum class ChallengeAcks : std::uint8_t { Send, Never };

struct Policy {
  bool send_mss = true;                  ///< false: no MSS option in SYN and SYN,ACK
  std::uint16_t mss = 1460;              ///< RMSS that is announced, octets
  std::uint16_t mtu = 1500;              ///< of the own link: bounds what is sent, octets of the IP packet
  bool ipv6 = false;                     ///< the default send MSS is 1220 then, not 536 (RFC 9293 section 3.7.1)
  bool window_scaling = true;            ///< RFC 7323 section 2
  bool timestamps = false;               ///< RFC 7323 section 3, PAWS with it
  bool sack = true;                      ///< RFC 2018
  std::uint32_t receive_buffer = 65535;  ///< octets that are taken before the application has read them
  std::uint32_t send_buffer = 262144;    ///< octets that send() keeps
  ChallengeAcks challenge_acks = ChallengeAcks::Send;
  /// At least this long between two challenge ACKs of one connection (RFC 5961 section 7; Linux: 500 ms). Zero: no
  /// limit.
  time::Duration challenge_ack_interval{};
  /// How long the acknowledgment of text may wait for something to go with it, at most 500 ms; every second full
  /// segment is acknowledged at once all the same (RFC 9293 section 3.8.6.3). Zero: it does not wait.
  time::Duration ack_delay{};
  std::optional<time::Duration>
      keep_alive{};  ///< idle time before the first probe; unset: none (RFC 9293 section 3.8.4)
  time::Duration rto_min = std::chrono::milliseconds(200);  ///< RFC 6298 says 1 s; Linux 200 ms
  time::Duration rto_initial = std::chrono::seconds(1);     ///< RFC 6298 section 2
  time::Duration msl = std::chrono::seconds(30);            ///< TIME-WAIT lasts twice this
  unsigned retries = 15;                                    ///< R2 of RFC 9293 section 3.8.3, in retransmissions
  Push push = Push::LastOfSend;
  Cuts cuts{};
};

/// What a Shaper bends: each a thing that a correct end would not do by itself. Numbers count the data segments of the
/// stream from 1; retransmissions by the endpoint are not counted again.
struct Deviations {
  /// The order in which the first of them leave: {2, 1} sends the second before the first. They are held until all that
  /// are named are there, or `patience` is over. Empty: as they come.
  std::vector<std::uint32_t> order{};
  /// All that the endpoint sends in one go, last first. The go is over when expires() is called at the same instant,
  /// which deadline() asks for.
  bool reversed = false;
  std::vector<std::uint32_t> twice{};  ///< these leave two times in a row
  /// Octets of the segment before that each one repeats at its beginning. It grows by them: whoever wants it to keep
  /// within the MTU cuts the stream smaller by as much.
  std::uint32_t overlap = 0;
  time::Duration gap{};  ///< pause between the segments that are sent out of order
  time::Duration patience = std::chrono::milliseconds(5);
  bool any() const { return !order.empty() || reversed || !twice.empty() || overlap != 0; }
};

}  // namespace twinwire::tcp
