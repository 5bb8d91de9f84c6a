// SPDX-License-Identifier: Apache-2.0
// The window grows by slow start below ssthresh and by one segment for each round trip above it. The third duplicate
// acknowledgment halves it and starts fast recovery, which ends when all is acknowledged that was under way then. With
// SACK, what is sent in between follows the scoreboard; without it each partial acknowledgment shows the next hole.
#include "generator/tcp/congestion.hpp"

#include <algorithm>

#include "generator/tcp/segmentation.hpp"
#include "generator/tcp/sending.hpp"
#include "generator/wire/sequence.hpp"

namespace twinwire::tcp {
namespace {

using wire::seq_less;

constexpr std::uint32_t duplicate_threshold = 3;        // RFC 5681 section 3.2
constexpr std::uint32_t largest_window = 1U << 30U;     // RFC 7323 section 2.3: no window can be larger
constexpr std::uint32_t initial_window_octets = 14600;  // RFC 6928 section 2

std::uint32_t smss(const Tcb& tcb) { return effective_send_mss(tcb); }

std::uint32_t halved_flight(const Tcb& tcb) { return std::max((tcb.snd_nxt - tcb.snd_una) / 2, 2 * smss(tcb)); }

/// Octets that the peer has, by its SACK blocks, in a range.
std::uint32_t sacked_in(const Tcb& tcb, std::uint32_t begin, std::uint32_t end) {
  std::uint32_t sum = 0;
  for (const auto& range : tcb.sacked.all()) {
    const std::uint32_t from = seq_less(range.begin, begin) ? begin : range.begin;
    const std::uint32_t to = seq_less(end, range.end) ? end : range.end;
    if (seq_less(from, to)) sum += to - from;
  }
  return sum;
}

std::uint32_t missing_in(const Tcb& tcb, std::uint32_t begin, std::uint32_t end) {
  return seq_less(begin, end) ? end - begin - sacked_in(tcb, begin, end) : 0;
}

void grow(Tcb& tcb, std::uint32_t acked) {
  const std::uint32_t mss = smss(tcb);
  const bool slow_start = tcb.cwnd < tcb.ssthresh;
  const std::uint32_t step = slow_start ? std::min(acked, mss) : std::max(1U, mss * mss / tcb.cwnd);
  tcb.cwnd = std::min(tcb.cwnd + step, largest_window);
}

void enter_fast_recovery(Tcb& tcb, Instant now, Output& output) {
  tcb.ssthresh = halved_flight(tcb);
  tcb.recovery = Recovery::Fast;
  tcb.recover = tcb.snd_nxt;
  tcb.cwnd = tcb.sack ? tcb.ssthresh : tcb.ssthresh + duplicate_threshold * smss(tcb);
  resend(tcb, tcb.snd_una, tcb.snd_nxt, now, output);
}

/// RFC 6582 section 3.2 step 3: less than all is acknowledged, so the next segment is missing too.
void partial_ack(Tcb& tcb, std::uint32_t acked, Instant now, Output& output) {
  if (!tcb.sack) {
    const std::uint32_t mss = smss(tcb);
    tcb.cwnd = std::max(tcb.cwnd - std::min(tcb.cwnd, acked), mss) + (acked >= mss ? mss : 0);
  }
  if (!seq_less(tcb.snd_una, tcb.snd_rtx)) resend(tcb, tcb.snd_una, tcb.snd_nxt, now, output);
}

void leave_fast_recovery(Tcb& tcb) {
  tcb.recovery = Recovery::None;
  const std::uint32_t mss = smss(tcb);
  tcb.cwnd = std::min(tcb.ssthresh, std::max(tcb.snd_nxt - tcb.snd_una, mss) + mss);
}

}  // namespace

void start_congestion_control(Tcb& tcb) {
  const std::uint32_t mss = smss(tcb);
  // As all stacks do today, the initial window of RFC 6928; one segment if a SYN was lost more than once.
  tcb.cwnd = tcb.retransmissions > 1 ? mss : std::min(10 * mss, std::max(2 * mss, initial_window_octets));
  tcb.ssthresh = largest_window;
  tcb.recover = tcb.snd_una;
  tcb.snd_rtx = tcb.snd_una;
}

std::uint32_t lost_edge(const Tcb& tcb) {
  const auto ranges = tcb.sacked.all();
  std::uint32_t above = 0;
  for (std::size_t i = ranges.size(); i > 0; --i) {
    above += ranges[i - 1].end - ranges[i - 1].begin;
    const std::size_t discontiguous = ranges.size() - i + 1;
    if (discontiguous >= duplicate_threshold || above > (duplicate_threshold - 1) * smss(tcb)) {
      return ranges[i - 1].begin;
    }
  }
  return tcb.snd_una;
}

std::uint32_t flight(const Tcb& tcb) {
  const bool resending = tcb.recovery == Recovery::Timeout && seq_less(tcb.snd_rtx, tcb.recover);
  const std::uint32_t end = resending ? tcb.snd_rtx : tcb.snd_nxt;
  std::uint32_t octets = missing_in(tcb, tcb.snd_una, end);
  if (tcb.recovery == Recovery::Fast && tcb.sack) octets -= missing_in(tcb, tcb.snd_rtx, lost_edge(tcb));
  return octets;
}

std::uint32_t congestion_window(const Tcb& tcb) {
  const bool limited_transmit = tcb.recovery == Recovery::None && !tcb.sack;
  return tcb.cwnd + (limited_transmit ? std::min<std::uint32_t>(tcb.duplicate_acks, 2) * smss(tcb) : 0);
}

void new_ack(Tcb& tcb, std::uint32_t acked, Instant now, Output& output) {
  tcb.duplicate_acks = 0;
  if (seq_less(tcb.snd_rtx, tcb.snd_una)) tcb.snd_rtx = tcb.snd_una;
  const bool all = !seq_less(tcb.snd_una, tcb.recover);
  if (tcb.recovery == Recovery::Fast) {
    if (all) {
      leave_fast_recovery(tcb);
    } else {
      partial_ack(tcb, acked, now, output);
    }
    return;
  }
  if (all) tcb.recovery = Recovery::None;
  grow(tcb, acked);
}

void duplicate_ack(Tcb& tcb, Instant now, Output& output) {
  if (tcb.duplicate_acks < UINT8_MAX) ++tcb.duplicate_acks;
  if (tcb.recovery == Recovery::Fast) {
    if (!tcb.sack) tcb.cwnd = std::min(tcb.cwnd + smss(tcb), largest_window);  // one segment has left the network
    return;
  }
  // After a timeout everything is being sent again anyway, and what comes twice then says nothing about losses
  // (RFC 6582 section 4).
  if (tcb.recovery == Recovery::Timeout) return;
  const bool lost = tcb.duplicate_acks >= duplicate_threshold || (tcb.sack && lost_edge(tcb) != tcb.snd_una);
  if (lost) enter_fast_recovery(tcb, now, output);
}

void recover_from_timeout(Tcb& tcb, FirstExpiry first) {
  if (first == FirstExpiry::Yes) tcb.ssthresh = halved_flight(tcb);
  tcb.cwnd = smss(tcb);
  // The peer may have thrown away what it had acknowledged selectively (RFC 2018 section 8).
  tcb.sacked.clear(*tcb.memory);
  tcb.duplicate_acks = 0;
  send_all_again(tcb);
}

void send_all_again(Tcb& tcb) {
  tcb.recovery = Recovery::Timeout;
  tcb.recover = tcb.snd_nxt;
  tcb.snd_rtx = tcb.snd_una;
}

}  // namespace twinwire::tcp
