// SPDX-License-Identifier: Apache-2.0
// A Link over an AF_PACKET socket.
#pragma once

#include <memory>
#include <string>

#include "generator/link/link.hpp"
#include "generator/time/timeline.hpp"

namespace twinwire::link {

/// Serves `socket`, an AF_PACKET SOCK_RAW socket that is bound to one interface, non-blocking, with SO_TIMESTAMPNS and
/// PACKET_IGNORE_OUTGOING set; owns it from here on. Arrivals are also served by the timeline's io_context.
std::unique_ptr<Link> make_packet_link(int socket, time::Timeline& timeline, std::size_t mtu);

/// Opens such a socket on an interface of this network namespace. Throws std::system_error.
int open_packet_socket(const std::string& interface);

}  // namespace twinwire::link
