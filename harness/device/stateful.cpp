// SPDX-License-Identifier: Apache-2.0
// A stateful firewall: lets connections begin from the client's side with a bare SYN, and then lets through what
// belongs to them. A SYN inside a connection that it knows is passed on and remembered, since it may be a client that
// lost its connection: the server's challenge ACK (RFC 5961 section 4.2) and the client's RST to it must pass. With
// allow-challenge-ack = no it does what the firewalls of the incident do: the SYN begins its tracking anew, so the RST
// in the old numbers is out of the window.
//
// It goes by no clock, so connections do not age; when there are too many, the one that was silent longest is
// forgotten.
#include <algorithm>
#include <map>

#include "generator/wire/sequence.hpp"
#include "harness/device/middlebox.hpp"
#include "harness/device/settings.hpp"
#include "harness/device/window.hpp"

namespace twinwire::device {

namespace {

namespace flag = wire::tcp_flag;

enum class State : std::uint8_t { SynSent, SynReceived, Established, Closed };

// Four times as many as a run ever walks at once (1000).
constexpr std::size_t most_flows = 4096;

struct Flow {
  std::uint64_t touched = 0;  ///< number of its last segment
  State state = State::SynSent;
  Direction client, server;
  Direction reopening;  ///< of a SYN that came into a known connection; `seen` if there is one
  void clear() {
    state = State::SynSent;
    client = server = reopening = Direction{};
  }
  Direction& direction(Party end) { return end == Party::Client ? client : server; }
};

bool legal(std::uint16_t flags) {
  const std::uint16_t kind = flags & (flag::Syn | flag::Fin | flag::Rst | flag::Ack);
  return kind == flag::Syn || kind == (flag::Syn | flag::Ack) || kind == flag::Rst || kind == (flag::Rst | flag::Ack) ||
         kind == flag::Ack || kind == (flag::Fin | flag::Ack);
}

bool read_yes_or_no(const Setting& setting) {
  if (setting.value != "yes" && setting.value != "no") refuse_value(setting, "yes or no");
  return setting.value == "yes";
}

class Stateful final : public Middlebox {
 public:
  explicit Stateful(const Settings& settings) { configure(settings); }

  void on_frame(Party from, time::Instant, wire::Bytes frame, const Emit& emit) override {
    const auto packet = wire::decode(frame);
    if (!packet) return;
    const bool passes = !packet->is_ip || !packet->tcp || packet_passes(from, *packet);
    if (passes) emit(scenario::other(from), frame);
  }

  void forget(const wire::FourTuple& tuple) override {
    const auto flow = flows_.find(tuple);
    if (flow == flows_.end()) return;
    by_age_.erase(flow->second.touched);
    flows_.erase(flow);
  }

  void configure(const Settings& settings) override {
    for (const auto& [key, value] : settings) {
      const Setting setting{"stateful", key, value};
      if (key == "allow-challenge-ack") {
        allow_challenge_ack_ = read_yes_or_no(setting);
      } else if (key == "check-window") {
        check_window_ = read_yes_or_no(setting);
      } else {
        refuse_key(setting, "allow-challenge-ack and check-window");
      }
    }
  }

 private:
  bool packet_passes(Party from, const wire::Packet& packet) {
    const wire::Tcp& tcp = *packet.tcp;
    if (!tcp.checksum_ok || !legal(tcp.flags)) return false;
    wire::FourTuple tuple{packet.src, packet.dst, tcp.src_port, tcp.dst_port};
    if (from == Party::Server) {
      std::swap(tuple.client, tuple.server);
      std::swap(tuple.client_port, tuple.server_port);
    }
    const bool bare_syn = tcp.has(flag::Syn) && !tcp.has(flag::Ack);
    const auto known = flows_.find(tuple);
    if (known == flows_.end()) {
      if (!bare_syn || from != Party::Client) return false;
      if (flows_.size() == most_flows) forget(wire::FourTuple(by_age_.begin()->second));
      Flow& flow = flows_[tuple];
      touch(tuple, flow);
      begin(flow.client, tcp);
      return true;
    }
    Flow& flow = known->second;
    touch(tuple, flow);
    if (bare_syn) return syn_passes(from, flow, tcp);
    if (tcp.has(flag::Syn)) return syn_ack_passes(from, flow, tcp);
    return segment_passes(from, flow, tcp);
  }

  void touch(const wire::FourTuple& tuple, Flow& flow) {
    by_age_.erase(flow.touched);
    flow.touched = ++segments_;
    by_age_.emplace(flow.touched, tuple);
  }

  bool syn_passes(Party from, Flow& flow, const wire::Tcp& tcp) {
    if (from == Party::Server) {
      // Simultaneous open (RFC 9293 figure 7) is the only reason for a SYN from this side.
      if (flow.state != State::SynSent || flow.server.seen) return false;
      begin(flow.server, tcp);
      return true;
    }
    const bool over = flow.state == State::Closed || flow.state == State::SynSent;
    if (over || !allow_challenge_ack_) {
      flow.clear();
      begin(flow.client, tcp);
    } else {
      begin(flow.reopening, tcp);
    }
    return true;
  }

  bool syn_ack_passes(Party from, Flow& flow, const wire::Tcp& tcp) {
    if (from == Party::Server && flow.reopening.seen && wire::seq_less(flow.reopening.first, tcp.ack) &&
        wire::seq_less_equal(tcp.ack, flow.reopening.end)) {
      const Direction client = flow.reopening;
      flow.clear();
      flow.client = client;
    }
    Direction& own = flow.direction(from);
    Direction& other = flow.direction(scenario::other(from));
    if (!other.seen || (flow.state == State::Established && own.end != tcp.seq + tcp.seg_len())) return false;
    // It may leave data that came with the SYN unacknowledged.
    const bool answers = wire::seq_less(other.first, tcp.ack) && wire::seq_less_equal(tcp.ack, other.end);
    if (check_window_ && !answers && flow.state == State::SynSent) return false;
    if (flow.state == State::SynSent) {
      begin(own, tcp);
      flow.state = State::SynReceived;
    }
    track(own, other, tcp);
    return true;
  }

  bool segment_passes(Party from, Flow& flow, const wire::Tcp& tcp) {
    Direction& own = flow.direction(from);
    Direction& other = flow.direction(scenario::other(from));
    if (flow.state == State::SynSent && from == Party::Server) return answer_to_syn_passes(flow, tcp);
    if (check_window_ && !fits(flow, from, tcp)) return false;
    if (tcp.has(flag::Rst)) {
      // Below what the other end has acknowledged it is stale at best.
      if (check_window_ && own.seen && wire::seq_less(tcp.seq, own.acked)) return false;
      // An exact RST ends the connection, one that is merely inside the window does not (RFC 5961 section 3.2).
      if (!own.seen || tcp.seq == own.end) flow.state = State::Closed;
      return true;
    }
    track(own, other, tcp);
    if (flow.state == State::SynReceived && from == Party::Client) flow.state = State::Established;
    return true;
  }

  /// A server that still has the client's lost connection answers a SYN with a challenge ACK, one that has none with a
  /// RST.
  bool answer_to_syn_passes(Flow& flow, const wire::Tcp& tcp) {
    if (tcp.has(flag::Rst)) {
      const bool refuses = tcp.has(flag::Ack) && tcp.ack == flow.client.end;
      if (refuses) flow.state = State::Closed;
      return refuses || !check_window_;
    }
    if (allow_challenge_ack_) {
      begin_challenge(flow, tcp);
    }
    return true;
  }

  static void begin_challenge(Flow& flow, const wire::Tcp& challenge) {
    flow.reopening = flow.client;
    // The old connection's numbers, as the server's ACK tells them.
    flow.client.end = challenge.ack;
    flow.client.acked = challenge.ack;
    flow.client.max_end = challenge.ack + std::max<std::uint32_t>(challenge.window, 1);
    flow.server = Direction{};
    flow.server.seen = true;
    flow.server.end = challenge.seq + challenge.seg_len();
    flow.server.max_window = std::max<std::uint32_t>(challenge.window, 1);
    flow.server.max_end = flow.server.end;
    flow.server.acked = challenge.seq;
    flow.state = State::Established;
  }

  bool fits(Flow& flow, Party from, const wire::Tcp& tcp) const {
    const Direction& own = flow.direction(from);
    const Direction& other = flow.direction(scenario::other(from));
    if (!own.seen) return true;
    return in_window(own, other, tcp);
  }

  std::map<wire::FourTuple, Flow> flows_;
  std::map<std::uint64_t, wire::FourTuple> by_age_;  ///< by Flow::touched
  std::uint64_t segments_ = 0;
  bool allow_challenge_ack_ = true;
  bool check_window_ = true;
};

}  // namespace

std::unique_ptr<Middlebox> make_stateful(const Settings& settings) { return std::make_unique<Stateful>(settings); }

}  // namespace twinwire::device
