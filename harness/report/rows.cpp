// SPDX-License-Identifier: Apache-2.0
// First every frame is worded as its wire saw it, in the order of the clock, because numbers count from what was seen
// before. Then the events are walked once more: a frame that begins a transit becomes a row with both its views, a step
// that is no packet becomes a row of its own, and so does a packet of the device that never came.
#include "harness/report/rows.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "generator/wire/packet.hpp"
#include "harness/report/look.hpp"
#include "harness/report/segment.hpp"

namespace twinwire::report {
namespace {

using observe::Event;
using observe::Transit;
using scenario::Party;
using Kind = Event::Kind;
using Fate = Transit::Fate;

bool from_client(const Event& event) {
  const bool from_our_socket = event.kind == Kind::Sent || event.kind == Kind::Refused;
  return (event.wire == Party::Client) == from_our_socket;
}

class Rows {
 public:
  Rows(const scenario::Scenario& scenario, const observe::Transcript& transcript, const judge::Result& judged)
      : scenario_(scenario), transcript_(transcript), judged_(judged) {
    for (std::size_t i = 0; i < judged.transits.size(); ++i) {
      const Transit& transit = judged.transits[i];
      const auto first =
          transit.sent ? transit.sent : (transit.received.empty() ? std::nullopt : std::optional(transit.received[0]));
      if (first) begins_[*first] = i;
    }
    for (const judge::Finding& finding : judged.findings) {
      if (finding.weight != judge::Verdict::Pass) blamed_.insert(finding.step);
    }
    learn_translations();
    word_all();
  }

  std::vector<Row> take() {
    for (std::size_t i = 0; i < transcript_.events.size(); ++i) add(i);
    return std::move(rows_);
  }

 private:
  const scenario::Step* step(int index) const {
    const bool known = index >= 0 && static_cast<std::size_t>(index) < scenario_.steps.size();
    return known ? &scenario_.steps[static_cast<std::size_t>(index)] : nullptr;
  }
  std::string line(int index) const { return step(index) ? step(index)->text : ""; }

  /// Behind a NAT the server's wire shows another client port; both stand for one connection.
  void learn_translations() {
    for (const Transit& transit : judged_.transits) {
      if (!transit.sent || transit.received.empty() || transit.from != Party::Client) continue;
      const auto sent = wire::decode(transcript_.events[*transit.sent].frame);
      const auto received = wire::decode(transcript_.events[transit.received[0]].frame);
      if (sent && received && sent->tcp && received->tcp) port_inside_[received->tcp->src_port] = sent->tcp->src_port;
    }
  }

  Numbers::Seen seen(const Event& event, const wire::Packet& packet) const {
    Numbers::Seen seen{event.wire, from_client(event), 0};
    if (!packet.tcp) return seen;
    seen.client_port = seen.from_client ? packet.tcp->src_port : packet.tcp->dst_port;
    const auto inside = port_inside_.find(seen.client_port);
    if (event.wire == Party::Server && inside != port_inside_.end()) seen.client_port = inside->second;
    return seen;
  }

  void word_all() {
    words_.resize(transcript_.events.size());
    Wording wording;
    for (std::size_t i = 0; i < transcript_.events.size(); ++i) {
      const Event& event = transcript_.events[i];
      if (event.kind == Kind::Begins) forget(event.step, wording);
      if (event.marker || event.frame.empty()) continue;
      const auto packet = wire::decode(event.frame);
      words_[i] = packet ? wording.words(seen(event, *packet), *packet) : "frame cut off";
    }
  }

  void forget(int index, Wording& wording) const {
    const auto* act = step(index) ? std::get_if<scenario::Act>(&step(index)->what) : nullptr;
    if (!act || !std::holds_alternative<scenario::Forgets>(act->what) || act->who.party != Party::Client) return;
    for (const observe::Connection& connection : transcript_.connections) {
      if (connection.name == act->who.port) wording.forget(connection.client_port);
    }
  }

  void add(std::size_t index) {
    const Event& event = transcript_.events[index];
    if (const auto found = begins_.find(index); found != begins_.end()) add_transit(judged_.transits[found->second]);
    switch (event.kind) {
      case Kind::Begins:
        begin(event);
        break;
      case Kind::Passed:
        add_line(Row::Kind::Unreached, event.step, "not walked: its condition does not hold");
        break;
      case Kind::NotReached:
        add_line(Row::Kind::Unreached, event.step, "not reached");
        break;
      case Kind::Failed:
        add_line(Row::Kind::Act, event.step, event.text);
        break;
      case Kind::Done:
        claim_made(event);
        break;
      default:
        break;
    }
  }

  void begin(const Event& event) {
    const scenario::Step* begun = step(event.step);
    if (begun && std::holds_alternative<scenario::Act>(begun->what)) add_line(Row::Kind::Act, event.step, "");
    if (begun) return;
    Row tail;
    tail.kind = Row::Kind::Act;
    tail.remark = "behind the last line: does the server know what the device's SYN,ACK promised?";
    rows_.push_back(std::move(tail));
  }

  void add_line(Row::Kind kind, int index, std::string remark) {
    Row row;
    row.kind = kind;
    row.step = index + 1;
    row.blamed = kind == Row::Kind::Act && blamed_.contains(index);
    row.client = line(index);
    row.remark = std::move(remark);
    rows_.push_back(std::move(row));
  }

  /// A line of the device takes the next packet that the device made for that end; if there is none left, nothing came.
  void claim_made(const Event& event) {
    const auto* packet = step(event.step) ? std::get_if<scenario::Packet>(&step(event.step)->what) : nullptr;
    if (!packet || packet->from.party != Party::Device) return;
    int& unclaimed = unclaimed_[packet->to.party];
    if (unclaimed > 0) {
      --unclaimed;
    } else {
      add_line(Row::Kind::Act, event.step, "nothing came");
    }
  }

  void add_transit(const Transit& transit) {
    Row row;
    // What follows the last line, such as the tail check of the run, belongs to no line; findings about it have no step
    // either.
    const int index = step(transit.step) ? transit.step : -1;
    row.step = index + 1;
    row.blamed = blamed_.contains(index);
    row.toward = transit.to;
    std::string& near = transit.to == Party::Server ? row.client : row.server;
    std::string& far = transit.to == Party::Server ? row.server : row.client;
    if (transit.sent) near = words_[*transit.sent];
    if (!transit.received.empty()) far = words_[transit.received[0]];
    switch (transit.fate) {
      case Fate::Crossed:
        row.kind = Row::Kind::Crossed;
        break;
      case Fate::Dropped:
        row.kind = Row::Kind::Dead;
        break;
      case Fate::Unsettled:
      case Fate::Ambiguous:
        row.kind = Row::Kind::Open;
        break;
      case Fate::Made:
        row.kind = Row::Kind::Made;
        break;
      case Fate::Around:
        row.kind = Row::Kind::Around;
        break;
      case Fate::Refused:
        row.kind = Row::Kind::Unsent;
        break;
      case Fate::Taken:
        row.kind = Row::Kind::Taken;
        break;
    }
    if (transit.fate == Fate::Around) far = near;
    if (transit.fate == Fate::Crossed) row.delay = short_time(transit.delay.count());
    if (transit.fate == Fate::Made) ++unclaimed_[transit.to];
    row.remark = remark(transit);
    rows_.push_back(std::move(row));
  }

  std::string remark(const Transit& transit) const {
    switch (transit.fate) {
      case Fate::Dropped:
        return absence(transit);
      case Fate::Unsettled:
        return "did not come, and nothing proves that it will not";
      case Fate::Ambiguous:
        return "several frames could be this one";
      case Fate::Made:
        return made(transit);
      case Fate::Around:
        return "carried past the device";
      case Fate::Refused:
        return "our own socket refused it: never sent";
      case Fate::Taken:
        return "";
      case Fate::Crossed:
        break;
    }
    return changes(transit);
  }

  std::string absence(const Transit& transit) const {
    if (transit.proof == Transit::Proof::Marker) return "absence proved by a marker";
    const auto& events = transcript_.events;
    const auto up = std::find_if(events.begin() + static_cast<std::ptrdiff_t>(*transit.sent), events.end(),
                                 [&](const Event& e) { return e.kind == Kind::TimeUp && e.step == transit.step; });
    if (up == events.end()) return "absence proved by silence";
    return "absence proved by " + short_time((up->at - events[*transit.sent].at).count()) + " of silence";
  }

  std::string made(const Transit& transit) const {
    const auto packet = wire::decode(transcript_.events[transit.received[0]].frame);
    if (!packet || !packet->is_ip) return "made by the device";
    return std::string("made by the device, ") + (packet->src.family == wire::Family::Ipv4 ? "TTL " : "hop limit ") +
           std::to_string(packet->ttl);
  }

  static std::string changes(const Transit& transit) {
    std::string out;
    const auto say = [&out](const std::string& what) { out += (out.empty() ? "" : "; ") + what; };
    if (transit.received.size() > 1) say("arrived " + std::to_string(transit.received.size()) + " times");
    if (transit.reordered) say("overtaken by a later one");
    for (const observe::FieldChange& change : transit.changes) {
      if (change.allowed) continue;
      const bool number = change.field == "seq" || change.field == "ack" || change.field == "sack";
      say(number ? change.field + " rewritten" : change.field + " " + change.sent + " became " + change.received);
    }
    return out;
  }

  const scenario::Scenario& scenario_;
  const observe::Transcript& transcript_;
  const judge::Result& judged_;
  std::map<std::size_t, std::size_t> begins_;  ///< event to the transit that it begins
  std::set<int> blamed_;
  std::map<std::uint16_t, std::uint16_t> port_inside_;
  std::vector<std::string> words_;  ///< of each event's frame
  std::map<Party, int> unclaimed_;  ///< packets that the device made for an end and no line has asked for yet
  std::vector<Row> rows_;
};

}  // namespace

std::vector<Row> rows(const scenario::Scenario& scenario, const observe::Transcript& transcript,
                      const judge::Result& judged) {
  return Rows(scenario, transcript, judged).take();
}

}  // namespace twinwire::report
