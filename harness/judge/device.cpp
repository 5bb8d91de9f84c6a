// SPDX-License-Identifier: Apache-2.0
// What the device says for itself: lines that expect it, acts in which it took part, and frames that nobody asked for.
#include <algorithm>

#include "harness/judge/case.hpp"
#include "harness/judge/words.hpp"

namespace twinwire::judge {
namespace {

using scenario::Crossing;
using Fate = Transit::Fate;

std::string describe(const Case& now, const Transit& made) {
  return describe_made(*now.received(made), now.replay.end_at(made.received.front(), made.to));
}

/// The first frame of the device's making that this line means, until the line is over.
const Transit* claim(Case& now, int index, const scenario::Packet& line) {
  const StepRecord& record = now.replay.step(static_cast<std::size_t>(index));
  const auto& spec = std::get<scenario::SegmentSpec>(line.segment);
  for (const Transit& transit : now.transits) {
    if (transit.fate != Fate::Made || transit.to != line.to.party || now.explained.contains(&transit)) continue;
    const std::size_t event = transit.received.front();
    const auto packet = now.received(transit);
    if (event > record.last_event || !packet->tcp) continue;
    const observe::End* hearer = now.replay.end_at(event, transit.to);
    if (hearer != nullptr && observe::is_as_written(*packet, spec, *hearer, now.replay.sent_as())) return &transit;
  }
  return nullptr;
}

/// Frames of the device's making during an act are harmless where the act came out as expected: it spoke to both ends,
/// as a proxy does, and the ends got where they wanted.
bool harmless(const Case& now, const Transit& made) {
  if (made.step < 0 || static_cast<std::size_t>(made.step) >= now.scenario.steps.size()) return false;
  const auto* act = std::get_if<scenario::Act>(&now.scenario.steps[static_cast<std::size_t>(made.step)].what);
  return act != nullptr && is_live(*act) && std::ranges::none_of(now.findings, [&](const Finding& f) {
           return f.step == made.step && f.weight != Verdict::Pass;
         });
}

void judge_silence(Case& now, int index) {
  const StepRecord& record = now.replay.step(static_cast<std::size_t>(index));
  for (std::size_t i = record.first_event; i <= record.last_event; ++i) {
    const auto& event = now.transcript.events[i];
    if (event.kind != observe::Event::Kind::Received || event.marker) continue;
    now.find(Layer::Progress, Verdict::Fail, index,
             "there was to be silence, and the " + party(event.wire) + " heard a packet");
  }
}

}  // namespace

void judge_device_line(Case& now, int index) {
  const scenario::Step& step = now.scenario.steps[static_cast<std::size_t>(index)];
  const auto& line = std::get<scenario::Packet>(step.what);
  if (line.to.party == Party::Device) {
    for (const Transit* transit : now.of_step(index)) {
      if (transit->fate != Fate::Crossed) continue;
      now.find(Layer::Progress, Verdict::Fail, index,
               describe_sent(*now.sent(*transit), transit->from) + " was meant for the device and reached the " +
                   party(transit->to));
    }
    return;
  }
  std::uint32_t came = 0;
  for (; came < line.repeat.most; ++came) {
    const Transit* made = claim(now, index, line);
    if (made == nullptr) break;
    now.explained.insert(made);
    if (line.crossing != Crossing::MustNot) continue;
    now.find(Layer::Progress, Verdict::Fail, index, "the device sent " + describe(now, *made) + ", and must not");
    now.findings.back().by_device = true;
  }
  if (line.crossing == Crossing::Must && came < line.repeat.least) {
    now.find(Layer::Progress, Verdict::Fail, index,
             "the device was to send the " + party(line.to.party) + " what this line says" +
                 (line.repeat.least > 1 ? " " + std::to_string(line.repeat.least) + " times, and did so " +
                                              std::to_string(came) + " times"
                                        : ", and did not"));
  }
}

void judge_act(Case& now, int index) {
  const auto& act = std::get<scenario::Act>(now.scenario.steps[static_cast<std::size_t>(index)].what);
  if (std::holds_alternative<scenario::Silence>(act.what)) judge_silence(now, index);
}

void judge_rest(Case& now) {
  if (now.bench.path.kind != scenario::PathSpec::Kind::Direct) return;  // a proxy makes every packet
  const int behind_the_ladder = static_cast<int>(now.scenario.steps.size());
  for (const Transit& transit : now.transits) {
    if (transit.fate != Fate::Made || now.explained.contains(&transit) || transit.step == behind_the_ladder) continue;
    const int step = static_cast<std::size_t>(transit.step) < now.scenario.steps.size() ? transit.step : -1;
    now.find(Layer::Progress, harmless(now, transit) ? Verdict::Pass : Verdict::Fail, step,
             "the " + party(transit.to) + " received " + describe(now, transit) +
                 ", which neither end sent: the device made it");
    now.findings.back().by_device = true;
  }
  const int tail = static_cast<int>(now.scenario.steps.size());
  if (now.of_step(tail).empty() || !leads_nowhere(now)) return;
  now.find(Layer::Progress, Verdict::Fail, -1,
           "the client acknowledged the device's SYN,ACK and sent 100 octets, and neither they nor a SYN of the "
           "device's reached the server");
}

bool leads_nowhere(const Case& now) {
  const int tail = static_cast<int>(now.scenario.steps.size());
  std::optional<int> promised;
  for (const Transit& transit : now.transits) {
    const auto packet =
        transit.fate == Fate::Made && transit.to == Party::Client ? now.received(transit) : std::nullopt;
    const bool promise = packet && packet->tcp &&
                         (packet->tcp->flags & (wire::tcp_flag::Syn | wire::tcp_flag::Ack)) ==
                             (wire::tcp_flag::Syn | wire::tcp_flag::Ack);
    if (promise) promised = transit.step;
  }
  // A server that has seen no SYN since then knows nothing of the promise, whatever else reaches it.
  const auto tells_the_server = [&](const Transit& transit) {
    if (transit.step < *promised || transit.to != Party::Server || transit.received.empty()) return false;
    const auto packet = now.received(transit);
    return packet->tcp && packet->tcp->has(wire::tcp_flag::Syn);
  };
  return promised && !now.of_step(tail).empty() && std::ranges::none_of(now.transits, tells_the_server);
}

}  // namespace twinwire::judge
