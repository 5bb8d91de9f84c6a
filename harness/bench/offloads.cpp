// SPDX-License-Identifier: Apache-2.0
// One ethtool ioctl per feature; only those that were on are touched, and only those are put back.
#include "harness/bench/offloads.hpp"

#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>

#include "harness/bench/bench.hpp"

namespace twinwire::bench {
namespace {

/// What the interface answers; nothing if it does not know the command.
std::optional<std::uint32_t> ethtool(const std::string& interface, std::uint32_t command, std::uint32_t data) {
  const int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ethtool_value value{command, data};
  ifreq request{};
  interface.copy(request.ifr_name, IFNAMSIZ - 1);
  request.ifr_data = reinterpret_cast<char*>(&value);
  const int result = ioctl(socket, SIOCETHTOOL, &request);
  const int error = errno;
  close(socket);
  errno = error;
  return result == 0 ? std::optional(value.data) : std::nullopt;
}

}  // namespace

OffloadsOff::OffloadsOff(const std::string& interface) : interface_(interface) {
  static constexpr std::array<std::array<std::uint32_t, 2>, 6> features{{{ETHTOOL_GTSO, ETHTOOL_STSO},
                                                                         {ETHTOOL_GGSO, ETHTOOL_SGSO},
                                                                         {ETHTOOL_GGRO, ETHTOOL_SGRO},
                                                                         {ETHTOOL_GSG, ETHTOOL_SSG},
                                                                         {ETHTOOL_GTXCSUM, ETHTOOL_STXCSUM},
                                                                         {ETHTOOL_GRXCSUM, ETHTOOL_SRXCSUM}}};
  for (const auto& [get, set] : features) {
    const auto before = ethtool(interface, get, 0);
    if (!before || *before == 0) continue;
    if (!ethtool(interface, set, 0)) {
      throw BenchError("the offloads of interface " + interface + " cannot be switched off: " + std::strerror(errno) +
                       "; run as root, or give the program CAP_NET_ADMIN");
    }
    changed_.push_back({set, *before});
  }
}

OffloadsOff::~OffloadsOff() {
  for (auto feature = changed_.rbegin(); feature != changed_.rend(); ++feature) {
    ethtool(interface_, feature->set_command, feature->before);
  }
}

}  // namespace twinwire::bench
