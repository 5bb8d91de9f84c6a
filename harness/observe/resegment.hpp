// SPDX-License-Identifier: Apache-2.0
// For devices that cut the octet stream anew and keep its sequence numbers (LRO, GRO, a middlebox that coalesces or
// splits): which frames that were sent came out inside frames with other boundaries. One object follows one direction
// of one connection; its sequence numbers are those of the sender.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "generator/wire/packet.hpp"

namespace twinwire::observe {

class Resegmenter {
 public:
  /// A frame whose octets have all arrived now, in so many frames with other boundaries.
  struct Whole {
    std::size_t frame = 0;
    std::size_t pieces = 0;
  };

  /// A frame was sent; `frame` is the caller's name for it. The payload must stay where it is. A SYN begins the numbers
  /// anew: what was sent before it is forgotten.
  void sent(std::size_t frame, const wire::Tcp& tcp);

  /// If this segment consists of nothing but octets (a FIN counts as one) that were sent at these numbers, though never
  /// with these boundaries: the frame that holds its first octet.
  std::optional<std::size_t> carried(const wire::Tcp& received, std::uint32_t seq) const;

  /// Credits each octet of such a segment to one frame, the earliest that still misses it; `may_take` says which frames
  /// do. What is whole then is given back, in the order in which it was sent.
  std::vector<Whole> credit(const wire::Tcp& received, std::uint32_t seq,
                            const std::function<bool(std::size_t)>& may_take);

 private:
  /// Octets of a segment, by position: sequence numbers that do not wrap. The last one may be a FIN.
  struct Octets {
    std::int64_t from = 0, to = 0;
    wire::Bytes payload;
  };
  struct Frame {
    Octets octets;
    std::size_t frame = 0, pieces = 0;
    std::map<std::int64_t, std::int64_t> arrived;  ///< from and to of what has been credited
  };
  using Frames = std::multimap<std::int64_t, Frame>;  ///< by the position of their first octet

  Octets octets_of(const wire::Tcp& tcp, std::uint32_t seq) const;
  static bool equal(const Octets& a, const Octets& b, std::int64_t from, std::int64_t to);
  template <typename Self, typename Visit>
  static void visit_overlapping(Self& self, std::int64_t from, std::int64_t to, Visit visit);
  Frame* taker(const Octets& came, std::int64_t at, const std::function<bool(std::size_t)>& may_take);
  std::int64_t next_change(const Octets& came, std::int64_t at) const;
  static std::int64_t missing_until(const Frame& frame, std::int64_t at);

  Frames frames_;
  std::int64_t longest_ = 0;  ///< octets of the longest frame: how far back one may begin that reaches here
  std::uint32_t last_seq_ = 0;
  std::int64_t last_position_ = 0;  ///< of last_seq_; from here positions are measured
};

}  // namespace twinwire::observe
