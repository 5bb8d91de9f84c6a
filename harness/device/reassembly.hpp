// SPDX-License-Identifier: Apache-2.0
// The octets of one direction of a connection, put in order (RFC 9293 section 3.10.7.4, "seventh, process the segment
// text", as a device in the middle does it). What came first stays: a later octet for the same place is ignored.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "generator/wire/bytes.hpp"

namespace twinwire::device {

class Reassembly {
 public:
  /// Holds at most so many octets from the first on, and so many pieces with a hole before them.
  static constexpr std::uint32_t most_octets = 256 * 1024;  // twice the largest ClientHello that OpenSSL takes
  static constexpr std::size_t most_pieces = 64;            // as firewalls publish of their queues

  enum class Fit : std::uint8_t {
    Old,      ///< all of it was there before
    Next,     ///< it follows what is there, perhaps after octets that were there before
    Ahead,    ///< there is a hole before it
    TooMuch,  ///< it follows what is there, but is more than can be held
    TooFar,   ///< there is a hole before it, and it cannot be held
  };
  Fit fit(std::int64_t offset, std::size_t count) const;
  /// Takes octets, and returns those that are in order because of them. Only for Fit::Old, Next and Ahead.
  std::vector<std::uint8_t> add(std::int64_t offset, wire::Bytes octets);
  /// How many octets from the first on are there.
  std::uint32_t in_order() const { return in_order_; }
  /// Whether octets are held that have a hole before them.
  bool has_hole() const { return !pieces_.empty(); }

 private:
  void hold(std::uint32_t offset, wire::Bytes octets);

  std::uint32_t in_order_ = 0;
  std::map<std::uint32_t, std::vector<std::uint8_t>> pieces_;  ///< by offset; none touches another
};

}  // namespace twinwire::device
