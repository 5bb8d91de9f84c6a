// SPDX-License-Identifier: Apache-2.0
// What is asked of the kernel by rtnetlink, in the network namespace that the process is in. The only door for
// libnl-route. Everything here throws std::runtime_error with a full sentence.
#pragma once

#include <string>
#include <vector>

#include "generator/wire/address.hpp"
#include "harness/bench/lab/descriptor.hpp"

namespace twinwire::bench {

/// One plug of a veth pair; `flags` are those of netdevice(7).
struct Plug {
  const char* name = nullptr;
  wire::Mac mac;
  unsigned flags = 0;
};

/// `here` in the current namespace and `there` in another.
void make_pair(const Plug& here, const Plug& there, const Descriptor& other);
void bring_up(const std::string& interface);
/// Takes IFF_NOARP off an interface, so that the kernel resolves addresses on it.
void resolve_addresses(const std::string& interface);
/// IPv6 addresses are there at once, without duplicate address detection.
void add_address(const std::string& interface, const wire::Prefix& prefix);
/// To a network, by the router `via`.
void add_route(const std::string& interface, const wire::Prefix& to, const wire::Address& via);
/// Waits until the kernel hears neighbour solicitations for these addresses; five seconds at most.
void wait_for_solicited_node_groups(const std::vector<wire::Prefix>& prefixes);
bool kernel_has_ipv6();

}  // namespace twinwire::bench
