// SPDX-License-Identifier: Apache-2.0
// Every segment but the SYN and answers without a connection goes out through one function, which fills in the window
// and the timestamps and takes note that RCV.NXT has been acknowledged. The right edge of the window only ever moves
// forward. With a scaled window the field may say a little less than that edge; what the edge allows is still taken
// (RFC 7323 section 2.4).
#include "generator/tcp/transmit.hpp"

#include <algorithm>
#include <bit>

#include "generator/tcp/options.hpp"
#include "generator/tcp/segmentation.hpp"
#include "generator/wire/sequence.hpp"

namespace twinwire::tcp {
namespace {

using wire::seq_less;
namespace flag = wire::tcp_flag;

constexpr std::uint32_t largest_window_field = 65535;

std::uint16_t window_field(Tcb& tcb) {
  tcb.rcv_adv = right_edge(tcb);
  const std::uint32_t window = (tcb.rcv_adv - tcb.rcv_nxt) >> tcb.rcv_wind_shift;
  return static_cast<std::uint16_t>(std::min(window, largest_window_field));
}

/// The block with the segment that came last is first, then the others from the highest down: those are the most
/// recent, as far as segments come in order (RFC 2018 section 4).
void write_sack(const Tcb& tcb, OptionWriter& options) {
  std::array<SequenceRange, most_sack_blocks> blocks;
  std::size_t count = 0;
  const auto ranges = tcb.out_of_order.all();
  const auto holds_latest = [&](const SequenceRange& range) {
    return tcb.rcv_latest - range.begin < range.end - range.begin;
  };
  const auto latest = std::find_if(ranges.begin(), ranges.end(), holds_latest);
  if (latest != ranges.end()) blocks[count++] = *latest;
  for (std::size_t i = ranges.size(); i > 0 && count < blocks.size(); --i) {
    if (ranges.begin() + static_cast<std::ptrdiff_t>(i - 1) != latest) blocks[count++] = ranges[i - 1];
  }
  options.sack({blocks.data(), count});
}

void emit(Tcb& tcb, Segment segment, Instant now, Output& output) {
  OptionWriter options;
  if (tcb.timestamps) options.timestamps({timestamp_clock(now), tcb.ts_recent});
  // Blocks never make a segment with text smaller: its size may be what an experiment is about.
  const bool reset = (segment.flags & flag::Rst) != 0;
  if (tcb.sack && !tcb.out_of_order.empty() && segment.payload.empty() && !reset) write_sack(tcb, options);
  segment.window = reset ? std::uint16_t{0} : window_field(tcb);
  segment.options = options.octets();
  if ((segment.flags & flag::Ack) != 0) {
    segment.ack = tcb.rcv_nxt;
    tcb.last_ack_sent = tcb.rcv_nxt;
    tcb.ack_owed = false;
    tcb.unacknowledged = 0;
    tcb.ack_at = never;
  }
  output.transmit(segment);
}

/// Where an ACK without text stands. Behind a window that the peer has closed it would not be acceptable, and two ends
/// that both do so would answer each other for ever; so, as Linux does, it is no further than the window's edge.
std::uint32_t acceptable_seq(const Tcb& tcb) {
  const std::uint32_t edge = tcb.snd_una + tcb.snd_wnd;
  return seq_less(edge, tcb.snd_nxt) ? edge : tcb.snd_nxt;
}

bool push(const Tcb& tcb, std::uint32_t end) {
  switch (tcb.policy->push) {
    case Push::LastOfSend:
      return end == text_end(tcb);
    case Push::Always:
      return true;
    case Push::Never:
      break;
  }
  return false;
}

}  // namespace

std::uint32_t timestamp_clock(Instant now) {
  // One more, because a TSval of 0 is taken for none by some.
  return static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() + 1);
}

std::uint8_t window_shift(const Policy& policy) {
  constexpr int window_field_bits = 16;
  constexpr int largest_shift = 14;
  const int bits = static_cast<int>(std::bit_width(policy.receive_buffer));
  return static_cast<std::uint8_t>(std::clamp(bits - window_field_bits, 0, largest_shift));
}

std::uint32_t largest_receive_window(const Tcb& tcb) {
  return std::min(tcb.policy->receive_buffer, largest_window_field << tcb.rcv_wind_shift);
}

std::uint32_t right_edge(const Tcb& tcb) {
  const std::uint32_t limit = largest_receive_window(tcb);
  const std::uint32_t used = std::min(tcb.rcv_queue.size(), limit);
  const std::uint32_t edge = tcb.rcv_nxt + limit - used;
  const std::uint32_t worthwhile = std::min<std::uint32_t>(limit / 2, tcb.policy->mss);
  return wire::seq_distance(edge, tcb.rcv_adv) >= static_cast<std::int32_t>(worthwhile) ? edge : tcb.rcv_adv;
}

void send_syn(Tcb& tcb, Instant now, Output& output) {
  const Policy& policy = *tcb.policy;
  const bool answer = tcb.state == State::SynReceived;
  OptionWriter options;
  if (policy.send_mss) options.mss(policy.mss);
  if (answer ? tcb.sack : policy.sack) options.sack_permitted();
  if (answer ? tcb.timestamps : policy.timestamps) {
    options.timestamps({timestamp_clock(now), answer ? tcb.ts_recent : 0});
  }
  if (answer ? tcb.scaling : policy.window_scaling) options.window_scale(tcb.rcv_wind_shift);
  // The window of a SYN is never scaled (RFC 7323 section 2.2).
  const std::uint32_t free = policy.receive_buffer - std::min(policy.receive_buffer, tcb.rcv_queue.size());
  Segment segment;
  segment.seq = tcb.iss;
  segment.ack = answer ? tcb.rcv_nxt : 0;
  segment.flags = answer ? flag::Syn | flag::Ack : flag::Syn;
  segment.window = static_cast<std::uint16_t>(std::min(free, largest_window_field));
  segment.options = options.octets();
  tcb.rcv_adv = tcb.rcv_nxt + segment.window;
  tcb.last_ack_sent = tcb.rcv_nxt;
  tcb.ack_owed = false;
  output.transmit(segment);
}

void send_ack(Tcb& tcb, Instant now, Output& output) {
  Segment segment;
  segment.seq = acceptable_seq(tcb);
  segment.flags = flag::Ack;
  emit(tcb, segment, now, output);
}

void send_challenge_ack(Tcb& tcb, Instant now, Output& output) {
  const Policy& policy = *tcb.policy;
  if (policy.challenge_acks == ChallengeAcks::Never) return;
  const bool sent_before = tcb.challenged_at != Instant::min();
  if (sent_before && now - tcb.challenged_at < policy.challenge_ack_interval) return;
  tcb.challenged_at = now;
  send_ack(tcb, now, output);
}

void send_keep_alive(Tcb& tcb, Instant now, Output& output) {
  Segment segment;
  segment.seq = tcb.snd_nxt - 1;
  segment.flags = flag::Ack;
  emit(tcb, segment, now, output);
}

void send_reset(Tcb& tcb, Instant now, Output& output) {
  Segment segment;
  segment.seq = tcb.snd_nxt;
  segment.flags = flag::Rst;
  emit(tcb, segment, now, output);
}

void send_reset_for(const wire::Tcp& segment, Output& output) {
  Segment reset;
  if (segment.has(flag::Ack)) {
    reset.seq = segment.ack;
    reset.flags = flag::Rst;
  } else {
    reset.ack = segment.seq + segment.seg_len();
    reset.flags = flag::Rst | flag::Ack;
  }
  output.transmit(reset);
}

void send_text(Tcb& tcb, std::uint32_t seq, std::uint32_t length, WithFin fin, Instant now, Output& output) {
  Segment segment;
  segment.seq = seq;
  segment.flags = flag::Ack;
  segment.payload = tcb.snd_queue.view(seq - text_begin(tcb), length);
  if (length > 0 && push(tcb, seq + length)) segment.flags |= flag::Psh;
  if (fin == WithFin::Yes) segment.flags |= flag::Fin;
  emit(tcb, segment, now, output);
}

}  // namespace twinwire::tcp
