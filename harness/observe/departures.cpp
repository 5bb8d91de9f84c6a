// SPDX-License-Identifier: Apache-2.0
// Each frame is filed up to five times: by all that makes two frames equal, with and without the IP ID, and by each of
// the three things of which a frame that the device rewrote must have kept one, to be recognised at all: its sequence
// number, its payload, or its IP ID and ACK. All keys hold the server's port, which no device changes; of payloads they
// hold a hash. Most frames arrive as they were sent, and IPv4 then has an IP ID to find them by; so the other keys are
// made when somebody first looks for one, for all frames up to then.
#include "harness/observe/departures.hpp"

#include <functional>
#include <string_view>

namespace twinwire::observe {
namespace {

std::uint64_t hash_of(wire::Bytes payload) {
  const std::string_view text(reinterpret_cast<const char*>(payload.data()), payload.size());
  return payload.empty() ? 0 : std::hash<std::string_view>{}(text);
}

bool has_ip_id(const wire::Packet& packet) { return packet.src.family == wire::Family::Ipv4; }

}  // namespace

std::size_t Departures::Hash::operator()(const Key& key) const {
  constexpr std::uint64_t odd = 0x9E3779B97F4A7C15U;  // 2^64 over the golden ratio: spreads neighbours far apart
  std::uint64_t mixed = key.kind * odd;
  mixed = ((mixed ^ (mixed >> 32U)) + key.numbers) * odd;
  mixed = ((mixed ^ (mixed >> 32U)) + key.payload) * odd;
  return static_cast<std::size_t>(mixed ^ (mixed >> 32U));
}

Departures::Key Departures::key(Kind kind, const Wanted& wanted) const {
  const wire::Tcp& tcp = *wanted.packet.tcp;
  const std::uint64_t server_port = direction_ == 0 ? tcp.dst_port : tcp.src_port;
  const std::uint64_t ip_id = wanted.packet.ip_id, flags = tcp.flags & identity_flags;
  const std::uint64_t seq = wanted.seq, ack = tcp.has(wire::tcp_flag::Ack) ? wanted.ack : 0;
  const std::uint64_t base = static_cast<std::uint64_t>(kind) | (server_port << 8U);
  switch (kind) {
    case Kind::Same:
      return {base | (flags << 24U), (seq << 32U) | ack, hash_of(tcp.payload)};
    case Kind::SameWithIpId:
      return {base | (flags << 24U) | (ip_id << 40U), (seq << 32U) | ack, hash_of(tcp.payload)};
    case Kind::Seq:
      return {base, seq, 0};
    case Kind::Payload:
      return {base, tcp.payload.size(), hash_of(tcp.payload)};
    case Kind::IpIdAndAck:
      break;
  }
  return {base | (ip_id << 40U), tcp.ack, 0};
}

void Departures::clear() {
  departed_.clear();
  filed_.clear();
  same_filed_ = alike_filed_ = 0;
}

std::size_t Departures::add(std::size_t transit, wire::Bytes frame) {
  const std::size_t index = departed_.size();
  Departed& departed = departed_.emplace_back();
  departed.transit = transit;
  departed.last_twin = index;
  departed.frame.assign(frame.begin(), frame.end());
  departed.packet = wire::decode(departed.frame);
  if (!departed.packet || !departed.packet->tcp) return index;
  if (has_ip_id(*departed.packet)) file(index, Kind::SameWithIpId);
  return index;
}

void Departures::file(std::size_t index, Kind kind) {
  const wire::Packet& packet = *departed_[index].packet;
  filed_[key(kind, {packet, packet.tcp->seq, packet.tcp->ack})].frames.push_back(index);
}

void Departures::file_same() {
  for (; same_filed_ < departed_.size(); ++same_filed_) {
    const auto& packet = departed_[same_filed_].packet;
    if (packet && packet->tcp) file(same_filed_, Kind::Same);
  }
}

void Departures::file_alike() {
  for (; alike_filed_ < departed_.size(); ++alike_filed_) {
    const auto& packet = departed_[alike_filed_].packet;
    if (!packet || !packet->tcp) continue;
    file(alike_filed_, Kind::Seq);
    if (!packet->tcp->payload.empty()) file(alike_filed_, Kind::Payload);
    if (has_ip_id(*packet)) file(alike_filed_, Kind::IpIdAndAck);
  }
}

Alike* Departures::find(const Key& key) {
  const auto found = filed_.find(key);
  return found == filed_.end() ? nullptr : &found->second;
}

Alike* Departures::same_with_ip_id(const Wanted& wanted) {
  return has_ip_id(wanted.packet) ? find(key(Kind::SameWithIpId, wanted)) : nullptr;
}

Alike* Departures::same(const Wanted& wanted) {
  file_same();
  return find(key(Kind::Same, wanted));
}

void Departures::add_found(const Key& key, std::vector<std::size_t>& found) const {
  const auto filed = filed_.find(key);
  if (filed == filed_.end()) return;
  found.insert(found.end(), filed->second.frames.begin(), filed->second.frames.end());
}

void Departures::add_same_seq(const Wanted& wanted, std::vector<std::size_t>& found) {
  file_alike();
  add_found(key(Kind::Seq, wanted), found);
}

void Departures::add_alike(const wire::Packet& packet, std::vector<std::size_t>& found) {
  file_alike();
  const Wanted itself{packet, packet.tcp->seq, packet.tcp->ack};
  if (!packet.tcp->payload.empty()) add_found(key(Kind::Payload, itself), found);
  if (has_ip_id(packet)) add_found(key(Kind::IpIdAndAck, itself), found);
}

}  // namespace twinwire::observe
