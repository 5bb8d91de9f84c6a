// SPDX-License-Identifier: Apache-2.0
// Frames off a wire: decoding, TCP options, quoted packets, and the comparison of a frame with itself.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "generator/wire/packet.hpp"
#include "harness/observe/matcher.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* octets, std::size_t size) {
  using namespace twinwire;
  const auto packet = wire::decode({octets, size});
  if (!packet) return 0;
  if (packet->is_ip) wire::quoted_by_icmp(*packet);
  if (!packet->tcp) return 0;
  std::size_t used = 0;
  for (const auto& option : wire::parse_tcp_options(packet->tcp->options)) used += 1 + option.data.size();
  if (used > packet->tcp->options.size()) std::abort();  // options may not hold more than their octets
  observe::marker_identity(*packet);
  for (const auto& change : observe::compare(*packet, *packet, {}, 0, 0)) {
    if (change.field != "ip checksum") std::abort();  // nothing else can differ from itself
  }
  return 0;
}
