// SPDX-License-Identifier: Apache-2.0
// From a ladder line to the segment that its sender puts on the wire: what is written is literal, what is not is
// computed from what this end knows.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <vector>

#include "generator/craft/builder.hpp"
#include "harness/observe/end.hpp"
#include "harness/observe/fields.hpp"
#include "harness/scenario/scenario.hpp"

namespace twinwire::run {

/// A line that cannot be sent because its sender does not know what it would need; what() is a sentence.
class CannotSend : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct Sender {
  observe::End& end;
  const scenario::EndConfig& config;
  wire::Family family{};
  std::uint32_t planned_iss = 0;       ///< the ISS that the next SYN takes
  std::uint32_t peer_planned_iss = 0;  ///< stands in for an IRS where the ladder begins in mid-connection
};

/// Fills sequence numbers, window, options and payload of `spec` into `segment`, whose addresses are set already.
/// Throws CannotSend.
void compose(const scenario::SegmentSpec& spec, const Sender& sender, const observe::LabelledPacket& labelled,
             craft::Segment& segment);

/// `again @x`: that packet once more, with what `overrides` writes changed. Throws CannotSend.
void compose_again(const wire::Packet& before, const scenario::SegmentSpec& overrides, const Sender& sender,
                   const observe::LabelledPacket& labelled, craft::Segment& segment);

}  // namespace twinwire::run
