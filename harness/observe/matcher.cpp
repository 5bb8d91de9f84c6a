// SPDX-License-Identifier: Apache-2.0
// Events come in one by one; each frame that was sent becomes a transit, and each that is received is recognised as one
// of them (see recognise.cpp) or was made by the device. Markers and time settle what has not come.
//
// Nobody can say of a frame that has twins under way that it was overtaken: the one that came may be the last of them,
// and the first may be lost. When all have come in the end, each is taken for the one that was its turn.
#include "harness/observe/matcher.hpp"

#include <algorithm>
#include <iterator>

namespace twinwire::observe {
namespace {

std::size_t direction_from(Party wire) { return wire == Party::Client ? 0 : 1; }

FieldChange recut(std::size_t sent, std::size_t received, std::size_t pieces, const scenario::Allow& allow) {
  const std::string became =
      pieces > 1 ? std::to_string(pieces) + " segments" : "part of " + std::to_string(received) + " octets";
  const bool allowed = std::ranges::count(allow.fields, "segmentation") > 0;
  return {"segmentation", std::to_string(sent) + " octets", became, Layer::Transparency, allowed};
}

bool settled(const Transit& transit) { return transit.fate != Transit::Fate::Unsettled; }

}  // namespace

std::optional<std::uint64_t> marker_identity(const wire::Packet& packet) {
  if (!packet.tcp || packet.tcp->payload.size() != marker_magic.size() + 8) return std::nullopt;
  const wire::Bytes payload = packet.tcp->payload;
  if (!std::ranges::equal(payload.first(marker_magic.size()), marker_magic)) return std::nullopt;
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
  transit.to = around ? event.wire : other(event.wire);
  transit.from = other(transit.to);
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
  const std::uint16_t port = client_port(*packet->tcp, direction);
  const std::uint16_t server_port = direction == 0 ? packet->tcp->dst_port : packet->tcp->src_port;
  octets_[direction][{port, server_port}].sent(index, *packet->tcp);
  // A SYN begins numbers anew, and the device may choose another shift for them.
  if (packet->tcp->has(wire::tcp_flag::Syn)) learn(port, direction, std::nullopt);
}

void Matcher::add_received(const Event& event) {
  const std::size_t direction = event.wire == Party::Server ? 0 : 1;
  const auto packet = wire::decode(event.frame);
  if (packet && packet->tcp && recognise(*packet, direction)) return;
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

/// Frames that are whole now crossed, only not as they were cut. They neither are overtaken nor overtake: the octets
/// may be those of a retransmission.
void Matcher::arrive_recut(Resegmenter& octets, const wire::Tcp& received, std::uint32_t seq, std::size_t direction) {
  const auto missing = [&](std::size_t i) {
    const Departed& departed = departed_[direction][i];
    return !departed.absent && (departed.cut || transit_of(departed).received.empty());
  };
  for (const auto& whole : octets.credit(received, seq, missing)) {
    Departed& departed = departed_[direction][whole.frame];
    Transit& transit = transit_of(departed);
    departed.cut = false;
    update(transit, [](Transit& t) {
      t.fate = Transit::Fate::Crossed;
      t.proof = Transit::Proof::None;
    });
    transit.reordered = false;
    transit.received = {index_};
    transit.changes = {recut(departed.packet->tcp->payload.size(), received.payload.size(), whole.pieces, allow_)};
  }
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

void Matcher::clear_events() {
  index_ = 0;
  current_step_ = -1;
  made_ = 0;
  transits_.clear();
  tallies_.clear();
  for (Departures& departures : departed_) departures.clear();
  open_ = {};
  crossed_ = {};
  markers_ = {};
  transit_of_received_.clear();
  octets_ = {};
  unsure_.clear();
}

void Matcher::forget_port(std::uint16_t client_port) {
  for (const std::size_t direction : {std::size_t{0}, std::size_t{1}}) learn(client_port, direction, std::nullopt);
  shifts_.erase(client_port);
  std::erase_if(original_port_, [&](const auto& translated) { return translated.second == client_port; });
}

std::vector<Transit> Matcher::finish() {
  for (const std::size_t direction : {std::size_t{0}, std::size_t{1}}) {
    Departures& departures = departed_[direction];
    departures.file_same();
    std::unordered_map<const Alike*, std::vector<std::size_t>> missing;
    for (std::size_t i = 0; i < departures.size(); ++i) {
      const Alike* twins = departures[i].twins;
      if (twins == nullptr || transits_[departures[i].transit].received.empty()) continue;
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

void set_delay(Transit& transit, const Transcript& transcript) {
  if (!transit.sent || transit.received.empty()) return;
  transit.delay = transcript.events[transit.received.front()].at - transcript.events[*transit.sent].at;
}

std::vector<Transit> match(const Transcript& transcript, const scenario::Allow& allow) {
  Matcher matcher(allow);
  for (const Event& event : transcript.events) matcher.add(event);
  std::vector<Transit> transits = matcher.finish();
  for (Transit& transit : transits) set_delay(transit, transcript);
  return transits;
}

}  // namespace twinwire::observe
