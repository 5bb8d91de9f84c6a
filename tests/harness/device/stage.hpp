// SPDX-License-Identifier: Apache-2.0
// A model with a client and a server around it: each call sends one segment and says what came out on either side.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "generator/craft/builder.hpp"
#include "generator/wire/packet.hpp"
#include "harness/device/middlebox.hpp"
#include "tests/harness/device/hello_writer.hpp"

namespace twinwire::test {

using scenario::Party;

inline constexpr std::uint32_t client_iss = 1000, server_iss = 9000;
inline constexpr wire::Mac client_mac{{2, 0, 0, 0, 0, 0xC1}}, server_mac{{2, 0, 0, 0, 0, 0x5E}};

/// One segment as it came out of the model.
struct Came {
  Party toward;
  Octets frame;
  wire::Packet packet() const { return *wire::decode(frame); }
  wire::Tcp tcp() const { return *packet().tcp; }
};

struct Sent {
  std::uint16_t flags = 0;
  std::uint32_t seq = 0, ack = 0;
  Octets payload{};
  craft::Checksum checksum = craft::Checksum::Right;
};

/// The frame of a segment that `from` sends on the connection.
Octets write_segment(craft::Builder& builder, const wire::FourTuple& tuple, Party from, const Sent& sent,
                     const Octets& options = {});

class Stage {
 public:
  explicit Stage(const std::string& model, const device::Settings& settings = {},
                 wire::Family family = wire::Family::Ipv4);

  /// With 12 octets of timestamps option in each segment (RFC 7323).
  void use_timestamps() { options_ = {1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2}; }

  std::vector<Came> client(const Sent& segment) { return send(Party::Client, segment); }
  std::vector<Came> server(const Sent& segment) { return send(Party::Server, segment); }
  /// SYN, SYN-ACK, ACK; throws std::runtime_error if one of them does not pass.
  void shake_hands(std::uint32_t first = client_iss);
  /// A segment with data, `offset` octets behind the client's SYN.
  std::vector<Came> hello(std::size_t offset, const Octets& octets);
  /// Sends the pieces in order; how many passed before the first that did not, which is in `broke`.
  std::size_t hello(const std::vector<Octets>& pieces);
  /// What came out when the first piece of the last hello() did not pass.
  const std::vector<Came>& broke() const { return broke_; }
  /// Calls on_time() at that moment.
  std::vector<Came> time_comes(time::Instant at);

  device::Middlebox& model() { return *model_; }
  std::uint64_t counter(const std::string& name) const { return model_->counters().at(name); }
  const wire::FourTuple& tuple() const { return tuple_; }
  std::vector<std::string> log() { return model_->take_log(tuple_); }
  time::Instant now{};
  std::uint32_t iss = client_iss;

 private:
  std::vector<Came> send(Party from, const Sent& sent);
  device::Emit collect();

  std::unique_ptr<device::Middlebox> model_;
  std::unique_ptr<craft::Builder> builder_ = std::make_unique<craft::Builder>();
  wire::FourTuple tuple_;
  Octets options_;
  std::vector<Came> out_, broke_;
};

/// Whether the segment that `from` sent is all that came out, and on the other side.
bool passed(const std::vector<Came>& came, Party from = Party::Client);

}  // namespace twinwire::test
