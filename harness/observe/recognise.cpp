// SPDX-License-Identifier: Apache-2.0
// A frame that arrives is first looked for among those sent with the same flags, payload and, under the shifts known so
// far, the same numbers. Several such are told apart by the IP ID; what is left after that are retransmissions of the
// same octets, of which the earliest that has not arrived yet is taken, and remembered as one of several. Where nothing
// fits exactly, the frame that is most alike is taken if it is alike enough and no other is as much so: a device that
// rewrote a field is still recognised. What fits nothing at all was made by the device.
//
// A frame that fits nothing may still hold nothing but octets that were sent, cut elsewhere (see resegment.cpp). Then
// nobody made it, and the frames whose octets have all come have crossed.
#include <algorithm>

#include "harness/observe/matcher.hpp"

namespace twinwire::observe {
namespace {

// Weights of what makes two frames alike; a fit needs more than any one of them alone (payload aside) can give. So it
// needs the payload, the sequence number, or IP ID and ACK both: under each of these Departures files a frame.
constexpr int payload_weight = 6, seq_weight = 3, flags_weight = 2, ack_weight = 2, ip_id_weight = 2, enough = 6;

bool same_octets(wire::Bytes a, wire::Bytes b) { return std::ranges::equal(a, b); }

}  // namespace

std::uint16_t Matcher::client_port(const wire::Tcp& sent, std::size_t direction) const {
  if (direction == 0) return sent.src_port;
  const auto translated = original_port_.find(sent.dst_port);
  return translated == original_port_.end() ? sent.dst_port : translated->second;
}

std::uint16_t Matcher::client_port_of_received(const wire::Tcp& received, std::size_t direction) const {
  if (direction == 1) return received.dst_port;
  const auto translated = original_port_.find(received.src_port);
  return translated == original_port_.end() ? received.src_port : translated->second;
}

Matcher::Shifts Matcher::shifts_of(std::uint16_t port) const {
  const auto known = shifts_.find(port);
  return known == shifts_.end() ? Shifts{} : known->second;
}

void Matcher::learn(std::uint16_t port, std::size_t direction, std::optional<std::uint32_t> shift) {
  const auto offsets = [](const Shifts& shifts) { return Offsets{shifts[0].value_or(0), shifts[1].value_or(0)}; };
  Shifts& shifts = shifts_[port];
  const Offsets before = offsets(shifts);
  shifts[direction] = shift;
  const Offsets after = offsets(shifts);
  if (before == after) return;
  if (before != Offsets{} && --offsets_[before] == 0) offsets_.erase(before);
  if (after != Offsets{}) ++offsets_[after];
}

/// By how much numbers may have been shifted, what is most probable first: as in the connection that has these ports,
/// not at all, as in any other connection.
std::vector<Matcher::Offsets> Matcher::offsets_for(const wire::Tcp& received, std::size_t direction) const {
  const Shifts own = shifts_of(client_port_of_received(received, direction));
  std::vector<Offsets> found{{own[0].value_or(0), own[1].value_or(0)}};
  if (found.front() != Offsets{}) found.emplace_back();
  for (const auto& [offsets, connections] : offsets_) {
    if (offsets != found.front()) found.push_back(offsets);
  }
  return found;
}

bool Matcher::identical(const wire::Packet& sent, const wire::Packet& received, std::size_t direction) const {
  const wire::Tcp& s = *sent.tcp;
  const wire::Tcp& r = *received.tcp;
  const Shifts shifts = shifts_of(client_port(s, direction));
  const std::uint32_t seq_shift = shifts[direction].value_or(0);
  // Until a frame of the other direction has shown by how much its numbers are shifted, an ACK proves nothing.
  const std::uint32_t ack_shift = shifts[1 - direction].value_or(s.ack - r.ack);
  return (s.flags & identity_flags) == (r.flags & identity_flags) && s.seq + seq_shift == r.seq &&
         (!s.has(wire::tcp_flag::Ack) || s.ack - ack_shift == r.ack) && same_octets(s.payload, r.payload);
}

int Matcher::likeness(const wire::Packet& sent, const wire::Packet& received, std::size_t direction) const {
  const wire::Tcp& s = *sent.tcp;
  const wire::Tcp& r = *received.tcp;
  const std::uint32_t shift = shifts_of(client_port(s, direction))[direction].value_or(0);
  int score = 0;
  if (s.payload.size() >= 8 && same_octets(s.payload, r.payload)) score += payload_weight;
  if (s.seq == r.seq || s.seq + shift == r.seq) score += seq_weight;
  if ((s.flags & identity_flags) == (r.flags & identity_flags)) score += flags_weight;
  if (s.ack == r.ack && s.has(wire::tcp_flag::Ack) == r.has(wire::tcp_flag::Ack)) score += ack_weight;
  if (sent.src.family == wire::Family::Ipv4 && sent.ip_id == received.ip_id) score += ip_id_weight;
  if (s.payload.size() != r.payload.size()) score -= ack_weight;
  return score;
}

/// Whether it is one that was sent, or holds nothing but octets that were: what then becomes of those.
bool Matcher::recognise(const wire::Packet& packet, std::size_t direction) {
  if (const auto same = same_as(packet, direction)) {
    arrive(*same, packet, direction);
    return true;
  }
  const wire::Tcp& tcp = *packet.tcp;
  const std::uint16_t port = client_port_of_received(tcp, direction);
  const auto octets = octets_[direction].find({port, direction == 0 ? tcp.dst_port : tcp.src_port});
  const std::uint32_t seq = tcp.seq - shifts_of(port)[direction].value_or(0);
  auto recut = octets == octets_[direction].end() ? std::nullopt : octets->second.carried(tcp, seq);
  auto alike = most_alike(packet, direction);
  if (recut && alike) {
    // A frame that begins here may have been cut short, and then it is damaged: that is so until the rest has come.
    const wire::Tcp& sent = *departed_[direction][*alike].packet->tcp;
    if (sent.seq != seq && same_octets(sent.payload, tcp.payload)) {
      recut.reset();
    } else if (sent.seq != seq) {
      alike.reset();
    }
  }
  if (alike) {
    arrive(*alike, packet, direction);
    Departed& departed = departed_[direction][*alike];
    if (recut && transit_of(departed).received.size() == 1) departed.cut = true;
  }
  if (recut) {
    transit_of_received_.try_emplace(index_, departed_[direction][*recut].transit);
    arrive_recut(octets->second, tcp, seq, direction);
  }
  return alike || recut;
}

std::optional<std::size_t> Matcher::same_as(const wire::Packet& packet, std::size_t direction) {
  Departures& departures = departed_[direction];
  const auto offsets = offsets_for(*packet.tcp, direction);
  for (auto look_up : {&Departures::same_with_ip_id, &Departures::same}) {
    for (const Offsets& shift : offsets) {
      const Wanted wanted{packet, packet.tcp->seq - shift[direction], packet.tcp->ack + shift[1 - direction]};
      Alike* alike = (departures.*look_up)(wanted);
      if (alike == nullptr) continue;
      if (const auto found = pick(*alike, packet, direction)) return found;
    }
  }
  return std::nullopt;
}

/// The first that has not arrived, or else the last that could have arrived once more.
std::optional<std::size_t> Matcher::pick(Alike& alike, const wire::Packet& packet, std::size_t direction) {
  Departures& departures = departed_[direction];
  const auto same = [&](std::size_t i) {
    ++comparisons_;
    return identical(*departures[i].packet, packet, direction);
  };
  const auto& frames = alike.frames;
  std::size_t& first = alike.first_open;
  while (first < frames.size() && !open(departures[frames[first]])) ++first;
  auto found = std::find_if(frames.begin() + static_cast<std::ptrdiff_t>(first), frames.end(),
                            [&](std::size_t i) { return open(departures[i]) && same(i); });
  if (found == frames.end()) {
    const auto again =
        std::find_if(frames.rbegin(), frames.rend(), [&](std::size_t i) { return !departures[i].absent && same(i); });
    if (again == frames.rend()) return std::nullopt;
    found = again.base() - 1;
  }
  Departed& chosen = departures[*found];
  if (frames.size() > 1 && transit_of(chosen).received.empty()) {
    chosen.twins = &alike;
    chosen.last_twin = *std::find_if(frames.rbegin(), frames.rend(),
                                     [&](std::size_t i) { return i <= *found || (open(departures[i]) && same(i)); });
  }
  return *found;
}

std::optional<std::size_t> Matcher::most_alike(const wire::Packet& packet, std::size_t direction) {
  Departures& departures = departed_[direction];
  std::vector<std::size_t> candidates, exact;
  departures.add_alike(packet, candidates);
  for (const Offsets& shift : offsets_for(*packet.tcp, direction)) {
    departures.add_same_seq({packet, packet.tcp->seq - shift[direction], 0}, candidates);
  }
  departures.add_same_seq({packet, packet.tcp->seq, 0}, candidates);
  std::ranges::sort(candidates);
  candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());
  std::optional<std::size_t> alike;
  int best_score = enough - 1;
  for (const std::size_t i : candidates) {
    const Departed& departed = departures[i];
    // What a marker has overtaken will not come: a frame like it that comes later is the device's own.
    if (departed.absent) continue;
    ++comparisons_;
    if (identical(*departed.packet, packet, direction)) exact.push_back(i);
    if (!open(departed)) continue;
    const int score = likeness(*departed.packet, packet, direction);
    if (score == best_score) alike.reset();
    if (score > best_score) {
      best_score = score;
      alike = i;
    }
  }
  return exact.empty() ? alike : one_of(std::move(exact), packet, direction);
}

/// Frames that are equal but for their ACK, which cannot be told yet from one that the device shifted.
std::optional<std::size_t> Matcher::one_of(std::vector<std::size_t> exact, const wire::Packet& packet,
                                           std::size_t direction) {
  const auto other_id = [&](std::size_t i) { return departed_[direction][i].packet->ip_id != packet.ip_id; };
  const bool by_id = packet.src.family == wire::Family::Ipv4 && !std::ranges::all_of(exact, other_id);
  if (by_id) std::erase_if(exact, other_id);
  return pick(unsure_.emplace_back(Alike{std::move(exact), 0}), packet, direction);
}

}  // namespace twinwire::observe
