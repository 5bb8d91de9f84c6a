// SPDX-License-Identifier: Apache-2.0
// The ends' namespaces are made by unshare(2) one after the other and kept by a descriptor. An interface pair is one
// netlink request, which names the peer's namespace and brings the near one up; the kernel refuses to bring up the peer
// before the pair is complete. The ends' kernels are struck dumb before that (no IPv6, no ARP, no address), because our
// own ends speak there. Everything a router needs is in place at once and not when some kernel timer says so: no
// duplicate address detection, and a link-local address of ours instead of the kernel's own, which would come later.
#include "harness/bench/lab/helper/network.hpp"

#include <fcntl.h>
#include <net/if.h>
#include <netlink/netlink.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/link/veth.h>
#include <sched.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>

#include "harness/bench/lab/helper/interface.hpp"
#include "harness/bench/lab/helper/sysctl.hpp"

namespace twinwire::bench {
namespace {

using scenario::Party;

constexpr const char* wire_name = "wire";
/// Locally administered and always the same, so that two runs can be compared frame by frame; each bench is alone in
/// its namespaces, so nobody else has them.
constexpr wire::Mac client_wire_mac{{0x02, 0x74, 0x77, 0, 0, 0x01}};
constexpr wire::Mac device_client_mac{{0x02, 0x74, 0x77, 0, 0, 0x02}};
constexpr wire::Mac device_server_mac{{0x02, 0x74, 0x77, 0, 0, 0x03}};
constexpr wire::Mac server_wire_mac{{0x02, 0x74, 0x77, 0, 0, 0x04}};

struct Release {
  void operator()(nl_sock* socket) const { nl_socket_free(socket); }
  void operator()(nl_addr* address) const { nl_addr_put(address); }
  void operator()(rtnl_link* link) const { rtnl_link_put(link); }
  void operator()(rtnl_addr* address) const { rtnl_addr_put(address); }
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

Descriptor current_namespace() {
  Descriptor space(::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
  if (!space) fail("opening a network namespace", std::strerror(errno));
  return space;
}

void enter(const Descriptor& space) {
  if (setns(space.get(), CLONE_NEWNET) != 0) fail("entering a network namespace", std::strerror(errno));
}

bool kernel_has_ipv6() { return std::filesystem::exists("/proc/sys/net/ipv6"); }

void bring_up(const std::string& interface) {
  const auto socket = connect_netlink();
  const Owned<rtnl_link> link(rtnl_link_alloc());
  const Owned<rtnl_link> change(rtnl_link_alloc());
  rtnl_link_set_ifindex(link.get(), static_cast<int>(if_nametoindex(interface.c_str())));
  rtnl_link_set_flags(change.get(), IFF_UP);
  check_netlink(rtnl_link_change(socket.get(), link.get(), change.get(), 0), "bringing \"" + interface + "\" up");
}

void forbid_ipv6() {
  if (!kernel_has_ipv6()) return;
  set_sysctl("net.ipv6.conf.all.disable_ipv6", "1");
  set_sysctl("net.ipv6.conf.default.disable_ipv6", "1");
}

Descriptor make_end_namespace() {
  if (unshare(CLONE_NEWNET) != 0) fail("making a network namespace", std::strerror(errno));
  forbid_ipv6();
  bring_up("lo");
  return current_namespace();
}

/// All before there is an interface, which takes its settings from "default".
void become_router() {
  set_sysctl("net.ipv4.ip_forward", "1");
  for (const std::string where : {"all", "default"}) {
    set_sysctl("net.ipv4.conf." + where + ".rp_filter", "0");
    set_sysctl("net.ipv4.conf." + where + ".send_redirects", "0");
  }
  if (!kernel_has_ipv6()) return;
  for (const std::string where : {"all", "default"}) {
    set_sysctl("net.ipv6.conf." + where + ".disable_ipv6", "0");
    set_sysctl("net.ipv6.conf." + where + ".forwarding", "1");
    set_sysctl("net.ipv6.conf." + where + ".accept_ra", "0");
    set_sysctl("net.ipv6.conf." + where + ".accept_dad", "0");
    set_sysctl("net.ipv6.conf." + where + ".router_solicitations", "0");
  }
  // 1: no link-local address by the kernel.
  set_sysctl("net.ipv6.conf.default.addr_gen_mode", "1");
}

struct Plug {
  const char* name = nullptr;
  wire::Mac mac;
  unsigned flags = 0;
};

void describe(rtnl_link* link, const Plug& plug) {
  const Owned<nl_addr> mac(nl_addr_build(AF_LLC, plug.mac.octets.data(), plug.mac.octets.size()));
  rtnl_link_set_name(link, plug.name);
  rtnl_link_set_addr(link, mac.get());
  rtnl_link_set_flags(link, plug.flags);
}

/// A veth pair, `here` in the current namespace and `there` in another.
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

void add_address(nl_sock* socket, const std::string& interface, const wire::Prefix& prefix) {
  const auto bytes = prefix.address.bytes();
  const bool ipv6 = prefix.address.family == wire::Family::Ipv6;
  const Owned<nl_addr> local(nl_addr_build(ipv6 ? AF_INET6 : AF_INET, bytes.data(), bytes.size()));
  nl_addr_set_prefixlen(local.get(), prefix.length);
  const Owned<rtnl_addr> address(rtnl_addr_alloc());
  rtnl_addr_set_ifindex(address.get(), static_cast<int>(if_nametoindex(interface.c_str())));
  rtnl_addr_set_local(address.get(), local.get());
  if (ipv6) rtnl_addr_set_flags(address.get(), IFA_F_NODAD);
  check_netlink(rtnl_addr_add(socket, address.get(), 0),
                "giving the address " + to_string(prefix) + " to the interface \"" + interface + "\"");
}

/// fe80::/64 with the modified EUI-64 of RFC 4291 appendix A.
wire::Prefix link_local(const wire::Mac& mac) {
  const auto& m = mac.octets;
  const auto flipped = static_cast<std::uint8_t>(m[0] ^ 0x02U);
  return {{wire::Family::Ipv6, {0xfe, 0x80, 0, 0, 0, 0, 0, 0, flipped, m[1], m[2], 0xff, 0xfe, m[3], m[4], m[5]}}, 64};
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

void give_addresses(const std::string& interface, const wire::Mac& mac, std::vector<wire::Prefix> prefixes) {
  const bool ipv6 = std::ranges::any_of(prefixes, [](const auto& p) { return p.address.family == wire::Family::Ipv6; });
  if (ipv6) prefixes.push_back(link_local(mac));
  const auto socket = connect_netlink();
  for (const auto& prefix : prefixes) add_address(socket.get(), interface, prefix);
}

}  // namespace

Network::Network(const UpRequest& up) : middle_(up.middle), device_(current_namespace()) {
  bring_up("lo");
  client_ = make_end_namespace();
  server_ = make_end_namespace();
  if (middle_ == Middle::Nothing) {
    make_wire();
  } else {
    make_device_links(up);
  }
  for (const auto* end : {&client_, &server_}) {
    enter(*end);
    switch_offloads_off(wire_name);
    bring_up(wire_name);
  }
  wait_until_frames_pass(up);
}

void Network::make_wire() const {
  enter(client_);
  make_pair({wire_name, client_wire_mac, IFF_UP | IFF_NOARP}, {wire_name, server_wire_mac, IFF_NOARP}, server_);
}

void Network::make_device_links(const UpRequest& up) const {
  enter(device_);
  const bool router = middle_ == Middle::Router;
  if (router) {
    become_router();
  } else {
    forbid_ipv6();
  }
  const unsigned flags = router ? IFF_UP : IFF_UP | IFF_NOARP;
  make_pair({"client", device_client_mac, flags}, {wire_name, client_wire_mac, IFF_NOARP}, client_);
  make_pair({"server", device_server_mac, flags}, {wire_name, server_wire_mac, IFF_NOARP}, server_);
  for (const auto* name : {"client", "server"}) switch_offloads_off(name);
  give_addresses("client", device_client_mac, up.toward_client);
  give_addresses("server", device_server_mac, up.toward_server);
}

void Network::wait_until_frames_pass(const UpRequest& up) const {
  for (const auto* end : {&client_, &server_}) {
    enter(*end);
    wait_until_running(wire_name);
  }
  enter(device_);
  if (middle_ == Middle::Nothing) return;
  for (const auto* name : {"client", "server"}) wait_until_running(name);
  wait_for_solicited_node_groups(up.toward_client);
  wait_for_solicited_node_groups(up.toward_server);
}

Descriptor Network::packet_socket(SocketPlace place) const {
  if (place == SocketPlace::TowardClient) return open_packet_socket("client");
  if (place == SocketPlace::TowardServer) return open_packet_socket("server");
  enter(place == SocketPlace::Client ? client_ : server_);
  Descriptor socket = open_packet_socket(wire_name);
  enter(device_);
  return socket;
}

wire::Mac Network::mac_toward(Party end) const {
  if (middle_ == Middle::Nothing) return end == Party::Client ? server_wire_mac : client_wire_mac;
  return end == Party::Client ? device_client_mac : device_server_mac;
}

}  // namespace twinwire::bench
