// SPDX-License-Identifier: Apache-2.0
// /proc/self/net/tcp and tcp6 have one line per socket: a number, the local address and port, the remote ones, the
// state. Addresses and ports are hexadecimal, each 32 bits of an address in the byte order of the machine.
#include "harness/bench/lab/helper/listening.hpp"

#include <arpa/inet.h>

#include <fstream>
#include <sstream>
#include <string>

namespace twinwire::bench {
namespace {

constexpr const char* state_listen = "0A";
constexpr std::uint32_t loopback_network = 127;

bool is_loopback(const std::string& address) {
  if (address == "00000000000000000000000001000000") return true;  // ::1 where the least octet comes first
  constexpr std::size_t digits_of_ipv4 = 8;
  if (address.size() != digits_of_ipv4) return false;
  const auto word = static_cast<std::uint32_t>(std::stoul(address, nullptr, 16));
  return ntohl(word) >> 24 == loopback_network;
}

bool listed(const char* table, std::uint16_t port, Listener listener) {
  std::ifstream in(table);
  std::string line;
  std::getline(in, line);  // the headings
  while (std::getline(in, line)) {
    std::istringstream words(line);
    std::string number, local, remote, state;
    words >> number >> local >> remote >> state;
    const auto colon = local.find(':');
    if (state != state_listen || colon == std::string::npos) continue;
    if (std::stoul(local.substr(colon + 1), nullptr, 16) != port) continue;
    if (listener == Listener::Any || !is_loopback(local.substr(0, colon))) return true;
  }
  return false;
}

}  // namespace

bool listens(std::uint16_t port, Listener listener) {
  return listed("/proc/self/net/tcp", port, listener) || listed("/proc/self/net/tcp6", port, listener);
}

}  // namespace twinwire::bench
