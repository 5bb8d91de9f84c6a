// SPDX-License-Identifier: Apache-2.0
// What the receiver of one direction has, told by what was forwarded to it: its RCV.NXT.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace twinwire::device {

class Forwarded {
 public:
  /// The receiver expects `next`, and has nothing beyond.
  void begin(std::uint32_t next);
  /// A segment from `seq` up to `end` went to the receiver. Of those that lie ahead of a hole at most 64 ranges are
  /// remembered; beyond that the number told by next() may be too low.
  void add(std::uint32_t seq, std::uint32_t end);
  /// Unset as long as the receiver knows of no connection.
  std::optional<std::uint32_t> next() const { return next_; }

 private:
  bool take_one_that_follows();

  std::optional<std::uint32_t> next_;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> ahead_;
};

}  // namespace twinwire::device
