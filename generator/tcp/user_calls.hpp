// SPDX-License-Identifier: Apache-2.0
// The user calls (RFC 9293 section 3.10.1 to 3.10.5), each in a file of its own name, and what time does (3.10.8).
#pragma once

#include <optional>
#include <span>

#include "generator/tcp/tcb.hpp"

namespace twinwire::tcp {

void open_active(Tcb& tcb, Instant now, Output& output);
void open_passive(Tcb& tcb);
void adopt(Tcb& tcb, const Synchronised& variables);
std::size_t send(Tcb& tcb, wire::Bytes octets, Instant now, Output& output);
std::size_t receive(Tcb& tcb, std::span<std::uint8_t> into, Instant now, Output& output);
void close(Tcb& tcb, Instant now, Output& output);
void abort(Tcb& tcb, Instant now, Output& output);
void path_mtu_is(Tcb& tcb, std::uint16_t mtu, Instant now, Output& output);

std::optional<Instant> next_timeout(const Tcb& tcb);
void timeouts(Tcb& tcb, Instant now, Output& output);

}  // namespace twinwire::tcp
