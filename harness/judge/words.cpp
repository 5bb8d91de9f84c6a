// SPDX-License-Identifier: Apache-2.0
// Numbers are given relative to the initial ones, as in the ladder; where nothing is known to count from they are given
// whole.
#include "harness/judge/words.hpp"

#include "generator/wire/sequence.hpp"

namespace twinwire::judge {
namespace {

/// Numbers that lie further from an initial number than this belong to another connection.
constexpr std::int32_t plausible = 1 << 24;

std::string relative(std::uint32_t number, std::optional<std::uint32_t> now, std::optional<std::uint32_t> old) {
  const auto near = [number](const std::optional<std::uint32_t>& origin) {
    return origin && std::abs(wire::seq_distance(number, *origin)) < plausible;
  };
  if (near(now)) return std::to_string(wire::seq_distance(number, *now));
  if (near(old)) return "old+" + std::to_string(wire::seq_distance(number, *old));
  return number == 0 ? "0" : "out-of-range";  // zero is what RFC 9293 writes where it has nothing to count from
}

}  // namespace

std::string party(scenario::Party party) {
  switch (party) {
    case scenario::Party::Client:
      return "client";
    case scenario::Party::Server:
      return "server";
    case scenario::Party::Device:
      break;
  }
  return "device";
}

std::string describe_made(const wire::Packet& packet, const observe::End* hearer) {
  if (!packet.tcp) {
    if (packet.ip_payload.size() < 2) return "a packet of IP protocol " + std::to_string(packet.protocol);
    const std::string version = packet.src.family == wire::Family::Ipv4 ? "ICMP" : "ICMPv6";
    return version + " type " + std::to_string(packet.ip_payload[0]) + " code " + std::to_string(packet.ip_payload[1]) +
           " from " + to_string(packet.src);
  }
  const wire::Tcp& tcp = *packet.tcp;
  std::optional<std::uint32_t> seq_origin, ack_origin, old_seq, old_ack;
  if (hearer != nullptr) {
    seq_origin = hearer->now().irs;
    ack_origin = hearer->now().iss;
    if (hearer->old()) {
      old_seq = hearer->old()->irs;
      old_ack = hearer->old()->iss;
    }
  }
  const std::string seq = tcp.has(wire::tcp_flag::Syn) ? "0" : relative(tcp.seq, seq_origin, old_seq);
  std::string text = scenario::flags_text(tcp.flags) + " seq=" + seq;
  if (tcp.has(wire::tcp_flag::Ack)) text += " ack=" + relative(tcp.ack, ack_origin, old_ack);
  if (!tcp.payload.empty()) text += " len=" + std::to_string(tcp.payload.size());
  return text + " ttl=" + std::to_string(packet.ttl);
}

std::string describe_sent(const wire::Packet& packet, scenario::Party from) {
  const std::string length =
      packet.tcp->payload.empty() ? "" : " with " + std::to_string(packet.tcp->payload.size()) + " octets";
  return "the " + party(from) + "'s " + scenario::flags_text(packet.tcp->flags) + length;
}

std::string describe_change(const wire::Packet& packet, scenario::Party from, const observe::FieldChange& change) {
  const std::string arrived = describe_sent(packet, from) + " arrived with ";
  if (change.sent.empty()) return arrived + "its " + change.field + " " + change.received;
  return arrived + "another " + change.field + ": sent " + change.sent + ", received " + change.received;
}

std::string describe_proof(observe::Transit::Proof proof) {
  switch (proof) {
    case observe::Transit::Proof::Marker:
      return "a marker sent behind it arrived and it did not";
    case observe::Transit::Proof::Timer:
      return "it had not come when the bench's patience ended";
    case observe::Transit::Proof::None:
      break;
  }
  return "nothing proves that it will not come";
}

}  // namespace twinwire::judge
