// SPDX-License-Identifier: Apache-2.0
// The ends keep MAC addresses of their own (locally administered), so no kernel takes their frames for its own.
#include "harness/run/wires.hpp"

#include <algorithm>

namespace twinwire::run {
namespace {

constexpr wire::Mac client_mac{{0x02, 0x74, 0x77, 0x00, 0x00, 0x01}};
constexpr wire::Mac server_mac{{0x02, 0x74, 0x77, 0x00, 0x00, 0x02}};
constexpr int solicitations = 20;  // RFC 4861 asks for 3; a device that has just started may need more
constexpr auto solicitation_interval = std::chrono::milliseconds(100);
// Above what scenarios name by number.
constexpr std::uint16_t first_port = 10000, last_port = 65535;

// Connections that a device makes, to know a retransmitted SYN by. It goes on asking for some two minutes (Linux: six
// times) for the few whose client has gone.
constexpr std::size_t most_remembered = 1024;

std::optional<wire::Prefix> of_family(const std::vector<wire::Prefix>& prefixes, wire::Family family) {
  const auto found =
      std::ranges::find_if(prefixes, [&](const auto& prefix) { return prefix.address.family == family; });
  return found == prefixes.end() ? std::nullopt : std::optional(*found);
}

wire::Address next_hop(const scenario::EndSpec& own, const wire::Prefix& prefix, const wire::Address& other) {
  for (const auto& gateway : own.gateway) {
    if (gateway.family == prefix.address.family) return gateway;
  }
  return prefix.contains(other) ? other : wire::first_host(prefix);
}

}  // namespace

Wires::Wires(bench::Bench& bench)
    : bench_(bench), client_(make_station(Party::Client)), server_(make_station(Party::Server)) {
  for (const Party end : {Party::Client, Party::Server}) {
    bench_.wire(end).on_frame([this, end](time::Instant at, wire::Bytes frame) { dispatch(end, at, frame); });
  }
}

Wires::~Wires() {
  for (const Party end : {Party::Client, Party::Server}) {
    bench_.wire(end).on_frame(nullptr);
    if (tapped_.contains(end)) bench_.on_program_frame(end, nullptr);
  }
}

host::Station Wires::make_station(Party end) {
  const auto& spec = bench_.spec();
  const auto& own = end == Party::Client ? spec.client : spec.server;
  const auto& other = end == Party::Client ? spec.server : spec.client;
  std::vector<wire::Address> addresses;
  std::map<wire::Family, wire::Address> hops;
  for (const auto& prefix : own.address) {
    addresses.push_back(prefix.address);
    if (const auto peer = of_family(other.address, prefix.address.family)) {
      hops[prefix.address.family] = next_hop(own, prefix, peer->address);
    }
  }
  return {bench_.wire(end), builder_, end == Party::Client ? client_mac : server_mac, addresses, hops};
}

bool Wires::has(wire::Family family) const { return client_.address(family) && server_.address(family); }

void Wires::resolve(wire::Family family) {
  for (const Party end : {Party::Client, Party::Server}) {
    host::Station& station = end == Party::Client ? client_ : server_;
    const auto known = [&] { return station.next_hop_mac(family).has_value(); };
    for (int attempt = 0; attempt < solicitations && !known(); ++attempt) {
      station.solicit(family);
      poll();
      bool waited = false;
      const auto timer = timeline().at(timeline().now() + solicitation_interval, [&waited] { waited = true; });
      timeline().run([&] { return waited || known(); });
      timeline().cancel(timer);
    }
    if (!known()) {
      throw bench::BenchError(
          "nobody answers " + std::string(family == wire::Family::Ipv4 ? "ARP" : "Neighbor Discovery") + " for " +
          to_string(station.next_hop(family)) + " on the " + (end == Party::Client ? "client" : "server") +
          "'s wire: the device must have that address there, or forward the question");
    }
  }
}

void Wires::poll() {
  for (std::uint64_t before = heard_ - 1; before != heard_;) {
    before = heard_;
    bench_.wire(Party::Client).poll();
    bench_.wire(Party::Server).poll();
  }
}

void Wires::listen(wire::Family family, std::uint16_t client_port, Listener& listener) {
  flows_[{family, client_port}] = &listener;
  had_.at(index_of(family)).set(client_port);
}

void Wires::listen_behind(wire::Family family, std::uint16_t server_port, Listener& listener) {
  behind_[{family, bench_.spec().path.connects_anew() ? std::uint16_t{0} : server_port}] = &listener;
}

void Wires::listen_program(Party end, Listener& listener) {
  programs_[end] = &listener;
  if (!tapped_.insert(end).second) return;
  bench_.on_program_frame(end,
                          [this, end](time::Instant at, wire::Bytes frame) { dispatch_departure(end, at, frame); });
}

void Wires::mute(const Listener& listener) {
  const auto is_its = [&](const auto& flow) { return flow.second == &listener; };
  std::erase_if(flows_, is_its);
  std::erase_if(behind_, is_its);
  std::erase_if(programs_, [&](const auto& program) { return program.second == &listener; });
  std::erase_if(translated_, is_its);
  std::erase_if(made_, is_its);
}

std::uint16_t Wires::fresh_port() {
  const auto used = [this](std::uint16_t port) {
    return flows_.contains({wire::Family::Ipv4, port}) || flows_.contains({wire::Family::Ipv6, port});
  };
  do {
    next_port_ =
        next_port_ >= last_port || next_port_ < first_port ? first_port : static_cast<std::uint16_t>(next_port_ + 1);
  } while (used(next_port_));
  return next_port_;
}

Listener* Wires::find_made(const wire::Address& from, std::uint16_t port, std::uint16_t server_port) const {
  const auto found = made_.find({from, port, server_port});
  return found == made_.end() ? nullptr : found->second;
}

Listener* Wires::find(const std::map<Flow, Listener*>& flows, wire::Family family, std::uint16_t port) const {
  const auto found = flows.find({family, port});
  return found == flows.end() ? nullptr : found->second;
}

void Wires::dispatch(Party wire, time::Instant at, wire::Bytes frame) {
  ++heard_;
  const auto packet = wire::decode(frame);
  if (!packet) return;
  host::Station& station = wire == Party::Client ? client_ : server_;
  if (station.receive(*packet) || !packet->is_ip) return;
  // What a program sends is on its tap before it can be at the other end; unheard there, it would seem the device's
  // own.
  if (!tapped_.empty()) bench_.poll_program_frames();
  Listener* listener = packet->tcp ? owner(wire, *packet) : owner_of_quoted(wire, *packet);
  if (listener != nullptr) listener->on_frame(wire, at, *packet, frame);
}

Listener* Wires::owner(Party wire, const wire::Packet& packet) {
  const wire::Family family = packet.src.family;
  if (wire == Party::Client) return find(flows_, family, packet.tcp->dst_port);
  const std::uint16_t port = packet.tcp->src_port;
  if (bench_.spec().path.kind != scenario::PathSpec::Kind::Direct) return owner_behind(packet);
  if (packet.src == client_.address(family) || packet.src == bench_.program_address(Party::Client, family)) {
    if (Listener* listener = find(flows_, family, port)) return listener;
  }
  if (Listener* listener = find(translated_, family, port)) return listener;
  std::set<Listener*> candidates;
  for (const auto& [flow, listener] : flows_) {
    if (flow.first == family && listener->expects(packet)) candidates.insert(listener);
  }
  if (candidates.size() != 1) return nullptr;
  translated_[{family, port}] = *candidates.begin();
  return *candidates.begin();
}

bool Wires::opens(const wire::Packet& syn) {
  if (!syn.tcp->has(wire::tcp_flag::Syn)) return false;
  const Made made{syn.src, syn.tcp->src_port, syn.tcp->dst_port};
  const auto [last, first] = last_syn_.try_emplace(made);
  const bool repeated = !first && last->second.seq == syn.tcp->seq;
  by_age_.erase(last->second.heard);
  last->second = {syn.tcp->seq, heard_};
  by_age_[heard_] = made;
  if (last_syn_.size() > most_remembered) {
    last_syn_.erase(by_age_.begin()->second);
    by_age_.erase(by_age_.begin());
  }
  return !repeated;
}

Listener* Wires::owner_behind(const wire::Packet& packet) {
  const wire::Family family = packet.src.family;
  const wire::Tcp& tcp = *packet.tcp;
  const bool opening = opens(packet);
  // What a device forwards that could have taken it has the client's own address and port.
  const bool forwards = bench_.spec().path.kind == scenario::PathSpec::Kind::Intercept;
  const bool of_client =
      packet.src == client_.address(family) || packet.src == bench_.program_address(Party::Client, family);
  if (forwards && of_client) {
    if (Listener* listener = find(flows_, family, tcp.src_port)) return listener;
  }
  if (Listener* listener = find_made(packet.src, tcp.src_port, tcp.dst_port)) return listener;
  // A proxy may go on asking for a connection whose client has long gone, in a walk before this one.
  if (!opening) return nullptr;
  Listener* listener = find(behind_, family, tcp.dst_port);
  if (listener == nullptr) listener = find(behind_, family, 0);
  if (listener != nullptr) made_[{packet.src, tcp.src_port, tcp.dst_port}] = listener;
  return listener;
}

void Wires::dispatch_departure(Party wire, time::Instant at, wire::Bytes frame) {
  ++heard_;
  const auto packet = wire::decode(frame);
  if (!packet || !packet->tcp) return;
  const std::uint16_t port = wire == Party::Client ? packet->tcp->src_port : packet->tcp->dst_port;
  const wire::Family family = packet->src.family;
  Listener* listener =
      wire == Party::Server ? find_made(packet->dst, port, packet->tcp->src_port) : find(flows_, family, port);
  if (listener == nullptr && wire == Party::Server) listener = find(flows_, family, port);
  if (listener == nullptr && wire == Party::Server) listener = find(translated_, family, port);
  if (listener == nullptr && programs_.contains(wire)) listener = programs_.at(wire);
  if (listener != nullptr) listener->on_departure(wire, at, *packet, frame);
}

Listener* Wires::owner_of_quoted(Party wire, const wire::Packet& packet) {
  const auto quoted = wire::quoted_by_icmp(packet);
  if (!quoted) return nullptr;
  // On the client's wire the quoted packet is one of the client's; on the server's, one of the server's towards the
  // client.
  if (wire == Party::Client) return find(flows_, packet.src.family, quoted->src_port);
  if (Listener* listener = find_made(quoted->dst, quoted->dst_port, quoted->src_port)) return listener;
  if (Listener* listener = find(flows_, packet.src.family, quoted->dst_port)) return listener;
  return find(translated_, packet.src.family, quoted->dst_port);
}

}  // namespace twinwire::run
