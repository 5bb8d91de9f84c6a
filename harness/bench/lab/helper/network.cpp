// SPDX-License-Identifier: Apache-2.0
// The ends' namespaces are made by unshare(2) one after the other and kept by a descriptor. The ends' kernels are
// struck dumb before there is an interface (no IPv6, no ARP, no address), because our own ends speak there; a kernel is
// given its speech back when a program is started at its end. Everything that a router or such a kernel needs is in
// place at once and not when some kernel timer says so: no duplicate address detection, and a link-local address of
// ours instead of the kernel's own, which would come later.
#include "harness/bench/lab/helper/network.hpp"

#include <fcntl.h>
#include <net/if.h>
#include <sched.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>

#include "harness/bench/lab/helper/interface.hpp"
#include "harness/bench/lab/helper/rtnetlink.hpp"
#include "harness/bench/lab/helper/sysctl.hpp"
#include "harness/bench/lab/kernel_mac.hpp"

namespace twinwire::bench {
namespace {

using scenario::Party;

constexpr const char* wire_name = "wire";
/// Locally administered and always the same, so that two runs can be compared frame by frame; each bench is alone in
/// its namespaces, so nobody else has them.
constexpr wire::Mac client_wire_mac = kernel_mac(Party::Client);
constexpr wire::Mac device_client_mac{{0x02, 0x74, 0x77, 0, 0, 0x02}};
constexpr wire::Mac device_server_mac{{0x02, 0x74, 0x77, 0, 0, 0x03}};
constexpr wire::Mac server_wire_mac = kernel_mac(Party::Server);

[[noreturn]] void fail(const std::string& what, const std::string& reason) {
  throw std::runtime_error("the lab's network cannot be made: " + what + " failed: " + reason);
}

Descriptor current_namespace() {
  Descriptor space(::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
  if (!space) fail("opening a network namespace", std::strerror(errno));
  return space;
}

void enter(const Descriptor& space) {
  if (setns(space.get(), CLONE_NEWNET) != 0) fail("entering a network namespace", std::strerror(errno));
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

/// fe80::/64 with the modified EUI-64 of RFC 4291 appendix A.
wire::Prefix link_local(const wire::Mac& mac) {
  const auto& m = mac.octets;
  const auto flipped = static_cast<std::uint8_t>(m[0] ^ 0x02U);
  return {{wire::Family::Ipv6, {0xfe, 0x80, 0, 0, 0, 0, 0, 0, flipped, m[1], m[2], 0xff, 0xfe, m[3], m[4], m[5]}}, 64};
}

void give_addresses(const std::string& interface, const wire::Mac& mac, std::vector<wire::Prefix> prefixes) {
  const bool ipv6 = std::ranges::any_of(prefixes, [](const auto& p) { return p.address.family == wire::Family::Ipv6; });
  if (ipv6) prefixes.push_back(link_local(mac));
  for (const auto& prefix : prefixes) add_address(interface, prefix);
}

/// Before the kernel has an address, so that it says nothing but what programs make it say.
void prepare_ipv6_of_program() {
  if (!kernel_has_ipv6()) return;
  const std::string wire = std::string("net.ipv6.conf.") + wire_name;
  for (const std::string& where : {std::string("net.ipv6.conf.default"), wire}) {
    set_sysctl(where + ".accept_dad", "0");
    set_sysctl(where + ".accept_ra", "0");
    set_sysctl(where + ".router_solicitations", "0");
    // 1: no link-local address by the kernel.
    set_sysctl(where + ".addr_gen_mode", "1");
  }
  set_sysctl("net.ipv6.conf.default.disable_ipv6", "0");
  set_sysctl(wire + ".disable_ipv6", "0");
}

/// The namespace of an end for as long as this lives, then the device's again.
class Visit {
 public:
  Visit(const Descriptor& end, const Descriptor& home) : home_(home) { enter(end); }
  // A helper that cannot come home would do the next thing in the wrong place, so that ends it.
  ~Visit() {
    if (setns(home_.get(), CLONE_NEWNET) != 0) std::abort();
  }
  Visit(const Visit&) = delete;
  Visit& operator=(const Visit&) = delete;

 private:
  const Descriptor& home_;
};

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
  const Visit visit(place == SocketPlace::Client ? client_ : server_, device_);
  return open_packet_socket(wire_name);
}

Descriptor Network::kernel_socket(Party end) const {
  const Visit visit(space_of(end), device_);
  return open_kernel_socket(wire_name, end == Party::Client ? client_wire_mac : server_wire_mac);
}

void Network::let_kernel_speak(Party end, const KernelEnd& kernel) {
  if (!speaking_.insert(end).second) return;
  const Visit visit(space_of(end), device_);
  resolve_addresses(wire_name);
  prepare_ipv6_of_program();
  // What a connection has taught the kernel of its path would make the next one another.
  set_sysctl("net.ipv4.tcp_no_metrics_save", "1");
  for (const auto& address : kernel.addresses) add_address(wire_name, address);
  for (const auto& route : kernel.routes) add_route(wire_name, route.to, route.via);
  wait_for_solicited_node_groups(kernel.addresses);
}

void Network::at_end(Party end, const std::function<void()>& what) const {
  const Visit visit(space_of(end), device_);
  what();
}

const Descriptor& Network::space_of(Party end) const { return end == Party::Client ? client_ : server_; }

wire::Mac Network::mac_toward(Party end) const {
  if (middle_ == Middle::Nothing) return end == Party::Client ? server_wire_mac : client_wire_mac;
  return end == Party::Client ? device_client_mac : device_server_mac;
}

}  // namespace twinwire::bench
