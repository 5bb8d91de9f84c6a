// SPDX-License-Identifier: Apache-2.0
// An endpoint of ours on one end of a veth pair, the kernel's TCP on the other, and a bad channel in front of ours.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "generator/craft/builder.hpp"
#include "generator/host/station.hpp"
#include "generator/link/link.hpp"
#include "generator/tcp/endpoint.hpp"
#include "generator/time/timeline.hpp"
#include "harness/bench/lab/descriptor.hpp"

namespace twinwire::test {

using time::Instant;

/// What happens to segments on their way in each direction, in permille of them.
struct Impairment {
  std::uint32_t loss = 0, duplication = 0, reordering = 0;
};

enum class Role : std::uint8_t { Client, Server };

struct Transfer {
  std::string name;
  wire::Family family = wire::Family::Ipv4;
  Role role = Role::Client;  ///< ours
  tcp::Policy policy{};
  Impairment impairment{};
  std::uint32_t octets = 10'000'000;  ///< in each direction, both at the same time
};

struct Outcome {
  std::uint32_t received = 0, kernel_received = 0;
  bool exact = true, kernel_exact = true;  ///< every octet was the right one
  bool peer_finished = false;              ///< the kernel's FIN has come to us, in order
  bool kernel_finished = false;            ///< and ours to it: its recv() said 0
  int kernel_error = 0;                    ///< of its socket
  tcp::State state = tcp::State::Closed;
  tcp::Ending ending = tcp::Ending::None;
  std::uint32_t resets_sent = 0, resets_received = 0;
  std::uint32_t lost = 0, duplicated = 0, reordered = 0;
  std::uint16_t largest_payload = 0, largest_packet = 0;  ///< that we sent
  std::uint16_t largest_received = 0;                     ///< payload
  time::Duration took{};
};

/// Why namespaces cannot be had here; unset if they can. The process is in its own from then on.
std::optional<std::string> namespaces_lacking();

Outcome transfer(const Transfer& transfer);

}  // namespace twinwire::test
