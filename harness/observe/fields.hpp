// SPDX-License-Identifier: Apache-2.0
// From the words of a ladder line to numbers on the wire and back: evaluates symbolic numbers with what an end knows,
// and tells whether a packet is as a line says.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "generator/wire/packet.hpp"
#include "harness/observe/end.hpp"
#include "harness/scenario/scenario.hpp"

namespace twinwire::observe {

/// The packet that `@label` names, as it was on the wire that is meant; nothing if it was not there.
using LabelledPacket = std::function<std::optional<wire::Packet>(const std::string& label)>;

/// Whose numbers literals count from: those of the end that sends, or that receives (lines of the device).
enum class Speaker : std::uint8_t { Sender, Receiver };

/// The 32-bit value of `number` where it stands for `key`; nothing if the end does not know it.
std::optional<std::uint32_t> evaluate(const scenario::Number& number, scenario::Key key, const End& end,
                                      Speaker speaker, const LabelledPacket& labelled);

/// The field of a packet, e.g. Key::Win; nothing for keys that are no header field.
std::optional<std::uint32_t> field_value(const wire::Packet& packet, scenario::Key key);

/// Whether `packet` has the flags, fields and options that are written; what is not written does not matter. `end` is
/// the one that received it.
bool is_as_written(const wire::Packet& packet, const scenario::SegmentSpec& spec, const End& end,
                   const LabelledPacket& labelled);

/// Whether one written field holds of a packet that arrived.
bool holds(const scenario::Field& field, const wire::Packet& packet, const End& end, Speaker speaker,
           const LabelledPacket& labelled);

/// Whether one written option holds; a removed one holds when it is not there.
bool holds(const scenario::Option& option, const wire::Packet& packet, const End& end, Speaker speaker,
           const LabelledPacket& labelled);

/// tcpdump's name of an option: "mss", "wscale", "sackOK", "sack", "ts", "tfo", "nop", "eol", or "kind 253".
std::string option_name(std::uint8_t kind);

}  // namespace twinwire::observe
