// SPDX-License-Identifier: Apache-2.0
// Candidates are counted in the last 16 bits of the address, which hold the host's number in every network that a bench
// would have: first the one a hundred above ours as people write it, then all from the network's first. Taken are our
// own ends, the gateways, the device, and the program of the other end.
#include "harness/bench/lab/program_address.hpp"

#include <algorithm>
#include <set>

namespace twinwire::bench {
namespace {

using scenario::Party;

std::uint16_t low_bits(const wire::Address& address) {
  const auto bytes = address.bytes();
  return static_cast<std::uint16_t>(bytes[bytes.size() - 2] << 8 | bytes[bytes.size() - 1]);
}

wire::Address with_low_bits(wire::Address address, std::uint16_t low) {
  const std::size_t size = address.bytes().size();
  address.octets[size - 2] = static_cast<std::uint8_t>(low >> 8);
  address.octets[size - 1] = static_cast<std::uint8_t>(low & 0xff);
  return address;
}

const wire::Prefix* of_family(const scenario::EndSpec& end, wire::Family family) {
  const auto found = std::ranges::find_if(end.address, [&](const auto& p) { return p.address.family == family; });
  return found == end.address.end() ? nullptr : &*found;
}

const scenario::EndSpec& spec_of(const scenario::BenchSpec& spec, Party end) {
  return end == Party::Client ? spec.client : spec.server;
}

std::set<wire::Address> taken_by_bench(const scenario::BenchSpec& spec) {
  std::set<wire::Address> taken;
  for (const auto* end : {&spec.client, &spec.server}) {
    for (const auto& prefix : end->address) taken.insert({prefix.address, gateway_of(prefix, *end).address});
    taken.insert(end->gateway.begin(), end->gateway.end());
  }
  return taken;
}

wire::Prefix network_of(wire::Prefix prefix) {
  const std::size_t size = prefix.address.bytes().size();
  for (std::size_t bit = prefix.length; bit < size * 8; ++bit) {
    prefix.address.octets[bit / 8] &= static_cast<std::uint8_t>(~(0x80U >> bit % 8));
  }
  return prefix;
}

/// A network has no host with all bits one, and none with all bits zero, which is below first_host().
bool is_last(const wire::Prefix& network, std::uint16_t low) {
  const int host_bits = static_cast<int>(network.address.bytes().size()) * 8 - network.length;
  const int counted = std::min(host_bits, 16);
  const unsigned ones = (1U << counted) - 1;
  return (low & ones) == ones;
}

std::optional<wire::Address> free_address(const wire::Prefix& network, const std::set<wire::Address>& taken) {
  const wire::Address first = wire::first_host(network);
  const bool ipv4 = network.address.family == wire::Family::Ipv4;
  const auto is_free = [&](const wire::Address& address) {
    return network.contains(address) && address >= first && !is_last(network, low_bits(address)) &&
           !taken.contains(address);
  };
  const auto hundred_above =
      with_low_bits(network.address, static_cast<std::uint16_t>(low_bits(network.address) + (ipv4 ? 100 : 0x100)));
  if (is_free(hundred_above)) return hundred_above;
  for (unsigned low = low_bits(first); low <= 0xffff; ++low) {
    const auto address = with_low_bits(network.address, static_cast<std::uint16_t>(low));
    if (is_free(address)) return address;
  }
  return std::nullopt;
}

}  // namespace

wire::Prefix gateway_of(const wire::Prefix& network, const scenario::EndSpec& end) {
  for (const auto& gateway : end.gateway) {
    if (network.contains(gateway)) return {gateway, network.length};
  }
  return {first_host(network), network.length};
}

std::optional<wire::Prefix> program_prefix(const scenario::BenchSpec& spec, Party end, wire::Family family) {
  std::set<wire::Address> taken = taken_by_bench(spec);
  if (end == Party::Server) {
    if (const auto client = program_prefix(spec, Party::Client, family)) taken.insert(client->address);
  }
  const wire::Prefix* network = of_family(spec_of(spec, end), family);
  if (network == nullptr) return std::nullopt;
  const auto address = free_address(*network, taken);
  return address ? std::optional(wire::Prefix{*address, network->length}) : std::nullopt;
}

KernelEnd kernel_end(const scenario::BenchSpec& spec, Party end) {
  KernelEnd kernel;
  const auto& own = spec_of(spec, end);
  const auto& other = spec_of(spec, scenario::other(end));
  for (const auto family : {wire::Family::Ipv4, wire::Family::Ipv6}) {
    const auto prefix = program_prefix(spec, end, family);
    if (!prefix) continue;
    kernel.addresses.push_back(*prefix);
    const wire::Prefix* far = of_family(other, family);
    if (far == nullptr || prefix->contains(far->address)) continue;
    kernel.routes.push_back({network_of(*far), gateway_of(*of_family(own, family), own).address});
  }
  return kernel;
}

}  // namespace twinwire::bench
