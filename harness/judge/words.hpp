// SPDX-License-Identifier: Apache-2.0
// The sentences of findings, in the words of an engineer.
#pragma once

#include <string>

#include "generator/wire/packet.hpp"
#include "harness/observe/end.hpp"
#include "harness/observe/transit.hpp"

namespace twinwire::judge {

/// "client", "server", "device".
std::string party(scenario::Party party);

/// tcpdump's words for what the device made: "RST,ACK seq=0 ack=1 ttl=64", numbers relative to what `hearer` knows
/// ("old+1" for a connection it has forgotten); for ICMP its type and code.
std::string describe_made(const wire::Packet& packet, const observe::End* hearer);

/// "the client's RST".
std::string describe_sent(const wire::Packet& packet, scenario::Party from);

/// "the client's SYN arrived with another win: sent 5000, received 4000".
std::string describe_change(const wire::Packet& packet, scenario::Party from, const observe::FieldChange& change);

/// "a marker sent behind it arrived, it did not", "it had not come when the bench's patience ended".
std::string describe_proof(observe::Transit::Proof proof);

}  // namespace twinwire::judge
