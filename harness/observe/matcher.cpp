// SPDX-License-Identifier: Apache-2.0
// A frame that arrives is first looked for among those sent with the same flags, payload and, under the shifts known so
// far, the same numbers. Several such are told apart by the IP ID; what is left after that are retransmissions of the
// same octets, of which the earliest that has not arrived yet is taken, and remembered as one of several. Where nothing
// fits exactly, the frame that is most alike is taken if it is alike enough and no other is as much so: a device that
// rewrote a field is still recognised. What fits nothing was made by the device.
//
// Nobody can say of a frame that has twins under way that it was overtaken: the one that came may be the last of them,
// and the first may be lost. When all have come in the end, each is taken for the one that was its turn.
#include "harness/observe/matcher.hpp"

#include <algorithm>
#include <iterator>

namespace twinwire::observe {
namespace {

// Weights of what makes two frames alike; a fit needs more than any one of them alone (payload aside) can give. So it
// needs the payload, the sequence number, or IP ID and ACK both: under each of these Departures files a frame.
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

void Matcher::count(const Transit& transit, int by) {
  Tally& tally = tallies_[{transit.step, transit.packet}];
  if (transit.fate == Transit::Fate::Crossed || transit.fate == Transit::Fate::Around) tally.arrived += by;
  if (transit.fate == Transit::Fate::Dropped || transit.fate == Transit::Fate::Refused) tally.absent += by;
  if (transit.marker_lost && !settled(transit)) tally.doubtful += by;
}

/// Every change of a transit goes through here, so that nobody ever has to search all of them.
template <typename Change>
void Matcher::update(Transit& transit, Change change) {
  count(transit, -1);
  change(transit);
  count(transit, 1);
}

bool Matcher::open(const Departed& departed) const { return !settled(transits_[departed.transit]); }

void Matcher::settle_by_marker(std::size_t direction, std::size_t sent) {
  Departures& departures = departed_[direction];
  std::erase_if(open_[direction], [&](std::size_t i) { return !open(departures[i]); });
  for (const std::size_t i : open_[direction]) {
    Departed& departed = departures[i];
    Transit& transit = transit_of(departed);
    if (*transit.sent >= sent) continue;
    // An earlier marker behind this packet that is still missing was lost, as the packet may have been, by no fault of
    // its own.
    const bool lost = std::ranges::any_of(
        markers_[direction], [&](const auto& marker) { return *transit.sent < marker.second && marker.second < sent; });
    update(transit, [&](Transit& t) { t.marker_lost = lost; });
    if (lost) continue;
    // One marker may overtake within a batch that the device takes at once. A second, sent when the first had arrived,
    // cannot.
    if (!departed.overtaken) departed.overtaken = index_;
    if (sent < *departed.overtaken) continue;
    departed.absent = index_;
    update(transit, [](Transit& t) {
      t.fate = Transit::Fate::Dropped;
      t.proof = Transit::Proof::Marker;
    });
  }
}

void Matcher::settle_by_time(int step) {
  for (const std::size_t direction : {std::size_t{0}, std::size_t{1}}) {
    std::erase_if(open_[direction], [&](std::size_t i) { return !open(departed_[direction][i]); });
    for (const std::size_t i : open_[direction]) {
      Transit& transit = transit_of(departed_[direction][i]);
      if (transit.step != step || transit.marker_lost) continue;
      update(transit, [](Transit& t) {
        t.fate = Transit::Fate::Dropped;
        t.proof = Transit::Proof::Timer;
      });
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
  count(transit, 1);
  if (transit.fate != Transit::Fate::Unsettled) return;
  const std::size_t direction = direction_from(event.wire);
  const std::size_t index = departed_[direction].add(transits_.size() - 1, event.frame);
  open_[direction].push_back(index);
  const auto& packet = departed_[direction][index].packet;
  if (!packet || !packet->tcp) return;
  // A SYN begins numbers anew, and the device may choose another shift for them.
  if (packet->tcp->has(wire::tcp_flag::Syn)) learn(client_port(*packet->tcp, direction), direction, std::nullopt);
}

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

std::optional<std::size_t> Matcher::choose(const wire::Packet& packet, std::size_t direction) {
  const auto same = same_as(packet, direction);
  return same ? same : most_alike(packet, direction);
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
  const Departures& departures = departed_[direction];
  std::vector<std::size_t> candidates, exact;
  departures.add_alike(packet, candidates);
  for (const Offsets& shift : offsets_for(*packet.tcp, direction)) {
    departures.add_same_seq({packet, packet.tcp->seq - shift[direction], 0}, candidates);
  }
  departures.add_same_seq({packet, packet.tcp->seq, 0}, candidates);
  std::ranges::sort(candidates);
  const auto repeated = std::ranges::unique(candidates);
  candidates.erase(repeated.begin(), repeated.end());
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
  Departed& departed = departed_[direction][chosen];
  Transit& transit = transit_of(departed);
  const wire::Packet& sent = *departed.packet;
  transit.received.push_back(index_);
  transit_of_received_[index_] = departed.transit;
  if (transit.received.size() > 1) return;
  if (direction == 0) original_port_[received.tcp->src_port] = sent.tcp->src_port;
  const std::uint16_t port = client_port(*sent.tcp, direction);
  if (!shifts_of(port)[direction]) learn(port, direction, received.tcp->seq - sent.tcp->seq);
  if (!shifts_of(port)[1 - direction] && sent.tcp->has(wire::tcp_flag::Ack))
    learn(port, 1 - direction, sent.tcp->ack - received.tcp->ack);
  const Shifts shifts = shifts_of(port);
  update(transit, [](Transit& t) {
    t.fate = Transit::Fate::Crossed;
    t.proof = Transit::Proof::None;
  });
  departed.overtaker = crossed_[direction];
  crossed_[direction] = std::max(crossed_[direction], chosen + 1);
  transit.reordered = departed.overtaker > departed.last_twin + 1;
  transit.changes = compare(sent, received, allow_, *shifts[direction], shifts[1 - direction].value_or(0));
}

bool Matcher::arrived(int step, int packet) const {
  const auto tally = tallies_.find({step, packet});
  return tally != tallies_.end() && tally->second.arrived > 0;
}

bool Matcher::absent(int step, int packet) const {
  const auto tally = tallies_.find({step, packet});
  return tally != tallies_.end() && tally->second.absent > 0;
}

bool Matcher::doubtful(int step, int packet) const {
  const auto tally = tallies_.find({step, packet});
  return tally != tallies_.end() && tally->second.doubtful > 0;
}

const Transit* Matcher::of_received(std::size_t received) const {
  const auto found = transit_of_received_.find(received);
  return found == transit_of_received_.end() ? nullptr : &transits_[found->second];
}

/// Which of the twins of `index` never came, though they were under way when it did.
std::vector<std::size_t> Matcher::missing_twins(std::size_t index, std::size_t direction,
                                                const std::vector<std::size_t>& missing) const {
  const Departures& departures = departed_[direction];
  const Departed& self = departures[index];
  const std::size_t came = transits_[self.transit].received.front();
  const std::uint16_t port = client_port(*self.packet->tcp, direction);
  std::vector<std::size_t> found;
  for (const std::size_t i : missing) {
    const Departed& twin = departures[i];
    if (i == index || *transits_[twin.transit].sent > came || (twin.absent && *twin.absent < came)) continue;
    const std::uint16_t other = client_port(*twin.packet->tcp, direction);
    if (port == other || shifts_of(port) == shifts_of(other)) found.push_back(i);
  }
  return found;
}

void Matcher::settle_twins(std::size_t index, std::size_t direction, const std::vector<std::size_t>& missing) {
  const Departures& departures = departed_[direction];
  const Departed& self = departures[index];
  Transit& transit = transits_[self.transit];
  const auto twins = missing_twins(index, direction, missing);
  // Equal frames of one line need only be counted. Of different lines, when one is missing, nobody can say which.
  const bool unsure =
      std::ranges::any_of(twins, [&](std::size_t i) { return transits_[departures[i].transit].step != transit.step; });
  if (unsure) update(transit, [](Transit& t) { t.fate = Transit::Fate::Ambiguous; });
  const bool later = std::ranges::any_of(twins, [&](std::size_t i) { return index < i && i <= self.last_twin; });
  if (!later) transit.reordered = self.overtaker > index + 1;
}

std::vector<Transit> Matcher::finish() {
  for (const std::size_t direction : {std::size_t{0}, std::size_t{1}}) {
    const Departures& departures = departed_[direction];
    std::unordered_map<const Alike*, std::vector<std::size_t>> missing;
    for (std::size_t i = 0; i < departures.size(); ++i) {
      const Alike* twins = departures[i].twins;
      if (twins == nullptr) continue;
      const auto [known, added] = missing.try_emplace(twins);
      if (added) {
        std::ranges::copy_if(twins->frames, std::back_inserter(known->second),
                             [&](std::size_t twin) { return transits_[departures[twin].transit].received.empty(); });
      }
      settle_twins(i, direction, known->second);
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
