// SPDX-License-Identifier: Apache-2.0
// The options that an endpoint speaks (RFC 9293 section 3.2, RFC 7323, RFC 2018), read and written without allocation.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "generator/tcp/sequence_ranges.hpp"
#include "generator/wire/bytes.hpp"

namespace twinwire::tcp {

inline constexpr std::size_t most_options = 40;     ///< octets: a header has at most 60 (RFC 9293 section 3.1)
inline constexpr std::size_t timestamp_bytes = 12;  ///< with the two NOPs before it (RFC 7323 appendix A)
inline constexpr std::size_t most_sack_blocks = 4;  ///< what fits without timestamps (RFC 2018 section 3)

struct Timestamps {
  std::uint32_t ts_val = 0, ts_ecr = 0;
};

struct Options {
  std::optional<std::uint16_t> mss;
  std::optional<std::uint8_t> shift;  ///< Window Scale
  std::optional<Timestamps> timestamps;
  bool sack_permitted = false;
  std::array<SequenceRange, most_sack_blocks> sack{};
  std::size_t sack_blocks = 0;
};

/// Options of a wrong length, and all behind one that is cut off, are as if they were not there (MUST-7).
Options read_options(wire::Bytes octets);

/// Writes options one behind the other, each padded to four octets with NOPs in front.
class OptionWriter {
 public:
  void mss(std::uint16_t value);
  void sack_permitted();
  void timestamps(Timestamps value);
  void window_scale(std::uint8_t shift);
  void sack(std::span<const SequenceRange> blocks);
  wire::Bytes octets() const { return {octets_.data(), size_}; }
  std::size_t room() const { return octets_.size() - size_; }

 private:
  void put(std::uint8_t octet) { octets_[size_++] = octet; }
  void put32(std::uint32_t value);

  std::array<std::uint8_t, most_options> octets_{};
  std::size_t size_ = 0;
};

}  // namespace twinwire::tcp
