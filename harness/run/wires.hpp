// SPDX-License-Identifier: Apache-2.0
// Both wires of a bench with our two ends on them, and who hears which frame. A frame belongs to the flow whose
// client's port it carries; on the server's wire, where a device may have translated it, to the flow that has just sent
// such a segment.
#pragma once

#include <array>
#include <bitset>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "generator/craft/builder.hpp"
#include "generator/host/station.hpp"
#include "harness/bench/bench.hpp"

namespace twinwire::run {

using scenario::Party;

/// Hears the frames of the flows that it listens to.
class Listener {
 public:
  virtual ~Listener() = default;
  virtual void on_frame(Party wire, time::Instant at, const wire::Packet& packet, wire::Bytes frame) = 0;
  /// A program of that end put a frame on its wire.
  virtual void on_departure(Party, time::Instant, const wire::Packet&, wire::Bytes) {}
  /// Whether `packet`, seen on the server's wire from an unknown port, can be a segment that this listener's client
  /// sent.
  virtual bool expects(const wire::Packet& packet) const = 0;
};

class Wires {
 public:
  explicit Wires(bench::Bench& bench);
  Wires(const Wires&) = delete;
  Wires& operator=(const Wires&) = delete;
  ~Wires();

  /// Finds the next hops of both ends; throws bench::BenchError if nobody answers.
  void resolve(wire::Family family);
  bool has(wire::Family family) const;

  bench::Bench& bench() { return bench_; }
  time::Timeline& timeline() { return bench_.timeline(); }
  craft::Builder& builder() { return builder_; }
  const host::Station& station(Party end) const { return end == Party::Client ? client_ : server_; }
  link::Sent send(Party wire, wire::Bytes frame) { return bench_.wire(wire).send(frame); }
  /// Hands over everything that has arrived on both wires, and what arrives because of it.
  void poll();

  void listen(wire::Family family, std::uint16_t client_port, Listener& listener);
  /// Connections that a proxy makes to that port of the server are this listener's; where it is known by the connection
  /// alone (PathSpec::connects_anew), those to any port are.
  void listen_behind(wire::Family family, std::uint16_t server_port, Listener& listener);
  /// What a program at that end sends from a port that nobody listens to is this listener's.
  void listen_program(Party end, Listener& listener);
  void mute(const Listener& listener);
  /// Nobody listens to that client's port any more.
  void mute(wire::Family family, std::uint16_t client_port) { flows_.erase({family, client_port}); }
  /// A client's port that no flow uses yet.
  std::uint16_t fresh_port();
  /// Whether a flow of this run has had that client's port before: the device may still remember it.
  bool had(wire::Family family, std::uint16_t client_port) const { return had_.at(index_of(family))[client_port]; }
  void begin_ports_at(std::uint16_t port) { next_port_ = port; }

 private:
  using Flow = std::pair<wire::Family, std::uint16_t>;
  static std::size_t index_of(wire::Family family) { return family == wire::Family::Ipv4 ? 0 : 1; }
  host::Station make_station(Party end);
  void dispatch(Party wire, time::Instant at, wire::Bytes frame);
  Listener* owner(Party wire, const wire::Packet& packet);
  void dispatch_departure(Party wire, time::Instant at, wire::Bytes frame);
  Listener* owner_behind(const wire::Packet& packet);
  /// Whether that SYN, seen on the server's wire, is the first of its kind, and no retransmission of one that has been
  /// heard.
  bool opens(const wire::Packet& syn);
  Listener* owner_of_quoted(Party wire, const wire::Packet& packet);
  Listener* find(const std::map<Flow, Listener*>& flows, wire::Family family, std::uint16_t port) const;
  Listener* find_made(const wire::Address& from, std::uint16_t port, std::uint16_t server_port) const;

  bench::Bench& bench_;
  craft::Builder builder_;
  host::Station client_, server_;
  std::array<std::bitset<65536>, 2> had_;  ///< client's ports of each family; a set of them would grow with every cell
  std::map<Flow, Listener*> flows_;        ///< by the port on the client's wire
  std::map<Flow, Listener*> behind_;       ///< by the server's port, where a proxy connects to it
  std::map<Party, Listener*> programs_;
  std::set<Party> tapped_;
  /// A connection that a device has made to the server: its address and port, and the server's port. A kernel uses a
  /// port of its own for several connections at once, as long as they lead to different ports.
  using Made = std::tuple<wire::Address, std::uint16_t, std::uint16_t>;
  struct LastSyn {
    std::uint32_t seq = 0;
    std::uint64_t heard = 0;
  };
  std::map<Made, LastSyn> last_syn_;
  std::map<std::uint64_t, Made> by_age_;  ///< keys of last_syn_ by when the last SYN was heard
  std::map<Made, Listener*> made_;
  std::map<Flow, Listener*> translated_;  ///< by the client's port as the server's wire has it, where it differs
  std::uint64_t heard_ = 0;
  std::uint16_t next_port_ = 0;
};

}  // namespace twinwire::run
