// SPDX-License-Identifier: Apache-2.0
// A packet socket is made for no protocol at all and gets its protocol with bind(2): made for all protocols it would
// see frames of other interfaces first, and binding it would wait for an RCU grace period.
#include "harness/bench/lab/helper/interface.hpp"

#include <linux/ethtool.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <stdexcept>

namespace twinwire::bench {
namespace {

/// Octets of frames that may wait while the caller is busy: 8 MiB hold more than any scenario set sends at once.
constexpr int receive_buffer = 8 * 1024 * 1024;

[[noreturn]] void fail(const std::string& what, const std::string& interface) {
  throw std::runtime_error(what + " on the interface \"" + interface + "\" failed: " + std::strerror(errno));
}

Descriptor control_socket() { return Descriptor(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)); }

ifreq request_for(const std::string& interface) {
  ifreq request{};
  std::strncpy(request.ifr_name, interface.c_str(), IFNAMSIZ - 1);
  return request;
}

void set_option(int socket, int level, int option, int value, const std::string& interface) {
  if (setsockopt(socket, level, option, &value, sizeof value) != 0) fail("setting a packet socket option", interface);
}

/// Only root may go above net.core.rmem_max; an ordinary user gets what that allows.
void enlarge_receive_buffer(int socket) {
  if (setsockopt(socket, SOL_SOCKET, SO_RCVBUFFORCE, &receive_buffer, sizeof receive_buffer) == 0) return;
  (void)setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
}

Descriptor unbound_packet_socket(const std::string& interface) {
  Descriptor packet(::socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!packet) fail("opening a packet socket", interface);
  set_option(packet.get(), SOL_SOCKET, SO_TIMESTAMPNS, 1, interface);
  enlarge_receive_buffer(packet.get());
  return packet;
}

void bind_to(const Descriptor& packet, const std::string& interface) {
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ALL);
  address.sll_ifindex = static_cast<int>(if_nametoindex(interface.c_str()));
  if (address.sll_ifindex == 0) fail("looking it up", interface);
  if (bind(packet.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    fail("binding a packet socket", interface);
  }
}

/// Classic BPF: the packet goes out, and its source address (octets 6 to 11) is `own`.
void hear_only_outgoing_from(const Descriptor& packet, const wire::Mac& own, const std::string& interface) {
  const auto& m = own.octets;
  const auto high = static_cast<std::uint32_t>(m[0] << 24 | m[1] << 16 | m[2] << 8 | m[3]);
  const auto low = static_cast<std::uint32_t>(m[4] << 8 | m[5]);
  constexpr auto packet_type = static_cast<std::uint32_t>(SKF_AD_OFF + SKF_AD_PKTTYPE);
  std::array<sock_filter, 8> program{{{BPF_LD | BPF_B | BPF_ABS, 0, 0, packet_type},
                                      {BPF_JMP | BPF_JEQ | BPF_K, 0, 5, PACKET_OUTGOING},
                                      {BPF_LD | BPF_W | BPF_ABS, 0, 0, 6},
                                      {BPF_JMP | BPF_JEQ | BPF_K, 0, 3, high},
                                      {BPF_LD | BPF_H | BPF_ABS, 0, 0, 10},
                                      {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, low},
                                      {BPF_RET | BPF_K, 0, 0, 0xffffffff},
                                      {BPF_RET | BPF_K, 0, 0, 0}}};
  const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  if (setsockopt(packet.get(), SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) != 0) {
    fail("attaching a filter to a packet socket", interface);
  }
}

}  // namespace

void switch_offloads_off(const std::string& interface) {
  const Descriptor control = control_socket();
  for (const std::uint32_t command : std::array<std::uint32_t, 6>{ETHTOOL_STSO, ETHTOOL_SGSO, ETHTOOL_SGRO, ETHTOOL_SSG,
                                                                  ETHTOOL_STXCSUM, ETHTOOL_SRXCSUM}) {
    ethtool_value off{command, 0};
    ifreq request = request_for(interface);
    request.ifr_data = reinterpret_cast<char*>(&off);
    // What a driver does not have it cannot have switched on.
    if (ioctl(control.get(), SIOCETHTOOL, &request) != 0 && errno != EOPNOTSUPP)
      fail("switching an offload off", interface);
  }
}

void wait_until_running(const std::string& interface) {
  const Descriptor control = control_socket();
  constexpr int attempts = 5000;
  for (int attempt = 0; attempt < attempts; ++attempt) {
    // Asking for the link state makes the kernel act on a carrier change that it has only noted so far.
    ethtool_value link{ETHTOOL_GLINK, 0};
    ifreq request = request_for(interface);
    request.ifr_data = reinterpret_cast<char*>(&link);
    if (ioctl(control.get(), SIOCETHTOOL, &request) != 0) fail("asking for the link state", interface);
    request = request_for(interface);
    if (ioctl(control.get(), SIOCGIFFLAGS, &request) != 0) fail("asking for the flags", interface);
    if (link.data != 0 && (request.ifr_flags & IFF_RUNNING) != 0) return;
    const timespec pause{0, 1'000'000};
    nanosleep(&pause, nullptr);
  }
  throw std::runtime_error("the interface \"" + interface + "\" of the lab had no link after five seconds");
}

Descriptor open_packet_socket(const std::string& interface) {
  Descriptor packet = unbound_packet_socket(interface);
  set_option(packet.get(), SOL_PACKET, PACKET_IGNORE_OUTGOING, 1, interface);
  bind_to(packet, interface);
  return packet;
}

Descriptor open_kernel_socket(const std::string& interface, const wire::Mac& own) {
  Descriptor packet = unbound_packet_socket(interface);
  hear_only_outgoing_from(packet, own, interface);
  bind_to(packet, interface);
  return packet;
}

}  // namespace twinwire::bench
