// SPDX-License-Identifier: Apache-2.0
// A marker is a data segment whose payload says that it is one, and which. Each carries the acknowledgment of what its
// sender has received, and a side that only listens speaks up before the other's window is used up, so that a device
// which tracks windows always finds it in order.
#include "harness/run/markers.hpp"

#include "harness/observe/matcher.hpp"

namespace twinwire::run {
namespace {

constexpr std::uint16_t discard_port = 9;  // RFC 863
constexpr std::uint16_t window = 65535;
constexpr std::size_t greeting_bytes = 1000;
constexpr std::uint32_t speak_up_after = window / 2;

void put64(std::vector<std::uint8_t>& out, std::uint64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8)
    out.push_back(static_cast<std::uint8_t>(value >> static_cast<unsigned>(shift)));
}

}  // namespace

MarkerFlow::MarkerFlow(Wires& wires, wire::Family family, std::uint32_t iss) : wires_(wires), family_(family) {
  client_.iss = iss;
  server_.iss = ~iss;
  client_.own_port = wires.fresh_port();
  client_.peer_port = discard_port;
  server_.own_port = discard_port;
  client_.peer = *wires.station(Party::Server).address(family);
  wires.listen(family, client_.own_port, *this);
}

MarkerFlow::~MarkerFlow() { wires_.mute(*this); }

bool MarkerFlow::open(time::Duration patience) {
  time::Timeline& timeline = wires_.timeline();
  transmit(Party::Client, wire::tcp_flag::Syn, {});
  wires_.poll();
  bool late = false;
  const auto timer = timeline.at(timeline.now() + patience, [&late] { late = true; });
  timeline.run([&] { return open_ || late; });
  timeline.cancel(timer);
  return open_;
}

craft::Frame MarkerFlow::transmit(Party from, std::uint16_t flags, std::vector<std::uint8_t> payload) {
  Side& own = side(from);
  const host::Station& station = wires_.station(from);
  craft::Segment segment;
  segment.src_mac = station.mac();
  segment.dst_mac = station.next_hop_mac(family_).value_or(wire::Mac{});
  segment.src = *station.address(family_);
  segment.dst = own.peer;
  segment.src_port = own.own_port;
  segment.dst_port = own.peer_port;
  segment.flags = flags;
  segment.seq = (flags & wire::tcp_flag::Syn) != 0 ? own.iss : own.end.now().snd_nxt;
  segment.ack = (flags & wire::tcp_flag::Ack) != 0 ? own.end.now().rcv_nxt : 0;
  segment.window = window;
  segment.payload = std::move(payload);
  segment.ip_id = static_cast<std::uint16_t>(next_);
  craft::Frame frame = wires_.builder().tcp(segment);
  refused_ = wires_.send(from, frame) == link::Sent::Refused;
  if (!refused_) own.end.sent(*wire::decode(frame)->tcp);
  own.unacknowledged = 0;
  return frame;
}

void MarkerFlow::greet() {
  open_ = true;
  for (int i = 0; i < 2; ++i) {
    transmit(Party::Server, wire::tcp_flag::Psh | wire::tcp_flag::Ack, std::vector<std::uint8_t>(greeting_bytes));
  }
}

std::optional<craft::Frame> MarkerFlow::send(Party from, MarkerListener& listener) {
  if (!open_) return std::nullopt;
  const std::uint64_t identity = next_++;
  std::vector<std::uint8_t> payload(observe::marker_magic.begin(), observe::marker_magic.end());
  put64(payload, identity);
  waiting_[identity] = &listener;
  craft::Frame frame = transmit(from, wire::tcp_flag::Psh | wire::tcp_flag::Ack, std::move(payload));
  if (refused_) return std::nullopt;
  return frame;
}

void MarkerFlow::forget(const MarkerListener& listener) {
  std::erase_if(waiting_, [&](const auto& entry) { return entry.second == &listener; });
}

bool MarkerFlow::expects(const wire::Packet& packet) const {
  return !open_ && packet.tcp->flags == wire::tcp_flag::Syn && packet.tcp->dst_port == discard_port;
}

void MarkerFlow::on_frame(Party wire, time::Instant at, const wire::Packet& packet, wire::Bytes frame) {
  if (!packet.tcp) return;
  const wire::Tcp& tcp = *packet.tcp;
  Side& own = side(wire);
  if (wire == Party::Server) {
    own.peer = packet.src;
    own.peer_port = tcp.src_port;
  }
  own.end.received(tcp);
  own.unacknowledged += static_cast<std::uint32_t>(tcp.payload.size());
  const bool syn = tcp.has(wire::tcp_flag::Syn);
  if (syn && wire == Party::Server) transmit(wire, wire::tcp_flag::Syn | wire::tcp_flag::Ack, {});
  if (syn && wire == Party::Client) transmit(wire, wire::tcp_flag::Ack, {});
  if (!syn && wire == Party::Server && !open_) greet();
  if (own.unacknowledged > speak_up_after) transmit(wire, wire::tcp_flag::Ack, {});
  const auto identity = observe::marker_identity(packet);
  if (!identity) return;
  const auto listener = waiting_.find(*identity);
  if (listener == waiting_.end()) return;
  MarkerListener* heard = listener->second;
  waiting_.erase(listener);
  heard->on_marker(wire, at, frame);
}

}  // namespace twinwire::run
