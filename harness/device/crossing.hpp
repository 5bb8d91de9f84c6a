// SPDX-License-Identifier: Apache-2.0
// A TCP connection as a device in the middle knows it: whose it is, what went to either end, and so with which numbers
// each end takes a segment that the device sends in the name of the other.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "generator/craft/builder.hpp"
#include "generator/wire/address.hpp"
#include "generator/wire/packet.hpp"
#include "harness/device/forwarded.hpp"
#include "harness/device/middlebox.hpp"
#include "harness/device/reassembly.hpp"

namespace twinwire::device {

wire::FourTuple tuple_of(Party from, const wire::Packet& packet);
/// "198.18.1.2:40001 > 198.18.2.2:443".
std::string to_text(const wire::FourTuple& tuple);

/// The octets of one direction in order, without an end.
class OctetStream {
 public:
  void begin(std::uint32_t first_seq) { base_ = first_seq; }
  /// The octets that are in order because of this segment. Nothing: so much is ahead of a hole that it cannot be held,
  /// or the stream has not begun.
  std::optional<std::vector<std::uint8_t>> take(const wire::Tcp& segment);
  bool has_hole() const { return pieces_.has_hole(); }

 private:
  std::optional<std::uint32_t> base_;
  Reassembly pieces_;
};

class Crossing {
 public:
  /// Begins with a SYN of the client's.
  explicit Crossing(const wire::Packet& syn);

  /// The segment goes on to the other end. An RST counts for nothing here.
  void forward(Party from, const wire::Tcp& segment);
  /// Whether an RST of that end's ends the connection: it stands exactly where the other end expects the next octet
  /// (RFC 5961 section 3.2), or refuses the SYN.
  bool ends_by(Party from, const wire::Tcp& rst) const;
  /// Either end has the other's FIN, and all before it.
  bool finished() const;
  /// The server's SYN,ACK has passed.
  bool answered() const { return to_client_.next().has_value(); }
  /// The server accepts another SYN of the client's than the first: what follows is another connection.
  bool is_reopened_by(const wire::Tcp& syn_ack) const;
  Crossing reopened() const;
  std::uint32_t iss() const { return iss_; }  ///< of the client

  /// A segment that follows what the end has, and acknowledges what the other one has of it; without flags. Nothing as
  /// long as the server has not answered.
  std::optional<craft::Segment> next_segment(Party end) const;

 private:
  Crossing(const wire::FourTuple& tuple, const wire::Mac& client, const wire::Mac& server, std::uint32_t iss);
  const Forwarded& toward(Party end) const { return end == Party::Client ? to_client_ : to_server_; }

  wire::FourTuple tuple_;
  wire::Mac client_mac_, server_mac_;
  std::uint32_t iss_ = 0;
  std::optional<std::uint32_t> reopening_;  ///< sequence number of a SYN that came into the connection
  Forwarded to_server_, to_client_;
  std::optional<std::uint32_t> client_fin_, server_fin_;  ///< SEG.SEQ + SEG.LEN
};

}  // namespace twinwire::device
