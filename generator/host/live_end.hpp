// SPDX-License-Identifier: Apache-2.0
// One end of a connection that speaks for itself: a TCP endpoint, and TLS above it where that has been started. Whoever
// holds it hands it segments and the time, and puts on the wire what it transmits.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "generator/tcp/endpoint.hpp"
#include "generator/tcp/shaper.hpp"
#include "generator/tls/peer.hpp"

namespace twinwire::host {

class LiveEnd {
 public:
  using Transmit = std::function<void(const tcp::Segment&)>;

  LiveEnd(const tcp::Policy& policy, const tcp::Deviations& deviations, std::uint32_t iss, Transmit transmit);
  LiveEnd(const LiveEnd&) = delete;
  LiveEnd& operator=(const LiveEnd&) = delete;
  ~LiveEnd();

  void connect(time::Instant now);
  void listen() { endpoint_.listen(); }
  void adopt(const tcp::Synchronised& variables) { endpoint_.adopt(variables); }
  void close(time::Instant now);
  /// FIN behind all that was sent, and no close_notify before it.
  void finish(time::Instant now);
  void abort(time::Instant now);
  /// Octets for the other end, over TLS once that is complete.
  void send(wire::Bytes octets, time::Instant now);
  /// What comes from now on is TLS.
  void start_tls(std::unique_ptr<tls::Peer> peer);
  /// Who hears of the secrets of its TLS connection (lines of a key log), each before what it protects is sent.
  void on_secret(std::function<void(const std::string&)> hearer) { hears_secrets_ = std::move(hearer); }
  /// The other end's FIN is answered with one of this end's own.
  void follow_close() { follows_close_ = true; }

  void arrives(const wire::Tcp& segment, time::Instant now);
  void too_big(std::uint16_t mtu, time::Instant now);
  /// Moves octets between TCP and what is above it, as far as they go.
  void pump(time::Instant now);
  std::optional<time::Instant> deadline() const;
  void expires(time::Instant now);

  const tcp::Endpoint& endpoint() const { return endpoint_; }
  const tls::Peer* peer() const { return peer_.get(); }
  tls::Peer* peer() { return peer_.get(); }
  /// Application octets that have come, in order; the reader may take them away.
  std::vector<std::uint8_t>& received() { return received_; }
  /// Everything that this end wanted to say has been said and acknowledged.
  bool idle() const { return outgoing_.empty() && endpoint_.all_acknowledged() && endpoint_.unsent() == 0; }
  /// No segment of the other end can change anything any more.
  bool gone() const;
  /// Changes whenever this end gets on with its work.
  struct Progress {
    std::uint32_t snd_una = 0, snd_nxt = 0, rcv_nxt = 0;
    tcp::State state{};
    tcp::Ending ending{};
    std::uint64_t received = 0;
    tls::Progress tls{};
    bool operator==(const Progress&) const = default;
  };
  Progress progress() const;
  /// What this end knows, for the transcript.
  std::map<std::string, std::string> facts() const;

 private:
  class Wire;
  tcp::Output& output(time::Instant now);
  void close_tls();
  void read_from_tcp(time::Instant now);
  void gather_from_tls();
  void write_to_tcp(time::Instant now);

  tcp::Policy policy_;
  std::unique_ptr<Wire> wire_;
  std::unique_ptr<tcp::Shaper> shaper_;  ///< only where there are deviations
  tcp::Endpoint endpoint_;
  std::unique_ptr<tls::Peer> peer_;
  std::function<void(const std::string&)> hears_secrets_;
  std::deque<std::vector<std::uint8_t>> outgoing_;  ///< writes that TCP has not taken yet
  std::vector<std::uint8_t> received_;
  std::uint64_t received_octets_ = 0;
  std::size_t first_flight_ = 0;  ///< octets that TLS said first: of a client, its ClientHello
  bool follows_close_ = false;
  bool closing_ = false;   ///< FIN, once the last write has been taken
  bool finished_ = false;  ///< the FIN has been given to TCP
};

}  // namespace twinwire::host
