// SPDX-License-Identifier: Apache-2.0
// A frame that arrives is first looked for among those sent with the same flags, payload and, under the shifts known so
// far, the same numbers. Several such are told apart by the IP ID; what is left after that are retransmissions of the
// same octets, of which the earliest that has not arrived yet is taken, and remembered as one of several. Where nothing
// fits exactly, the frame that is most alike is taken if it is alike enough and no other is as much so: a device that
// rewrote a field is still recognised. What fits nothing was made by the device.
#include "harness/observe/matcher.hpp"

#include <algorithm>

namespace twinwire::observe {
namespace {

constexpr std::uint16_t identity_flags =
    wire::tcp_flag::Syn | wire::tcp_flag::Ack | wire::tcp_flag::Fin | wire::tcp_flag::Rst;
// Weights of what makes two frames alike; a fit needs more than any one of them alone (payload aside) can give.
constexpr int payload_weight = 6, seq_weight = 3, flags_weight = 2, ack_weight = 2, ip_id_weight = 2, enough = 6;

std::size_t direction_from(Party wire) { return wire == Party::Client ? 0 : 1; }

bool same_octets(wire::Bytes a, wire::Bytes b) { return std::ranges::equal(a, b); }

bool settled(const Transit& transit) { return transit.fate != Transit::Fate::Unsettled; }

}  // namespace

std::optional<std::uint64_t> marker_identity(const wire::Packet& packet) {
  if (!packet.tcp || packet.tcp->payload.size() != marker_magic.size() + 8) return std::nullopt;
  const wire::Bytes payload = packet.tcp->payload;
  if (!same_octets(payload.first(marker_magic.size()), marker_magic)) return std::nullopt;
  return (static_cast<std::uint64_t>(wire::load32(payload, 8)) << 32U) | wire::load32(payload, 12);
}

void Matcher::add(const Event& event) {
  switch (event.kind) {
    case Event::Kind::Begins:
      current_step_ = event.step;
      break;
    case Event::Kind::Sent:
    case Event::Kind::Refused:
    case Event::Kind::Carried:
      if (event.marker) {
        add_marker(event);
      } else {
        add_sent(event);
      }
      break;
    case Event::Kind::Received:
      if (event.marker) {
        add_marker(event);
      } else {
        add_received(event);
      }
      break;
    case Event::Kind::TimeUp:
      settle_by_time(event.step);
      break;
    default:
      break;
  }
  ++index_;
}

void Matcher::add_marker(const Event& event) {
  const auto packet = wire::decode(event.frame);
  const auto identity = packet ? marker_identity(*packet) : std::nullopt;
  if (!identity) return;
  if (event.kind == Event::Kind::Sent) {
    markers_[direction_from(event.wire)][*identity] = index_;
    return;
  }
  const std::size_t direction = 1 - direction_from(event.wire);
  const auto sent = markers_[direction].find(*identity);
  if (sent != markers_[direction].end()) settle_by_marker(direction, sent->second);
  if (sent != markers_[direction].end()) markers_[direction].erase(sent);
}

void Matcher::settle_by_marker(std::size_t direction, std::size_t sent) {
  for (Departed& departed : departed_[direction]) {
    Transit& transit = transits_[departed.transit];
    if (transit.fate != Transit::Fate::Unsettled || *transit.sent >= sent) continue;
    // An earlier marker behind this packet that is still missing was lost, as the packet may have been, by no fault of
    // its own.
    transit.marker_lost = std::ranges::any_of(
        markers_[direction], [&](const auto& marker) { return *transit.sent < marker.second && marker.second < sent; });
    if (transit.marker_lost) continue;
    // One marker may overtake within a batch that the device takes at once. A second, sent when the first had arrived,
    // cannot.
    if (!departed.overtaken) departed.overtaken = index_;
    if (sent < *departed.overtaken) continue;
    transit.fate = Transit::Fate::Dropped;
    transit.proof = Transit::Proof::Marker;
  }
}

void Matcher::settle_by_time(int step) {
  for (const auto& direction : departed_) {
    for (const Departed& departed : direction) {
      Transit& transit = transits_[departed.transit];
      if (transit.fate != Transit::Fate::Unsettled || transit.step != step || transit.marker_lost) continue;
      transit.fate = Transit::Fate::Dropped;
      transit.proof = Transit::Proof::Timer;
    }
  }
}

void Matcher::add_sent(const Event& event) {
  Transit transit;
  transit.step = event.step;
  transit.packet = event.packet;
  transit.sent = index_;
  const bool around = event.kind == Event::Kind::Carried;
  transit.to = around ? event.wire : (event.wire == Party::Client ? Party::Server : Party::Client);
  transit.from = transit.to == Party::Client ? Party::Server : Party::Client;
  transit.fate = around ? Transit::Fate::Around
                        : (event.kind == Event::Kind::Refused ? Transit::Fate::Refused : Transit::Fate::Unsettled);
  transits_.push_back(transit);
  if (transit.fate != Transit::Fate::Unsettled) return;
  const std::size_t direction = direction_from(event.wire);
  departed_[direction].push_back({transits_.size() - 1, std::nullopt, event.frame, std::nullopt});
  const auto packet = wire::decode(event.frame);
  // A SYN begins numbers anew, and the device may choose another shift for them.
  if (packet && packet->tcp && packet->tcp->has(wire::tcp_flag::Syn)) {
    shifts_[client_port(*packet, direction)][direction].reset();
  }
}

std::uint16_t Matcher::client_port(const wire::Packet& sent, std::size_t direction) const {
  if (direction == 0) return sent.tcp->src_port;
  const auto translated = original_port_.find(sent.tcp->dst_port);
  return translated == original_port_.end() ? sent.tcp->dst_port : translated->second;
}

bool Matcher::same_connection(const wire::Packet& sent, const wire::Packet& received, std::size_t direction) const {
  const wire::Tcp& s = *sent.tcp;
  const wire::Tcp& r = *received.tcp;
  if (s.src_port == r.src_port && s.dst_port == r.dst_port) return true;
  // Only the client's side is ever translated: its port is what differs.
  return direction == 0 ? s.dst_port == r.dst_port : s.src_port == r.src_port;
}

bool Matcher::identical(const wire::Packet& sent, const wire::Packet& received, std::size_t direction) const {
  const wire::Tcp& s = *sent.tcp;
  const wire::Tcp& r = *received.tcp;
  const auto known = shifts_.find(client_port(sent, direction));
  const Shifts shifts = known == shifts_.end() ? Shifts{} : known->second;
  const std::uint32_t seq_shift = shifts[direction].value_or(0);
  // Until a frame of the other direction has shown by how much its numbers are shifted, an ACK proves nothing.
  const std::uint32_t ack_shift = shifts[1 - direction].value_or(s.ack - r.ack);
  return (s.flags & identity_flags) == (r.flags & identity_flags) && s.seq + seq_shift == r.seq &&
         (!s.has(wire::tcp_flag::Ack) || s.ack - ack_shift == r.ack) && same_octets(s.payload, r.payload);
}

int Matcher::likeness(const wire::Packet& sent, const wire::Packet& received, std::size_t direction) const {
  const wire::Tcp& s = *sent.tcp;
  const wire::Tcp& r = *received.tcp;
  const auto known = shifts_.find(client_port(sent, direction));
  const std::uint32_t shift = known == shifts_.end() ? 0 : known->second[direction].value_or(0);
  int score = 0;
  if (s.payload.size() >= 8 && same_octets(s.payload, r.payload)) score += payload_weight;
  if (s.seq == r.seq || s.seq + shift == r.seq) score += seq_weight;
  if ((s.flags & identity_flags) == (r.flags & identity_flags)) score += flags_weight;
  if (s.ack == r.ack && s.has(wire::tcp_flag::Ack) == r.has(wire::tcp_flag::Ack)) score += ack_weight;
  if (sent.src.family == wire::Family::Ipv4 && sent.ip_id == received.ip_id) score += ip_id_weight;
  if (s.payload.size() != r.payload.size()) score -= ack_weight;
  return score;
}

std::optional<std::size_t> Matcher::choose(const wire::Packet& packet, std::size_t direction) {
  auto& departed = departed_[direction];
  std::vector<std::size_t> exact;
  std::optional<std::size_t> alike;
  int best_score = enough - 1;
  for (std::size_t i = 0; i < departed.size(); ++i) {
    const auto sent = wire::decode(departed[i].frame);
    if (!sent || !sent->tcp || !same_connection(*sent, packet, direction)) continue;
    // What a marker has overtaken will not come: a frame like it that comes later is the device's own.
    if (transits_[departed[i].transit].proof == Transit::Proof::Marker) continue;
    if (identical(*sent, packet, direction)) exact.push_back(i);
    if (settled(transits_[departed[i].transit])) continue;
    const int score = likeness(*sent, packet, direction);
    if (score == best_score) alike.reset();
    if (score > best_score) {
      best_score = score;
      alike = i;
    }
  }
  if (exact.empty()) return alike;
  if (packet.src.family == wire::Family::Ipv4) {
    const auto by_id = std::ranges::find_if(
        exact, [&](std::size_t i) { return wire::decode(departed[i].frame)->ip_id == packet.ip_id; });
    if (by_id != exact.end()) return *by_id;
  }
  const auto open =
      std::ranges::find_if(exact, [&](std::size_t i) { return !settled(transits_[departed[i].transit]); });
  const std::size_t chosen = open != exact.end() ? *open : exact.back();
  if (exact.size() > 1) {
    departed[chosen].twins.emplace();
    for (const std::size_t i : exact) departed[chosen].twins->push_back(departed[i].transit);
  }
  return chosen;
}

void Matcher::add_received(const Event& event) {
  const std::size_t direction = event.wire == Party::Server ? 0 : 1;
  const auto packet = wire::decode(event.frame);
  if (packet && packet->tcp) {
    if (const auto chosen = choose(*packet, direction)) {
      arrive(*chosen, *packet, direction);
      return;
    }
  }
  Transit made;
  made.fate = Transit::Fate::Made;
  made.step = current_step_;
  made.from = Party::Device;
  made.to = event.wire;
  made.received = {index_};
  transit_of_received_[index_] = transits_.size();
  transits_.push_back(made);
  ++made_;
}

void Matcher::arrive(std::size_t chosen, const wire::Packet& received, std::size_t direction) {
  const Departed& departed = departed_[direction][chosen];
  Transit& transit = transits_[departed.transit];
  const auto sent = wire::decode(departed.frame);
  transit.received.push_back(index_);
  transit_of_received_[index_] = departed.transit;
  if (transit.received.size() > 1) return;
  if (direction == 0) original_port_[received.tcp->src_port] = sent->tcp->src_port;
  Shifts& shifts = shifts_[client_port(*sent, direction)];
  if (!shifts[direction]) shifts[direction] = received.tcp->seq - sent->tcp->seq;
  if (!shifts[1 - direction] && sent->tcp->has(wire::tcp_flag::Ack))
    shifts[1 - direction] = sent->tcp->ack - received.tcp->ack;
  transit.fate = Transit::Fate::Crossed;
  transit.proof = Transit::Proof::None;
  const auto& later = departed_[direction];
  transit.reordered =
      std::any_of(later.begin() + static_cast<std::ptrdiff_t>(chosen) + 1, later.end(),
                  [&](const Departed& d) { return transits_[d.transit].fate == Transit::Fate::Crossed; });
  transit.changes = compare(*sent, received, allow_, *shifts[direction], shifts[1 - direction].value_or(0));
}

bool Matcher::arrived(int step, int packet) const {
  return std::ranges::any_of(transits_, [&](const Transit& t) {
    return t.step == step && t.packet == packet &&
           (t.fate == Transit::Fate::Crossed || t.fate == Transit::Fate::Around);
  });
}

bool Matcher::absent(int step, int packet) const {
  return std::ranges::any_of(transits_, [&](const Transit& t) {
    return t.step == step && t.packet == packet &&
           (t.fate == Transit::Fate::Dropped || t.fate == Transit::Fate::Refused);
  });
}

bool Matcher::doubtful(int step, int packet) const {
  return std::ranges::any_of(transits_, [&](const Transit& t) {
    return t.step == step && t.packet == packet && t.marker_lost && !settled(t);
  });
}

const Transit* Matcher::of_received(std::size_t received) const {
  const auto found = transit_of_received_.find(received);
  return found == transit_of_received_.end() ? nullptr : &transits_[found->second];
}

std::vector<Transit> Matcher::finish() {
  for (const auto& direction : departed_) {
    for (const Departed& departed : direction) {
      if (!departed.twins) continue;
      // Equal frames of one line need only be counted. Of different lines, when one is missing, nobody can say which.
      const bool missing = std::ranges::any_of(*departed.twins, [&](std::size_t twin) {
        return transits_[twin].received.empty() && transits_[twin].step != transits_[departed.transit].step &&
               *transits_[twin].sent < transits_[departed.transit].received.front();
      });
      if (missing) transits_[departed.transit].fate = Transit::Fate::Ambiguous;
    }
  }
  return transits_;
}

std::vector<Transit> match(const Transcript& transcript, const scenario::Allow& allow) {
  Matcher matcher(allow);
  for (const Event& event : transcript.events) matcher.add(event);
  std::vector<Transit> transits = matcher.finish();
  for (Transit& transit : transits) {
    if (transit.sent && !transit.received.empty()) {
      transit.delay = transcript.events[transit.received.front()].at - transcript.events[*transit.sent].at;
    }
  }
  return transits;
}

}  // namespace twinwire::observe
