// SPDX-License-Identifier: Apache-2.0
// The same bookkeeping as in the run, fed with the same frames in the same order; `forgets` takes effect when its step
// begins. Snapshots are kept where the judge will look: at frames that nobody sent.
#include "harness/judge/replay.hpp"

#include <algorithm>

namespace twinwire::judge {

using observe::Event;

Replay::Replay(const scenario::Scenario& scenario, const observe::Transcript& transcript,
               const std::vector<observe::Transit>& transits)
    : scenario_(scenario), transcript_(transcript), transits_(transits), steps_(scenario.steps.size()) {
  for (const auto& transit : transits) {
    for (const std::size_t received : transit.received) transit_of_received_[received] = &transit;
  }
  for (std::size_t i = 0; i < transcript.events.size(); ++i) take(i);
}

void Replay::take(std::size_t index) {
  const Event& event = transcript_.events[index];
  if (event.kind == Event::Kind::Closes) complete_ = true;
  if (event.step >= 0 && static_cast<std::size_t>(event.step) < steps_.size()) {
    StepRecord& record = steps_[static_cast<std::size_t>(event.step)];
    switch (event.kind) {
      case Event::Kind::Begins:
        record.begun = true;
        record.first_event = index;
        record.last_event = index;
        forget(scenario_.steps[static_cast<std::size_t>(event.step)]);
        break;
      case Event::Kind::Passed:
        record.passed = true;
        break;
      case Event::Kind::Done:
        record.done = true;
        record.last_event = index;
        break;
      case Event::Kind::NotReached:
        record.not_reached = true;
        break;
      case Event::Kind::TimeUp:
        record.time_up = true;
        break;
      case Event::Kind::Failed:
        record.failed = event.text;
        break;
      default:
        break;
    }
  }
  if (event.frame.empty() || event.marker || event.kind == Event::Kind::Refused) return;
  const auto packet = wire::decode(event.frame);
  if (!packet || !packet->tcp) return;
  Ends* ends = ends_of(event, index);
  if (ends == nullptr) return;
  observe::End& near = event.wire == Party::Client ? ends->client : ends->server;
  observe::End& far = event.wire == Party::Client ? ends->server : ends->client;
  if (event.kind == Event::Kind::Sent) near.sent(*packet->tcp);
  if (event.kind == Event::Kind::Carried) {
    far.sent(*packet->tcp);
    near.received(*packet->tcp);
  }
  if (event.kind != Event::Kind::Received) return;
  const auto transit = transit_of_received_.find(index);
  if (transit != transit_of_received_.end() && transit->second->fate == observe::Transit::Fate::Made)
    at_event_[index] = *ends;
  const int from_step = transit != transit_of_received_.end() && transit->second->sent ? transit->second->step : -1;
  if (from_step >= 0 && static_cast<std::size_t>(from_step) < steps_.size()) {
    const auto* line = std::get_if<scenario::Packet>(&scenario_.steps[static_cast<std::size_t>(from_step)].what);
    if (line != nullptr && line->lost) return;
  }
  if (packet->tcp->checksum_ok) near.received(*packet->tcp);
}

void Replay::forget(const scenario::Step& step) {
  const auto* act = std::get_if<scenario::Act>(&step.what);
  if (act == nullptr || !std::holds_alternative<scenario::Forgets>(act->what) || act->who.party == Party::Device)
    return;
  for (const auto& connection : transcript_.connections) {
    if (connection.name != act->who.port) continue;
    Ends& ends = ends_[connection.client_port];
    (act->who.party == Party::Client ? ends.client : ends.server).forget();
  }
}

Replay::Ends* Replay::ends_of(const Event& event, std::size_t index) {
  const auto packet = wire::decode(event.frame);
  const wire::Tcp& tcp = *packet->tcp;
  const bool from_client = (event.kind == Event::Kind::Sent && event.wire == Party::Client) ||
                           (event.kind != Event::Kind::Sent && event.wire == Party::Server);
  const std::uint16_t port = from_client ? tcp.src_port : tcp.dst_port;
  const auto known = [this](std::uint16_t candidate) {
    return std::ranges::any_of(transcript_.connections, [&](const auto& c) { return c.client_port == candidate; });
  };
  if (event.wire == Party::Client || event.kind == Event::Kind::Carried) return known(port) ? &ends_[port] : nullptr;
  if (event.kind == Event::Kind::Received) {
    const auto transit = transit_of_received_.find(index);
    if (transit != transit_of_received_.end() && transit->second->sent) {
      const auto sent = wire::decode(transcript_.events[*transit->second->sent].frame);
      original_port_[port] = sent->tcp->src_port;
    }
  }
  const auto original = original_port_.find(port);
  const std::uint16_t own = original == original_port_.end() ? port : original->second;
  return known(own) ? &ends_[own] : nullptr;
}

const observe::End* Replay::end_at(std::size_t event, Party end) const {
  const auto found = at_event_.find(event);
  if (found == at_event_.end()) return nullptr;
  return end == Party::Client ? &found->second.client : &found->second.server;
}

std::optional<wire::Packet> Replay::labelled(const std::string& label, bool as_received) const {
  for (const auto& transit : transits_) {
    if (!transit.sent || transit.step < 0 || static_cast<std::size_t>(transit.step) >= scenario_.steps.size()) continue;
    if (scenario_.steps[static_cast<std::size_t>(transit.step)].label != label) continue;
    if (!as_received) return wire::decode(transcript_.events[*transit.sent].frame);
    if (!transit.received.empty()) return wire::decode(transcript_.events[transit.received.front()].frame);
    return std::nullopt;
  }
  return std::nullopt;
}

observe::LabelledPacket Replay::sent_as() const {
  return [this](const std::string& label) { return labelled(label, false); };
}

observe::LabelledPacket Replay::received_as() const {
  return [this](const std::string& label) { return labelled(label, true); };
}

}  // namespace twinwire::judge
