// SPDX-License-Identifier: Apache-2.0
// What was forwarded to an end is what it has, so RCV.NXT of both is known; the server's begins with its SYN,ACK, which
// acknowledges the SYN that it takes. Of the octet streams whatever is in order is given out at once; whenever nothing
// waits behind a hole, the count begins anew there, so that a stream of any length needs the same memory.
#include "harness/device/crossing.hpp"

#include "generator/wire/sequence.hpp"

namespace twinwire::device {
namespace {

namespace flag = wire::tcp_flag;

std::string to_text(const wire::Address& address, std::uint16_t port) {
  const std::string text = wire::to_string(address);
  return (address.family == wire::Family::Ipv6 ? "[" + text + "]" : text) + ":" + std::to_string(port);
}

}  // namespace

wire::FourTuple tuple_of(Party from, const wire::Packet& packet) {
  const wire::Tcp& tcp = *packet.tcp;
  if (from == Party::Client) return {packet.src, packet.dst, tcp.src_port, tcp.dst_port};
  return {packet.dst, packet.src, tcp.dst_port, tcp.src_port};
}

std::string to_text(const wire::FourTuple& tuple) {
  return to_text(tuple.client, tuple.client_port) + " > " + to_text(tuple.server, tuple.server_port);
}

std::optional<std::vector<std::uint8_t>> OctetStream::take(const wire::Tcp& segment) {
  if (!base_) return std::nullopt;
  const std::uint32_t first = segment.seq + (segment.has(flag::Syn) ? 1U : 0U);
  const std::int64_t offset = wire::seq_distance(first, *base_);
  const auto fit = pieces_.fit(offset, segment.payload.size());
  if (fit == Reassembly::Fit::TooMuch || fit == Reassembly::Fit::TooFar) return std::nullopt;
  auto following = pieces_.add(offset, segment.payload);
  if (!pieces_.has_hole()) {
    *base_ += pieces_.in_order();
    pieces_ = {};
  }
  return following;
}

Crossing::Crossing(const wire::FourTuple& tuple, const wire::Mac& client, const wire::Mac& server, std::uint32_t iss)
    : tuple_(tuple), client_mac_(client), server_mac_(server), iss_(iss) {}

Crossing::Crossing(const wire::Packet& syn)
    : Crossing(tuple_of(Party::Client, syn), syn.src_mac, syn.dst_mac, syn.tcp->seq) {}

void Crossing::forward(Party from, const wire::Tcp& segment) {
  const std::uint32_t end = segment.seq + segment.seg_len();
  if (segment.has(flag::Syn)) {
    if (from == Party::Client && segment.seq != iss_) reopening_ = segment.seq;
    if (from == Party::Server && !to_client_.next() && segment.has(flag::Ack)) {
      to_client_.begin(end);
      to_server_.begin(iss_ + 1);
    }
    return;
  }
  (from == Party::Client ? to_server_ : to_client_).add(segment.seq, end);
  if (segment.has(flag::Fin)) (from == Party::Client ? client_fin_ : server_fin_) = end;
}

bool Crossing::ends_by(Party from, const wire::Tcp& rst) const {
  const bool refuses = from == Party::Server && !to_client_.next() && rst.has(flag::Ack) && rst.ack == iss_ + 1;
  return refuses || rst.seq == toward(other(from)).next();
}

bool Crossing::finished() const {
  return client_fin_ && server_fin_ && to_server_.next() == client_fin_ && to_client_.next() == server_fin_;
}

bool Crossing::is_reopened_by(const wire::Tcp& syn_ack) const {
  return reopening_ && syn_ack.has(flag::Syn) && syn_ack.has(flag::Ack) && syn_ack.ack == *reopening_ + 1;
}

Crossing Crossing::reopened() const { return {tuple_, client_mac_, server_mac_, reopening_.value_or(iss_)}; }

std::optional<craft::Segment> Crossing::next_segment(Party end) const {
  if (!to_client_.next() || !to_server_.next()) return std::nullopt;
  craft::Segment segment;
  segment.src_mac = client_mac_;
  segment.dst_mac = server_mac_;
  segment.src = tuple_.client;
  segment.dst = tuple_.server;
  segment.src_port = tuple_.client_port;
  segment.dst_port = tuple_.server_port;
  if (end == Party::Client) {
    std::swap(segment.src_mac, segment.dst_mac);
    std::swap(segment.src, segment.dst);
    std::swap(segment.src_port, segment.dst_port);
  }
  segment.seq = *toward(end).next();
  segment.ack = *toward(other(end)).next();
  return segment;
}

}  // namespace twinwire::device
