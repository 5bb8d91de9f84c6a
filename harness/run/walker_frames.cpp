// SPDX-License-Identifier: Apache-2.0
// The walker's frames: from a line, or from an end that speaks for itself, to the wire, and from the wire to the
// connection that the frame belongs to.
#include "generator/wire/sequence.hpp"
#include "harness/run/walker.hpp"

namespace twinwire::run {
namespace {

using observe::Event;
using scenario::Crossing;
namespace flag = scenario::flag;

constexpr std::size_t ethernet_and_mtu = wire::ethernet_header;

std::optional<std::uint16_t> as_number(const std::string& port) {
  if (port.empty() || port.find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
  return static_cast<std::uint16_t>(std::stoul(port));
}

std::optional<std::uint16_t> mss_of(const wire::Tcp& syn) {
  for (const auto& option : wire::parse_tcp_options(syn.options)) {
    if (option.kind == scenario::option_kind::Mss && option.data.size() == 2) return wire::load16(option.data, 0);
  }
  return std::nullopt;
}

}  // namespace

Walker::Connection& Walker::make_connection(const std::string& name, std::uint16_t client_port,
                                            std::uint16_t server_port) {
  auto made = std::make_unique<Connection>();
  made->client_port = client_port;
  made->server_port = server_port;
  made->client_iss = static_cast<std::uint32_t>(random_());
  made->server_iss = static_cast<std::uint32_t>(random_());
  made->client_address = address_of(Party::Client);
  made->server_address = address_of(Party::Server);
  const scenario::PathSpec& path = wires_.bench().spec().path;
  const bool direct = path.kind == scenario::PathSpec::Kind::Direct;
  const bool asks_device = path.asks_device();
  made->asked_address = asks_device ? wires_.station(Party::Client).next_hop(scenario_.family) : made->server_address;
  made->asked_port = asks_device ? path.port : server_port;
  // Behind a proxy the server learns the address of its peer from that peer's SYN.
  made->seen_address = direct ? made->client_address : wire::Address{};
  made->seen_port = direct ? client_port : std::uint16_t{0};
  // In a long run ports come round again. What the device still knows of them must not meet this cell.
  if (wires_.had(scenario_.family, client_port) && bench::can_forget(wires_.bench().spec())) {
    wires_.bench().forget(tuple_of(*made));
  }
  wires_.listen(scenario_.family, client_port, *this);
  if (!direct) wires_.listen_behind(scenario_.family, server_port, *this);
  transcript_.connections.push_back({name, made->client_address, made->server_address, client_port, server_port});
  return *(connections_[name] = std::move(made));
}

wire::FourTuple Walker::tuple_of(const Connection& connection) const {
  return {connection.client_address, connection.server_address, connection.client_port, connection.server_port};
}

bool Walker::is_program(Party party) const {
  return (party == Party::Client ? scenario_.client : scenario_.server).program.has_value();
}

wire::Address Walker::address_of(Party party) const {
  if (is_program(party)) {
    if (const auto address = wires_.bench().program_address(party, scenario_.family)) return *address;
  }
  return *wires_.station(party).address(scenario_.family);
}

Walker::Connection& Walker::connection_of(const scenario::Endpoint& who) {
  scenario::Packet line;
  line.from = who;
  line.to.party = other(who.party);
  return connection(line);
}

Walker::Connection& Walker::connection(const scenario::Packet& line) {
  const bool client_sends = line.from.party == Party::Client || line.to.party == Party::Server;
  const std::string client_name =
      client_sends ? line.from.party == Party::Client ? line.from.port : std::string() : line.to.port;
  const std::string server_name = line.from.party == Party::Server ? line.from.port
                                  : line.to.party == Party::Server ? line.to.port
                                                                   : std::string();
  // Which of a proxy's own connections belongs to this one is known by the port that it was asked for.
  const bool proxied = wires_.bench().spec().path.kind == scenario::PathSpec::Kind::Proxy;
  std::string name = client_name + (server_name.empty() ? "" : ":" + server_name);
  if (client_name == "*") name += std::to_string(connections_.size());
  const auto known = connections_.find(client_name.empty() && connections_.contains(server_name) ? server_name : name);
  if (known != connections_.end()) return *known->second;
  const std::uint16_t own =
      client_name.empty() && scenario_.client.port != 0 ? scenario_.client.port : wires_.fresh_port();
  const std::uint16_t server_port =
      proxied ? wires_.fresh_port() : as_number(server_name).value_or(scenario_.server_port());
  return make_connection(name, as_number(client_name).value_or(own), server_port);
}

Walker::Connection* Walker::connection_at(Party wire, const wire::Packet& packet) {
  const std::uint16_t client_port = wire == Party::Client ? packet.tcp->dst_port : packet.tcp->src_port;
  const bool direct = wires_.bench().spec().path.kind == scenario::PathSpec::Kind::Direct;
  for (auto& [name, connection] : connections_) {
    const std::uint16_t own = wire == Party::Client ? connection->client_port : connection->seen_port;
    const bool from_it = wire == Party::Client || direct ||
                         (connection->seen_address == packet.src && connection->server_port == packet.tcp->dst_port);
    if (own == client_port && from_it) return connection.get();
  }
  return wire == Party::Server ? unaccepted(packet) : nullptr;
}

Walker::Connection* Walker::unaccepted(const wire::Packet& first) {
  const bool anew = wires_.bench().spec().path.connects_anew();
  Connection* found = nullptr;
  for (auto& [name, connection] : connections_) {
    if (connection->seen_port != 0) continue;
    if (first.src == connection->client_address && first.tcp->src_port == connection->client_port)
      return connection.get();
    // Nobody goes on to the server before the client has asked for it.
    const bool asked = anew ? connection->client.now().iss.has_value() : connection->server_port == first.tcp->dst_port;
    const bool waits = !connection->client_live || !connection->client_live->gone();
    if (asked && (found == nullptr || waits)) found = connection.get();
  }
  return found;
}

observe::LabelledPacket Walker::labelled() const {
  return [this](const std::string& label) -> std::optional<wire::Packet> {
    const auto step = step_of_label_.find(label);
    if (step == step_of_label_.end()) {
      const auto before = labelled_before_.find(label);
      return before == labelled_before_.end() ? std::nullopt : wire::decode(before->second);
    }
    for (const Event& event : transcript_.events) {
      const bool sent = event.kind == Event::Kind::Sent || event.kind == Event::Kind::Carried;
      if (sent && !event.marker && event.step == step->second) return wire::decode(event.frame);
    }
    return std::nullopt;
  };
}

wire::Mac Walker::mac_toward_other(Party from) const {
  const host::Station& station = wires_.station(from);
  const Party to = other(from);
  // In one network our own end at that place is the next hop, and the program is not where that end is.
  const bool one_network = station.next_hop(scenario_.family) == wires_.station(to).address(scenario_.family);
  if (one_network && is_program(to)) {
    if (const auto mac = wires_.bench().program_mac(to)) return *mac;
  }
  return station.next_hop_mac(scenario_.family).value_or(wire::Mac{});
}

craft::Segment Walker::addressed(Connection& connection, Party from) const {
  craft::Segment segment;
  segment.src_mac = wires_.station(from).mac();
  segment.dst_mac = mac_toward_other(from);
  segment.src = from == Party::Client ? connection.client_address : connection.server_address;
  if (from == Party::Client) {
    segment.dst = connection.asked_address;
    segment.src_port = connection.client_port;
    segment.dst_port = connection.asked_port;
  } else {
    segment.dst = connection.seen_address;
    segment.src_port = connection.server_port;
    segment.dst_port = connection.seen_port;
  }
  return segment;
}

void Walker::transmit(int index, int packet, const scenario::Packet& line) {
  Connection& connection = this->connection(line);
  const Party from = line.from.party;
  if (const auto* again = std::get_if<scenario::Again>(&line.segment)) {
    const auto before = labelled()(again->label);
    if (!before) throw CannotSend("'again @" + again->label + "' has nothing to repeat: that line was not walked");
    craft::Segment segment = addressed(connection, from);
    segment.ip_id = ip_id_++;
    const scenario::EndConfig& config = from == Party::Client ? scenario_.client : scenario_.server;
    compose_again(*before, again->overrides, {connection.end(from), config, scenario_.family, 0, 0}, labelled(),
                  segment);
    put_on_wire(index, packet, connection, from, line.crossing, segment);
    return;
  }
  emit(index, packet, connection, from, std::get<scenario::SegmentSpec>(line.segment));
}

void Walker::emit(int index, int packet, Connection& connection, Party from, const scenario::SegmentSpec& spec) {
  observe::End& end = connection.end(from);
  std::uint32_t& planned = from == Party::Client ? connection.client_iss : connection.server_iss;
  const std::uint32_t peer = from == Party::Client ? connection.server_iss : connection.client_iss;
  // The number planned for a SYN is used up by it: after `forgets`, or with `iss=new`, the next one is another.
  if (end.now().iss == planned) planned = static_cast<std::uint32_t>(random_());
  craft::Segment segment = addressed(connection, from);
  segment.ip_id = ip_id_++;
  const scenario::EndConfig& config = from == Party::Client ? scenario_.client : scenario_.server;
  compose(spec, {end, config, scenario_.family, planned, peer}, labelled(), segment);
  Crossing crossing = Crossing::Must;
  if (static_cast<std::size_t>(index) < scenario_.steps.size()) {
    const auto* line = std::get_if<scenario::Packet>(&scenario_.steps[static_cast<std::size_t>(index)].what);
    if (line != nullptr) crossing = line->crossing;
  }
  put_on_wire(index, packet, connection, from, crossing, segment);
}

void Walker::put_on_wire(int index, int packet, Connection& connection, Party from, Crossing crossing,
                         const craft::Segment& segment) {
  craft::Frame frame = wires_.builder().tcp(segment);
  const std::size_t mtu = wires_.bench().wire(from).mtu();
  if (frame.size() > mtu + ethernet_and_mtu) {
    throw CannotSend("a packet of " + std::to_string(frame.size() - ethernet_and_mtu) +
                     " octets does not fit the wire's MTU of " + std::to_string(mtu));
  }
  const auto decoded = wire::decode(frame);
  Event event;
  event.step = index;
  event.packet = packet;
  event.wire = from;
  event.at = wires_.timeline().now();
  if (crossing == Crossing::Around) {
    event.kind = Event::Kind::Carried;
    event.wire = other(from);
    connection.end(from).sent(*decoded->tcp);
    connection.end(event.wire).received(*decoded->tcp);
  } else {
    const bool sent = wires_.send(from, frame) == link::Sent::Yes;
    event.kind = sent ? Event::Kind::Sent : Event::Kind::Refused;
    refused_ = refused_ || !sent;
    if (sent) connection.end(from).sent(*decoded->tcp);
  }
  event.frame = std::move(frame);
  record(std::move(event));
}

bool Walker::expects(const wire::Packet& packet) const {
  for (auto event = transcript_.events.rbegin(); event != transcript_.events.rend(); ++event) {
    if (event->kind != Event::Kind::Sent || event->marker || event->wire != Party::Client) continue;
    const auto sent = wire::decode(event->frame);
    if (sent->tcp->dst_port != packet.tcp->dst_port || sent->tcp->flags != packet.tcp->flags) continue;
    const bool same_id = packet.src.family == wire::Family::Ipv4 && sent->ip_id == packet.ip_id;
    if (sent->tcp->seq == packet.tcp->seq || same_id) return true;
  }
  return false;
}

std::size_t Walker::record_arrival(Party wire, time::Instant at, wire::Bytes frame, Arrival arrival) {
  Event event;
  event.kind = Event::Kind::Received;
  event.at = at;
  event.wire = wire;
  event.marker = arrival == Arrival::Marker;
  event.step = event.marker ? -1 : step_;
  event.frame.assign(frame.begin(), frame.end());
  const std::size_t index = record(std::move(event));
  alarm_.ring();
  return index;
}

void Walker::on_frame(Party wire, time::Instant at, const wire::Packet& packet, wire::Bytes frame) {
  const std::size_t index = record_arrival(wire, at, frame, Arrival::Frame);
  if (!packet.tcp) hear_of_mtu(wire, packet);
  if (!packet.tcp || !packet.tcp->checksum_ok) return;  // an end takes no segment whose checksum is wrong
  const observe::Transit* transit = matcher_.of_received(index);
  const bool direct = wires_.bench().spec().path.kind == scenario::PathSpec::Kind::Direct;
  if (direct && wire == Party::Server && transit != nullptr && transit->sent) learn_translation(*transit, packet);
  Connection* connection = connection_at(wire, packet);
  if (connection == nullptr) return;
  if (wire == Party::Server && connection->seen_port == 0) {
    if (!packet.tcp->has(flag::Syn)) return;  // of an older connection of the proxy's
    accept(*connection, packet);
  }
  if (transit != nullptr && transit->sent && transit->step >= 0 &&
      static_cast<std::size_t>(transit->step) < scenario_.steps.size()) {
    const auto& what = scenario_.steps[static_cast<std::size_t>(transit->step)].what;
    const auto* line = std::get_if<scenario::Packet>(&what);
    if (line != nullptr && line->lost) return;
  }
  LiveEnd* live = connection->live_end(wire).get();
  const bool begins = packet.tcp->has(flag::Syn) && !packet.tcp->has(flag::Ack);
  if (wire == Party::Server && connection->live && begins && live != nullptr && live->gone()) {
    connection->server.forget();  // the port still listens
    connection->server_live.reset();
    live = &enliven(*connection, Party::Server);
  }
  connection->end(wire).received(*packet.tcp);
  if (packet.tcp->has(flag::Syn)) connection->announced_mss[wire] = mss_of(*packet.tcp);
  if (connection->live && live != nullptr) live->arrives(*packet.tcp, wires_.timeline().now());
}

void Walker::on_departure(Party wire, time::Instant at, const wire::Packet& packet, wire::Bytes frame) {
  Connection* connection = nullptr;
  for (auto& [name, known] : connections_) {
    const std::uint16_t port = wire == Party::Client ? packet.tcp->src_port : packet.tcp->dst_port;
    if (port == (wire == Party::Client ? known->client_port : known->seen_port)) connection = known.get();
  }
  if (connection == nullptr && wire == Party::Client) {
    if (!packet.tcp->has(flag::Syn)) return;  // of a program that has ended, in a walk before this one
    connection = &make_connection("program-" + std::to_string(connections_.size() + 1), packet.tcp->src_port,
                                  packet.tcp->dst_port);
    connection->live = true;
    LiveEnd& server = enliven(*connection, Party::Server);
    if (scenario_.tls) server.start_tls(tls_server().accept());
  }
  Event event;
  event.kind = Event::Kind::Sent;
  event.at = at;
  event.wire = wire;
  event.step = step_;
  event.packet = live_packets_++;
  event.frame.assign(frame.begin(), frame.end());
  record(std::move(event));
  if (connection != nullptr) connection->end(wire).sent(*packet.tcp);
  alarm_.ring();
}

void Walker::learn_translation(const observe::Transit& transit, const wire::Packet& arrived) {
  const auto sent = wire::decode(transcript_.events[*transit.sent].frame);
  for (auto& [name, connection] : connections_) {
    if (connection->client_port != sent->tcp->src_port) continue;
    connection->seen_address = arrived.src;
    connection->seen_port = arrived.tcp->src_port;
  }
}

void Walker::hear_of_mtu(Party wire, const wire::Packet& packet) {
  const auto quoted = wire::quoted_by_icmp(packet);
  const auto mtu = wire::next_hop_mtu(packet);
  if (!quoted || !mtu) return;
  for (auto& [name, connection] : connections_) {
    const std::uint16_t own = wire == Party::Client ? connection->client_port : connection->server_port;
    LiveEnd* live = connection->live_end(wire).get();
    if (own == quoted->src_port && connection->live && live != nullptr) live->too_big(*mtu, wires_.timeline().now());
  }
}

void Walker::on_marker(Party wire, time::Instant at, wire::Bytes frame) {
  if (const auto identity = observe::marker_identity(*wire::decode(frame))) round_.erase(*identity);
  record_arrival(wire, at, frame, Arrival::Marker);
}

}  // namespace twinwire::run
