// SPDX-License-Identifier: Apache-2.0
// The ladder as it really happened, one row per packet and per act, in the order of the one clock, not yet laid out.
#pragma once

#include <string>
#include <vector>

#include "harness/judge/verdict.hpp"
#include "harness/observe/transcript.hpp"
#include "harness/scenario/scenario.hpp"

namespace twinwire::report {

struct Row {
  enum class Kind : std::uint8_t {
    Crossed,   ///< from wire to wire through the device
    Dead,      ///< went in and did not come out
    Open,      ///< went in; whether it came out nobody can say
    Made,      ///< came out, and no end had sent it
    Around,    ///< carried past the device
    Unsent,    ///< our own socket refused it
    Taken,     ///< its connection ends at the device
    Act,       ///< a line that is no packet, and packets that never were
    Unreached  ///< a line that was not walked
  };
  Kind kind{};
  int step = 0;                                      ///< counted from 1; 0: none
  bool blamed = false;                               ///< a finding that worsens the verdict is about it
  scenario::Party toward = scenario::Party::Server;  ///< the wire that the arrow points to
  std::string client, server;  ///< the packet as each wire had it; Act, Unreached: the line in `client`
  std::string delay;           ///< Crossed
  std::string remark;          ///< what else is to be said of it
};

std::vector<Row> rows(const scenario::Scenario& scenario, const observe::Transcript& transcript,
                      const judge::Result& judged);

}  // namespace twinwire::report
