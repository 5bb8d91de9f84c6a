// SPDX-License-Identifier: Apache-2.0
// One connection that a proxy has ended: an end of its own toward the client, one toward the server, and what is
// carried between them. Whoever holds it hands it segments and the time.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "generator/craft/builder.hpp"
#include "generator/host/live_end.hpp"
#include "generator/wire/packet.hpp"
#include "harness/device/hello.hpp"
#include "harness/device/terminating_tls.hpp"
#include "harness/scenario/scenario.hpp"

namespace twinwire::device {

/// What all connections of a proxy came to.
struct ProxyCounts {
  std::uint64_t connections = 0;
  std::uint64_t full = 0, resumed = 0;  ///< handshakes with clients
  std::uint64_t failed = 0;             ///< handshakes on either side
  std::uint64_t not_reached = 0;        ///< servers that no TCP connection came about with
  std::uint64_t octets = 0;             ///< of application data or plain text, both ways
};

class ProxiedConnection {
 public:
  using Transmit = std::function<void(scenario::Party toward, craft::Segment segment)>;

  /// `syn` is the client's first segment. The counts and the TLS are the proxy's, and outlive the connection.
  ProxiedConnection(const wire::Packet& syn, time::Instant now, ProxyTls& tls, ProxyCounts& counts, Transmit transmit);
  ~ProxiedConnection() = default;
  ProxiedConnection(const ProxiedConnection&) = delete;
  ProxiedConnection& operator=(const ProxiedConnection&) = delete;

  void arrives(scenario::Party from, const wire::Tcp& segment, time::Instant now);
  /// A packet that went toward that end was too big.
  void too_big(scenario::Party toward, std::uint16_t mtu, time::Instant now);
  std::optional<time::Instant> deadline() const;
  void expires(time::Instant now);

  /// Both ends are gone: a new SYN begins a new connection.
  bool over() const { return phase_ == Phase::Over && gone(); }
  /// Nothing that is still on its way has to be answered any more.
  bool forgotten() const { return forgotten_; }
  /// Why it failed, once.
  std::optional<std::string> take_failure();

 private:
  enum class Phase : std::uint8_t {
    Greeting,  ///< the client has a connection, the server has none yet
    Reaching,  ///< the server's side is being opened
    Relaying,
    Over,  ///< each side ends by itself
  };
  enum class Kind : std::uint8_t { Undecided, Plain, Tls };
  struct Side {
    Side(const tcp::Policy& policy, const craft::Segment& addressed, std::uint32_t iss, const Transmit& transmit,
         scenario::Party toward);
    bool ended() const { return end.endpoint().ending() != tcp::Ending::None; }
    bool established() const;
    bool shaking_hands() const;
    bool tls_failed() const;
    bool takes_octets() const;
    bool has_room() const;
    bool said_all() const;
    bool gone() const;

    std::string_view name;
    host::LiveEnd end;
    bool said_close_notify = false;
    bool finished = false;  ///< the other side's FIN has been passed on
  };

  void work(time::Instant now);
  void pump(time::Instant now);
  bool advance(time::Instant now);
  void decide(time::Instant now);
  void read_hello(time::Instant now);
  bool greet(time::Instant now);
  void open_server(time::Instant now);
  bool reach(time::Instant now);
  bool begin_tls(time::Instant now);
  bool relay(time::Instant now);
  bool move(Side& from, Side& to, time::Instant now);
  bool pass_end(Side& from, Side& to, time::Instant now);
  void count_handshake();
  bool broken(time::Instant now);
  void fail(const Side& side, const std::string& words, time::Instant now);
  void give_up(time::Instant now);
  static void leave(Side& side, time::Instant now);
  void run_out(time::Instant now);
  void retire(time::Instant now);
  bool gone() const;

  ProxyTls& tls_;
  ProxyCounts& counts_;
  Transmit transmit_;
  craft::Segment toward_server_;  ///< its addresses, without anything else
  Side client_;
  std::optional<Side> server_;
  Phase phase_ = Phase::Greeting;
  Kind kind_ = Kind::Undecided;
  HelloReader reader_;
  std::size_t read_ = 0;  ///< octets of the client's that the reader has seen
  wire::ClientHello hello_;
  bool handshake_counted_ = false, retired_ = false, forgotten_ = false;
  std::optional<time::Instant> due_;
  std::optional<std::string> failure_;
};

}  // namespace twinwire::device
