// SPDX-License-Identifier: Apache-2.0
// Each call opens a netlink socket of its own: a socket belongs to the namespace in which it was made. An interface
// pair is one request, which names the peer's namespace and brings the near plug up; the kernel refuses to bring up the
// peer before the pair is complete.
#include "harness/bench/lab/helper/rtnetlink.hpp"

#include <net/if.h>
#include <netlink/netlink.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/link/veth.h>
#include <netlink/route/nexthop.h>
#include <netlink/route/route.h>
#include <time.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>

namespace twinwire::bench {
namespace {

struct Release {
  void operator()(nl_sock* socket) const { nl_socket_free(socket); }
  void operator()(nl_addr* address) const { nl_addr_put(address); }
  void operator()(rtnl_link* link) const { rtnl_link_put(link); }
  void operator()(rtnl_addr* address) const { rtnl_addr_put(address); }
  void operator()(rtnl_route* route) const { rtnl_route_put(route); }
};
template <typename T>
using Owned = std::unique_ptr<T, Release>;

[[noreturn]] void fail(const std::string& what, const std::string& reason) {
  throw std::runtime_error("the lab's network cannot be made: " + what + " failed: " + reason);
}

void check_netlink(int error, const std::string& what) {
  if (error < 0) fail(what, nl_geterror(error));
}

Owned<nl_sock> connect_netlink() {
  Owned<nl_sock> socket(nl_socket_alloc());
  check_netlink(nl_connect(socket.get(), NETLINK_ROUTE), "opening a netlink socket");
  return socket;
}

int index_of(const std::string& interface) { return static_cast<int>(if_nametoindex(interface.c_str())); }

/// Changes the flags that `change` names.
void change_link(const std::string& interface, rtnl_link* change, const std::string& what) {
  const auto socket = connect_netlink();
  const Owned<rtnl_link> link(rtnl_link_alloc());
  rtnl_link_set_ifindex(link.get(), index_of(interface));
  check_netlink(rtnl_link_change(socket.get(), link.get(), change, 0), what);
}

void describe(rtnl_link* link, const Plug& plug) {
  const Owned<nl_addr> mac(nl_addr_build(AF_LLC, plug.mac.octets.data(), plug.mac.octets.size()));
  rtnl_link_set_name(link, plug.name);
  rtnl_link_set_addr(link, mac.get());
  rtnl_link_set_flags(link, plug.flags);
}

Owned<nl_addr> netlink_address(const wire::Address& address) {
  const auto bytes = address.bytes();
  const int family = address.family == wire::Family::Ipv6 ? AF_INET6 : AF_INET;
  return Owned<nl_addr>(nl_addr_build(family, bytes.data(), bytes.size()));
}

Owned<nl_addr> netlink_prefix(const wire::Prefix& prefix) {
  auto address = netlink_address(prefix.address);
  nl_addr_set_prefixlen(address.get(), prefix.length);
  return address;
}

}  // namespace

void make_pair(const Plug& here, const Plug& there, const Descriptor& other) {
  const auto socket = connect_netlink();
  const Owned<rtnl_link> link(rtnl_link_veth_alloc());
  describe(link.get(), here);
  const Owned<rtnl_link> peer(rtnl_link_veth_get_peer(link.get()));
  describe(peer.get(), there);
  rtnl_link_set_ns_fd(peer.get(), other.get());
  check_netlink(rtnl_link_add(socket.get(), link.get(), NLM_F_CREATE | NLM_F_EXCL),
                std::string("making the veth pair \"") + here.name + "\"");
}

void bring_up(const std::string& interface) {
  const Owned<rtnl_link> change(rtnl_link_alloc());
  rtnl_link_set_flags(change.get(), IFF_UP);
  change_link(interface, change.get(), "bringing \"" + interface + "\" up");
}

void resolve_addresses(const std::string& interface) {
  const Owned<rtnl_link> change(rtnl_link_alloc());
  rtnl_link_unset_flags(change.get(), IFF_NOARP);
  change_link(interface, change.get(), "switching ARP on for \"" + interface + "\"");
}

void add_address(const std::string& interface, const wire::Prefix& prefix) {
  const auto socket = connect_netlink();
  const auto local = netlink_prefix(prefix);
  const Owned<rtnl_addr> address(rtnl_addr_alloc());
  rtnl_addr_set_ifindex(address.get(), index_of(interface));
  rtnl_addr_set_local(address.get(), local.get());
  if (prefix.address.family == wire::Family::Ipv6) rtnl_addr_set_flags(address.get(), IFA_F_NODAD);
  check_netlink(rtnl_addr_add(socket.get(), address.get(), 0),
                "giving the address " + to_string(prefix) + " to the interface \"" + interface + "\"");
}

void add_route(const std::string& interface, const wire::Prefix& to, const wire::Address& via) {
  const auto socket = connect_netlink();
  const auto network = netlink_prefix(to);
  const auto gateway = netlink_address(via);
  const Owned<rtnl_route> route(rtnl_route_alloc());
  rtnl_route_set_dst(route.get(), network.get());
  rtnl_nexthop* hop = rtnl_route_nh_alloc();  // belongs to the route once it is added
  rtnl_route_nh_set_ifindex(hop, index_of(interface));
  rtnl_route_nh_set_gateway(hop, gateway.get());
  rtnl_route_add_nexthop(route.get(), hop);
  check_netlink(rtnl_route_add(socket.get(), route.get(), 0),
                "adding a route to " + to_string(to) + " by " + to_string(via));
}

/// Joining the multicast group by which neighbours ask for an address is left to a kernel worker, and until then
/// questions go unheard; so it is waited for. The kernel's list has one line per group, the group in 32 hexadecimal
/// digits.
void wait_for_solicited_node_groups(const std::vector<wire::Prefix>& prefixes) {
  for (const auto& prefix : prefixes) {
    if (prefix.address.family != wire::Family::Ipv6) continue;
    const auto& a = prefix.address.octets;
    std::array<char, 33> group{};
    std::snprintf(group.data(), group.size(), "ff0200000000000000000001ff%02x%02x%02x", a[13], a[14], a[15]);
    for (int attempt = 0;; ++attempt) {
      std::ifstream list("/proc/self/net/igmp6");
      const std::string text{std::istreambuf_iterator<char>(list), {}};
      if (text.find(group.data()) != std::string::npos) break;
      constexpr int milliseconds = 5000;
      if (attempt == milliseconds)
        fail("joining the multicast group of " + to_string(prefix), "nothing in five seconds");
      const timespec pause{0, 1'000'000};
      nanosleep(&pause, nullptr);
    }
  }
}

bool kernel_has_ipv6() { return std::filesystem::exists("/proc/sys/net/ipv6"); }

}  // namespace twinwire::bench
