// SPDX-License-Identifier: Apache-2.0
// Walks through a transcript once more, so that the judge knows at every moment what each end knew. It reads only the
// transcript and the ladder.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "harness/observe/end.hpp"
#include "harness/observe/fields.hpp"
#include "harness/observe/transit.hpp"

namespace twinwire::judge {

using scenario::Party;

/// What the transcript says of one step.
struct StepRecord {
  bool begun = false, passed = false, done = false, not_reached = false, time_up = false;
  std::optional<std::string> failed;
  std::size_t first_event = 0, last_event = 0;  ///< indices of Begins and Done
};

class Replay {
 public:
  Replay(const scenario::Scenario& scenario, const observe::Transcript& transcript,
         const std::vector<observe::Transit>& transits);

  const StepRecord& step(std::size_t index) const { return steps_[index]; }
  bool complete() const { return complete_; }

  /// Both ends of the connection to which the frame of `event` belongs, as they were when that event had just happened.
  /// Nothing if it belongs to none.
  const observe::End* end_at(std::size_t event, Party end) const;
  /// The first packet of a labelled line: as it was sent, or as it arrived.
  observe::LabelledPacket sent_as() const;
  observe::LabelledPacket received_as() const;

 private:
  struct Ends {
    observe::End client, server;
  };
  void take(std::size_t index);
  void forget(const scenario::Step& step);
  Ends* ends_of(const observe::Event& event, std::size_t index);
  std::optional<wire::Packet> labelled(const std::string& label, bool as_received) const;

  const scenario::Scenario& scenario_;
  const observe::Transcript& transcript_;
  const std::vector<observe::Transit>& transits_;
  std::map<std::size_t, const observe::Transit*> transit_of_received_;
  std::vector<StepRecord> steps_;
  bool complete_ = false;
  std::map<std::uint16_t, Ends> ends_;                    ///< by the client's port on the client's wire
  std::map<std::uint16_t, std::uint16_t> original_port_;  ///< client's port as the server's wire has it
  std::map<std::size_t, Ends> at_event_;                  ///< only for frames that the device made
};

}  // namespace twinwire::judge
