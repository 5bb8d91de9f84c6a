// SPDX-License-Identifier: Apache-2.0
// Where the device ends every connection itself, as a proxy does, no frame crosses and none is missing: each wire is
// told by itself.
#include "harness/observe/transit.hpp"

namespace twinwire::observe {

std::vector<Transit> apart(const Transcript& transcript) {
  std::vector<Transit> transits;
  for (std::size_t i = 0; i < transcript.events.size(); ++i) {
    const Event& event = transcript.events[i];
    if (event.marker || event.frame.empty()) continue;
    Transit transit;
    transit.step = event.step;
    transit.packet = event.packet;
    if (event.kind == Event::Kind::Received) {
      transit.fate = Transit::Fate::Made;
      transit.from = Party::Device;
      transit.to = event.wire;
      transit.received = {i};
    } else {
      transit.fate = event.kind == Event::Kind::Refused ? Transit::Fate::Refused : Transit::Fate::Taken;
      transit.from = event.wire;
      transit.to = other(event.wire);
      transit.sent = i;
    }
    transits.push_back(std::move(transit));
  }
  return transits;
}

std::vector<Transit> transits(const Transcript& transcript, const scenario::BenchSpec& bench) {
  return bench.path.kind == scenario::PathSpec::Kind::Direct ? match(transcript, bench.allow) : apart(transcript);
}

}  // namespace twinwire::observe
