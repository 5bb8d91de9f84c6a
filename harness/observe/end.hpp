// SPDX-License-Identifier: Apache-2.0
// What one end knows of one connection: the variables of RFC 9293 section 3.3.1, filled from nothing but the segments
// that this end sent and received. The run uses it to compute what a line leaves open, the judge to know what a line
// meant.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "generator/wire/packet.hpp"

namespace twinwire::observe {

struct Variables {
  std::optional<std::uint32_t> iss, irs;  ///< unset: this end has sent, or received, no SYN
  std::uint32_t snd_una = 0, snd_nxt = 0, snd_wnd = 0;
  std::uint32_t rcv_nxt = 0, rcv_wnd = 0;
  std::uint32_t seg_seq = 0, seg_ack = 0, seg_len = 0;  ///< of the last segment received
};

class End {
 public:
  /// SND.NXT moves over octets sent without a hole; FIN and SYN count one.
  void sent(const wire::Tcp& segment);
  /// RCV.NXT moves over octets received without a hole and inside the last window announced. A SYN is believed only
  /// while this end is not synchronised, as in section 3.10.7; a RST ends nothing by itself.
  void received(const wire::Tcp& segment);
  /// The connection is gone without a word; its variables stay readable as old().
  void forget();

  const Variables& now() const { return now_; }
  const std::optional<Variables>& old() const { return old_; }
  /// The shift that this end applies to windows it announces, once both ends have offered the option (RFC 7323
  /// section 2.2).
  unsigned announced_shift() const { return scaled() ? *own_scale_ : 0; }
  /// An ISS for an end that speaks without having sent a SYN (a scenario that begins in mid-connection).
  void assume_iss(std::uint32_t iss);
  void assume_irs(std::uint32_t irs);

 private:
  using Ranges = std::map<std::uint32_t, std::uint32_t>;  ///< first octet to length, beyond a hole
  static void extend(std::uint32_t& next, Ranges& beyond, std::uint32_t seq, std::uint32_t length);
  bool acknowledges_wildly(const wire::Tcp& segment) const;
  bool scaled() const { return own_scale_ && peer_scale_; }
  void begin(std::uint32_t iss);

  Variables now_;
  std::optional<Variables> old_;
  std::optional<unsigned> own_scale_, peer_scale_;
  std::uint32_t right_edge_ = 0;  ///< of the window announced: RCV.NXT + RCV.WND as the peer was told
  bool announced_ = false;
  std::uint32_t max_snd_wnd_ = 0;  ///< MAX.SND.WND of RFC 5961 section 5.2
  Ranges sent_beyond_, received_beyond_;
};

}  // namespace twinwire::observe
