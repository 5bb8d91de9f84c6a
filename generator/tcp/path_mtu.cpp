// SPDX-License-Identifier: Apache-2.0
// Path MTU discovery (RFC 9293 section 3.7.2). An ICMP error can only make segments smaller. Everything unacknowledged
// is then sent again at once in segments that fit; the congestion window stays as it is, because nothing was lost to
// congestion (RFC 1191 section 6.4).
#include <algorithm>
#include <array>

#include "generator/tcp/congestion.hpp"
#include "generator/tcp/sending.hpp"
#include "generator/tcp/user_calls.hpp"

namespace twinwire::tcp {
namespace {

constexpr std::uint16_t least_ipv4 = 68;    // RFC 1191 section 3
constexpr std::uint16_t least_ipv6 = 1280;  // RFC 8201 section 4

/// The plateaus of RFC 1191 section 7.1, for routers that do not say how much passes.
std::uint16_t plateau_below(std::uint16_t mtu) {
  constexpr std::array<std::uint16_t, 9> plateaus = {32000, 17914, 8166, 4352, 2002, 1492, 1006, 508, 296};
  const auto found =
      std::find_if(plateaus.begin(), plateaus.end(), [&](std::uint16_t plateau) { return plateau < mtu; });
  return found == plateaus.end() ? least_ipv4 : *found;
}

}  // namespace

void path_mtu_is(Tcb& tcb, std::uint16_t mtu, Instant now, Output& output) {
  const std::uint16_t least = tcb.policy->ipv6 ? least_ipv6 : least_ipv4;
  const std::uint16_t current = tcb.path_mtu == 0 ? tcb.policy->mtu : std::min(tcb.path_mtu, tcb.policy->mtu);
  const std::uint16_t reported = std::max(least, mtu == 0 ? plateau_below(current) : mtu);
  if (reported >= current) return;
  tcb.path_mtu = reported;
  if (!synchronized(tcb.state) || tcb.snd_una == tcb.snd_nxt) return;
  send_all_again(tcb);
  send_what_may_go(tcb, now, output);
}

}  // namespace twinwire::tcp
