// SPDX-License-Identifier: Apache-2.0
// What became of the ClientHello of one TLS act, read from the frames of both wires: how many octets, segments and
// records it was, how many of them came out, and what the sender had been told about segment sizes.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "generator/time/instant.hpp"
#include "generator/wire/tls.hpp"
#include "harness/observe/transcript.hpp"
#include "harness/scenario/bench_spec.hpp"

namespace twinwire::judge {

struct HelloPassage {
  std::vector<std::uint8_t> sent, received;  ///< octets of the hello at the client's wire, and at the server's
  wire::ClientHello hello;                   ///< as sent
  /// Data segments that carried it, retransmissions left out: as the client sent them, and as they came out.
  std::size_t packets_sent = 0, packets_received = 0;
  /// The largest payload of one: of those that came out, where there are any and a proxy cuts anew; else as sent.
  std::uint32_t payload_per_segment = 0;
  std::size_t octets = 0;     ///< of the whole hello on the wire, also where only a part of it was sent
  time::Duration span{};      ///< from the first to the last segment that the client sent of it
  bool timestamps = false;    ///< its segments carry RFC 7323 timestamps
  bool syn_ack_seen = false;  ///< by whoever cut the segments: the client, or, seen from the server, a proxy
  std::optional<std::uint16_t> syn_ack_mss;  ///< the MSS option in it
  time::Instant begun{};                     ///< when its first segment was sent
  bool unchanged() const { return sent == received; }
  /// Whether what came out is of what was sent, all of it or the first part.
  bool arrived_as_sent() const {
    return received.size() <= sent.size() && std::equal(received.begin(), received.end(), sent.begin());
  }
  /// How many segments it is where it is counted: as sent, or as a proxy must have cut it.
  std::size_t packets() const;
};

/// Of the connection whose client's port is `client_port` on the client's wire and `peer_port` on the server's. Nothing
/// if the client sent no ClientHello on it.
std::optional<HelloPassage> hello_passage(const observe::Transcript& transcript, const scenario::BenchSpec& bench,
                                          std::uint16_t client_port, std::uint16_t asked_port, std::uint16_t peer_port,
                                          std::uint16_t server_port);

/// The TLS act of step `index`: its connection's ports are looked up in the transcript.
std::optional<HelloPassage> hello_of_step(const observe::Transcript& transcript, const scenario::BenchSpec& bench,
                                          const scenario::Scenario& scenario, int index);

/// What the ends said when act `step` was over.
struct Sayings {
  std::map<std::string, std::string> client, server, program;
  std::vector<std::string> log;  ///< of the device
};
Sayings sayings(const observe::Transcript& transcript, int step);

/// What one end saw of the end of its connection, in a word or two: "RST", "FIN", "alert 40", "handshake complete",
/// "nothing".
std::string saw(const std::map<std::string, std::string>& end);

}  // namespace twinwire::judge
