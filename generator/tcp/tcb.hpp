// SPDX-License-Identifier: Apache-2.0
// The transmission control block (RFC 9293 section 3.3.1): all that an end remembers of its connection, and nothing
// else. Its parts of the protocol are free functions, each group in a file named after the RFC's section or document.
#pragma once

#include <cstdint>
#include <memory_resource>

#include "generator/tcp/endpoint.hpp"
#include "generator/tcp/policy.hpp"
#include "generator/tcp/sequence_ranges.hpp"
#include "generator/tcp/stream_buffer.hpp"

namespace twinwire::tcp {

using time::Duration;
using time::Instant;

/// A timer that does not run.
inline constexpr Instant never = Instant::max();

/// SendMSS as long as the peer has not said it (RFC 9293 section 3.7.1).
inline constexpr std::uint16_t default_mss_ipv4 = 536, default_mss_ipv6 = 1220;

/// What is being repaired: nothing, what duplicate acknowledgments showed (RFC 5681 section 3.2), or all that was under
/// way when the retransmission timer expired.
enum class Recovery : std::uint8_t { None, Fast, Timeout };

/// An idle established end is to stay below 256 octets, this and its pointer together: members are ordered by size.
struct Tcb {
  Tcb(const Policy& its_policy, std::uint32_t its_iss, std::pmr::memory_resource& its_memory)
      : policy(&its_policy), memory(&its_memory), iss(its_iss), snd_una(its_iss), snd_nxt(its_iss) {
    peer_mss = its_policy.ipv6 ? default_mss_ipv6 : default_mss_ipv4;
  }
  Tcb(const Tcb&) = delete;
  Tcb& operator=(const Tcb&) = delete;
  ~Tcb() { release_buffers(); }

  void release_buffers() {
    snd_queue.release(*memory);
    rcv_queue.release(*memory);
    sacked.clear(*memory);
    out_of_order.clear(*memory);
  }

  const Policy* policy;
  std::pmr::memory_resource* memory;
  StreamBuffer snd_queue;        ///< text from SND.UNA on, sent or not
  StreamBuffer rcv_queue;        ///< text that the user has not received, up to RCV.NXT, and what lies behind gaps
  SequenceRanges sacked;         ///< the peer has this, beyond SND.UNA
  SequenceRanges out_of_order;   ///< this is in rcv_queue, beyond RCV.NXT
  std::uint64_t stream_una = 0;  ///< octets of text that have been acknowledged

  Instant retransmit_at = never;           ///< RFC 6298, and the probe of a closed window (RFC 9293 section 3.8.6.1)
  Instant ack_at = never;                  ///< delayed acknowledgment (RFC 9293 section 3.8.6.3)
  Instant idle_at = never;                 ///< TIME-WAIT, or keep-alive
  Instant pause_at = never;                ///< end of the pause between two pieces
  Instant challenged_at = Instant::min();  ///< when the last challenge ACK went (RFC 5961 section 7)
  Instant ts_recent_at{};                  ///< when TS.Recent was set (RFC 7323 section 5.5)
  Instant timed_at{};                      ///< when the segment that is timed went

  std::uint32_t iss, irs = 0;
  std::uint32_t snd_una, snd_nxt;
  std::uint32_t snd_wnd = 0, snd_wl1 = 0, snd_wl2 = 0;
  std::uint32_t max_snd_wnd = 0;  ///< MAX.SND.WND (RFC 5961 section 5.2)
  std::uint32_t rcv_nxt = 0;
  std::uint32_t rcv_adv = 0;           ///< RCV.NXT + RCV.WND: the right edge that has been announced
  std::uint32_t rcv_fin = 0;           ///< where the peer's FIN stands, if fin_known
  std::uint32_t rcv_latest = 0;        ///< the segment that came last behind a gap: the first SACK block has it
  std::uint32_t last_ack_sent = 0;     ///< Last.ACK.sent (RFC 7323 section 4.3)
  std::uint32_t ts_recent = 0;         ///< TS.Recent
  std::uint32_t srtt = 0, rttvar = 0;  ///< microseconds (RFC 6298 section 2)
  std::uint32_t timed_seq = 0;         ///< its acknowledgment ends the measurement
  std::uint32_t cwnd = 0, ssthresh = 0;
  std::uint32_t recover = 0;  ///< SND.NXT when the recovery began (RFC 6582 section 3.2, RecoveryPoint of RFC 6675)
  std::uint32_t snd_rtx = 0;  ///< what is to be sent again next (one past HighRxt of RFC 6675)

  std::uint16_t peer_mss = 0;  ///< SendMSS (RFC 9293 section 3.7.1)
  std::uint16_t path_mtu = 0;  ///< 0: nothing is known that is below the policy's
  State state = State::Closed;
  Ending ending = Ending::None;
  Recovery recovery = Recovery::None;
  std::uint8_t snd_wind_shift = 0, rcv_wind_shift = 0;  ///< RFC 7323 section 2.3
  std::uint8_t duplicate_acks = 0;
  std::uint16_t retransmissions = 0;    ///< how often the timeout has been doubled (RFC 6298 section 5.5)
  std::uint16_t unanswered = 0;         ///< expiries since the peer was last heard of (R2 of RFC 9293 section 3.8.3)
  std::uint16_t keep_alive_probes = 0;  ///< not answered, so far
  std::uint8_t unacknowledged = 0;      ///< full segments that came since the last acknowledgment went

  bool passive : 1 = false;       ///< opened by listen()
  bool syn_acked : 1 = false;     ///< SND.UNA is beyond ISS
  bool closing : 1 = false;       ///< the user has closed: FIN behind the last octet
  bool fin_sent : 1 = false;      ///< SND.NXT counts it
  bool fin_known : 1 = false;     ///< rcv_fin is set
  bool fin_taken : 1 = false;     ///< RCV.NXT counts it
  bool timestamps : 1 = false;    ///< Snd.TS.OK (RFC 7323 section 3.2)
  bool sack : 1 = false;          ///< both ends permit it
  bool scaling : 1 = false;       ///< both ends sent the option
  bool timing : 1 = false;        ///< timed_seq and timed_at are set
  bool measured : 1 = false;      ///< srtt and rttvar are set
  bool ack_owed : 1 = false;      ///< an ACK goes before this call returns, unless text takes it along
  bool override_sws : 1 = false;  ///< send what the window takes, however little (RFC 9293 section 3.8.6.2.1)
};

constexpr bool synchronized(State state) { return state >= State::Established; }

}  // namespace twinwire::tcp
