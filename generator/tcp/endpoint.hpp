// SPDX-License-Identifier: Apache-2.0
// One end of one TCP connection, without sockets, clocks or threads (RFC 9293). Segments, user calls and the time come
// in; segments go out through an Output. It never lies: whatever an experiment wants bent is bent behind it (Shaper).
#pragma once

#include <cstdint>
#include <memory>
#include <memory_resource>
#include <optional>
#include <span>
#include <string_view>

#include "generator/tcp/policy.hpp"
#include "generator/wire/packet.hpp"

namespace twinwire::tcp {

/// The states of RFC 9293 section 3.3.2.
enum class State : std::uint8_t {
  Closed,
  Listen,
  SynSent,
  SynReceived,
  Established,
  FinWait1,
  FinWait2,
  CloseWait,
  Closing,
  LastAck,
  TimeWait
};
/// As the RFC spells it: "SYN-SENT".
std::string_view name(State state);

/// A segment as an endpoint sends it; the spans are valid during the call only.
struct Segment {
  std::uint32_t seq = 0, ack = 0;
  std::uint16_t flags = 0;   ///< wire::tcp_flag
  std::uint16_t window = 0;  ///< as it stands in the header
  wire::Bytes options;       ///< at most 40 octets, a multiple of four
  wire::Bytes payload;
};

class Output {
 public:
  virtual ~Output() = default;
  virtual void transmit(const Segment& segment) = 0;
};

/// How a connection ended, if it did not end by FINs.
enum class Ending : std::uint8_t { None, Reset, Refused, TimedOut, Aborted };

/// The variables that a connection is taken up with in mid-life.
struct Synchronised {
  std::uint32_t iss = 0, irs = 0;
  std::uint32_t snd_una = 0, snd_nxt = 0, snd_wnd = 0;
  std::uint32_t rcv_nxt = 0;
  std::optional<std::uint16_t> peer_mss{};  ///< what the peer announced; unset: the default of the family
};

struct Tcb;

class Endpoint {
 public:
  /// The policy is kept by reference. So is the memory: the connection's variables come from it, and its buffers, which
  /// are given back whenever they are empty. With a pool (std::pmr::unsynchronized_pool_resource) of its owner's, many
  /// endpoints share what few of them need at a time, and no segment costs an allocation.
  Endpoint(const Policy& policy, std::uint32_t iss,
           std::pmr::memory_resource& memory = *std::pmr::get_default_resource());
  ~Endpoint();
  Endpoint(Endpoint&&) noexcept;
  Endpoint& operator=(Endpoint&&) noexcept;
  Endpoint(const Endpoint&) = delete;
  Endpoint& operator=(const Endpoint&) = delete;

  // User calls (RFC 9293 section 3.10.1 to 3.10.5).
  void connect(time::Instant now, Output& output);  ///< active OPEN
  void listen();                                    ///< passive OPEN
  /// How many octets were taken; fewer than given if the send buffer is full.
  std::size_t send(wire::Bytes octets, time::Instant now, Output& output);
  /// Hands over octets in order; how many were written to `into`. Opens the window, and says so when it matters.
  std::size_t receive(std::span<std::uint8_t> into, time::Instant now, Output& output);
  void close(time::Instant now, Output& output);  ///< FIN once all that was sent before it has gone
  void abort(time::Instant now, Output& output);  ///< RST
  /// Says an octet stream was walked past this end: what its variables are now. State becomes ESTABLISHED.
  void adopt(const Synchronised& variables);

  /// A segment of this connection arrived (section 3.10.7).
  void arrives(const wire::Tcp& segment, time::Instant now, Output& output);
  /// An ICMP error says that packets larger than `mtu` do not pass (RFC 1191, RFC 8201); 0 if it does not say.
  void too_big(std::uint16_t mtu, time::Instant now, Output& output);

  /// When expires() wants to be called; unset: nothing is planned.
  std::optional<time::Instant> deadline() const;
  void expires(time::Instant now, Output& output);

  State state() const;
  Ending ending() const;
  std::size_t readable() const;   ///< octets that receive() would hand over
  bool peer_finished() const;     ///< the peer's FIN has come, in order
  bool all_acknowledged() const;  ///< everything sent, a FIN included, has been acknowledged
  std::size_t unsent() const;     ///< octets taken by send() and not yet put into a segment
  std::uint32_t snd_una() const;
  std::uint32_t snd_nxt() const;
  std::uint32_t rcv_nxt() const;
  std::uint16_t send_mss() const;  ///< Eff.snd.MSS, octets of payload (section 3.7.1)

 private:
  struct Release {
    void operator()(Tcb* tcb) const;
  };
  bool fin_waits() const;

  std::unique_ptr<Tcb, Release> tcb_;
};

}  // namespace twinwire::tcp
