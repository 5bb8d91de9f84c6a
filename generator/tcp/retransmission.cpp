// SPDX-License-Identifier: Apache-2.0
// RFC 6298. Round trips are measured with timestamps on every acknowledgment of something new, else with one segment at
// a time that was sent once only (Karn's algorithm, section 3). When the timer expires, the connection gives up, or
// sends its SYN again, or probes a closed window, or starts to send again all that is unacknowledged.
#include "generator/tcp/retransmission.hpp"

#include <algorithm>

#include "generator/tcp/congestion.hpp"
#include "generator/tcp/connection.hpp"
#include "generator/tcp/segmentation.hpp"
#include "generator/tcp/sending.hpp"
#include "generator/tcp/transmit.hpp"
#include "generator/wire/sequence.hpp"

namespace twinwire::tcp {
namespace {

using std::chrono::microseconds;

constexpr Duration longest_timeout = std::chrono::seconds(60);  // rule 2.5 allows a maximum of at least this
constexpr microseconds granularity{1000};                       // G: of the timestamp clock

void sample(Tcb& tcb, Duration round_trip) {
  constexpr std::int64_t longest = 600'000'000;  // ten minutes; keeps the sums below 32 bits
  const auto r = static_cast<std::uint32_t>(
      std::clamp<std::int64_t>(std::chrono::duration_cast<microseconds>(round_trip).count(), 0, longest));
  if (!tcb.measured) {  // rule 2.2
    tcb.srtt = r;
    tcb.rttvar = r / 2;
    tcb.measured = true;
    return;
  }
  const std::uint32_t off = tcb.srtt > r ? tcb.srtt - r : r - tcb.srtt;  // rule 2.3, alpha 1/8 and beta 1/4
  tcb.rttvar = tcb.rttvar - tcb.rttvar / 4 + off / 4;
  tcb.srtt = tcb.srtt - tcb.srtt / 8 + r / 8;
}

/// At least one octet into a closed window: what waits there already, else new text or the FIN.
void probe_window(Tcb& tcb, Instant now, Output& output) {
  if (tcb.snd_nxt != tcb.snd_una) {
    resend(tcb, tcb.snd_una, tcb.snd_nxt, now, output);
  } else {
    send_probe(tcb, now, output);
  }
}

}  // namespace

Duration retransmission_timeout(const Tcb& tcb) {
  const bool known = tcb.measured || tcb.srtt != 0;
  const Duration base =
      known ? microseconds(tcb.srtt) + std::max(granularity, microseconds(4 * std::uint64_t{tcb.rttvar}))
            : tcb.policy->rto_initial;
  const Duration rto = std::max<Duration>(base, tcb.policy->rto_min);
  const unsigned doublings = std::min<unsigned>(tcb.retransmissions, 16);
  return std::max(rto, std::min<Duration>(rto * (1U << doublings), longest_timeout));
}

void arm_retransmission_timer(Tcb& tcb, Instant now) {
  const bool outstanding = tcb.snd_una != tcb.snd_nxt;
  if (!outstanding && !waits_for_window(tcb, now)) {
    tcb.retransmit_at = never;
  } else if (tcb.retransmit_at == never) {
    tcb.retransmit_at = now + retransmission_timeout(tcb);
  }
}

void time_segment(Tcb& tcb, std::uint32_t seq_end, Instant now) {
  if (tcb.timing || tcb.recovery != Recovery::None) return;
  tcb.timing = true;
  tcb.timed_seq = seq_end;
  tcb.timed_at = now;
}

void measure_round_trip(Tcb& tcb, std::uint32_t ack, const Options& options, Instant now) {
  if (tcb.timestamps && options.timestamps && options.timestamps->ts_ecr != 0) {
    // RFC 7323 section 4: the echo tells which transmission it was, even of what was sent twice.
    tcb.timing = false;
    sample(tcb, std::chrono::milliseconds(timestamp_clock(now) - options.timestamps->ts_ecr));
  } else if (tcb.timing && wire::seq_less_equal(tcb.timed_seq, ack)) {
    tcb.timing = false;
    sample(tcb, now - tcb.timed_at);
  }
}

void distrust_after_lost_syn(Tcb& tcb) {
  if (tcb.retransmissions == 0 || tcb.measured) return;
  tcb.srtt = 1'000'000;
  tcb.rttvar = 500'000;
}

void retransmission_timer_expired(Tcb& tcb, Instant now, Output& output) {
  tcb.retransmit_at = never;
  if (tcb.unanswered++ >= tcb.policy->retries) {  // R2: close the connection (RFC 9293 section 3.8.3)
    close_connection(tcb, Ending::TimedOut);
    return;
  }
  const bool first = tcb.retransmissions == 0;
  if (tcb.retransmissions < UINT16_MAX) ++tcb.retransmissions;  // rule 5.5
  tcb.timing = false;
  if (!tcb.syn_acked) {
    send_syn(tcb, now, output);
  } else if (tcb.snd_wnd == 0) {
    probe_window(tcb, now, output);
  } else if (tcb.snd_una == tcb.snd_nxt) {
    send_into_small_window(tcb, now, output);
  } else {
    recover_from_timeout(tcb, first ? FirstExpiry::Yes : FirstExpiry::No);
    send_what_may_go(tcb, now, output);
  }
  arm_retransmission_timer(tcb, now);  // rule 5.6
}

}  // namespace twinwire::tcp
