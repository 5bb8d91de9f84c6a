// SPDX-License-Identifier: Apache-2.0
// A SYN begins a new count in its direction. Every number is then shown from the initial number that lies nearest to
// it, because neighbouring connections have initial numbers far apart; the name in front tells which connection that
// was.
#include "harness/report/numbers.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "generator/wire/sequence.hpp"

namespace twinwire::report {
namespace {

/// The largest window of RFC 7323 is 2^30: what lies farther away belongs to no connection that we know.
constexpr std::int64_t farthest = 999'999'999;

/// A RST in answer to a SYN has the number 0 as it stands (RFC 9293 section 3.10.7.1), which needs no disguise.
std::string hexadecimal(std::uint32_t value) {
  if (value == 0) return "0";
  std::array<char, 16> out{};
  std::snprintf(out.data(), out.size(), "0x%08x", value);
  return out.data();
}

}  // namespace

void Numbers::begin(const Key& key, std::uint32_t initial) {
  Origins& origins = origins_[key];
  std::erase(origins.initial, initial);
  origins.initial.push_back(initial);
  origins.current = true;
}

void Numbers::see(const Seen& seen, const wire::Tcp& segment) {
  const Key own{seen.wire, seen.client_port, seen.from_client};
  const Key other{seen.wire, seen.client_port, !seen.from_client};
  if (segment.has(wire::tcp_flag::Syn)) begin(own, segment.seq);
  if (segment.has(wire::tcp_flag::Rst)) return;
  // A ladder that starts in mid-connection has no SYN: its first octet counts as 1.
  if (!origins_.contains(own)) begin(own, segment.seq - 1);
  if (segment.has(wire::tcp_flag::Ack) && !origins_.contains(other)) begin(other, segment.ack - 1);
}

void Numbers::forget(std::uint16_t client_port) {
  for (auto& [key, origins] : origins_) {
    if (key.client_port == client_port) origins.current = false;
  }
}

std::string Numbers::text(const Seen& seen, bool from_client, std::uint32_t value) const {
  const auto found = origins_.find(Key{seen.wire, seen.client_port, from_client});
  if (found == origins_.end()) return hexadecimal(value);
  const Origins& origins = found->second;
  const auto distance = [value](std::uint32_t initial) {
    return static_cast<std::int64_t>(wire::seq_distance(value, initial));
  };
  std::size_t age = 0;
  for (std::size_t i = 1; i < origins.initial.size(); ++i) {
    const auto& from = origins.initial;
    if (std::llabs(distance(from[from.size() - 1 - i])) < std::llabs(distance(from[from.size() - 1 - age]))) age = i;
  }
  const std::int64_t offset = distance(origins.initial[origins.initial.size() - 1 - age]);
  if (std::llabs(offset) > farthest) return hexadecimal(value);
  if (!origins.current) ++age;
  if (age == 0) return std::to_string(offset);
  return std::string(age == 1 ? "old" : "older") + (offset < 0 ? "" : "+") + std::to_string(offset);
}

}  // namespace twinwire::report
