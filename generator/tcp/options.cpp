// SPDX-License-Identifier: Apache-2.0
// Reading goes from option to option by their lengths; whatever is not known is stepped over (MUST-6). Writing lays
// each option on a boundary of four octets, in the order in which most stacks send them.
#include "generator/tcp/options.hpp"

#include <algorithm>

namespace twinwire::tcp {
namespace {

enum Kind : std::uint8_t { EndOfList = 0, Nop = 1, Mss = 2, WindowScale = 3, SackPermitted = 4, Sack = 5, Stamps = 8 };

constexpr std::uint8_t largest_shift = 14;  // RFC 7323 section 2.3

void read_sack(Options& options, wire::Bytes value) {
  if (value.size() % 8 != 0) return;
  options.sack_blocks = std::min(value.size() / 8, most_sack_blocks);
  for (std::size_t i = 0; i < options.sack_blocks; ++i) {
    options.sack[i] = {wire::load32(value, i * 8), wire::load32(value, i * 8 + 4)};
  }
}

void read_option(Options& options, std::uint8_t kind, wire::Bytes value) {
  if (kind == Mss && value.size() == 2) options.mss = wire::load16(value, 0);
  if (kind == WindowScale && value.size() == 1) options.shift = std::min(value[0], largest_shift);
  if (kind == SackPermitted && value.empty()) options.sack_permitted = true;
  if (kind == Sack) read_sack(options, value);
  if (kind == Stamps && value.size() == 8) {
    options.timestamps = Timestamps{wire::load32(value, 0), wire::load32(value, 4)};
  }
}

}  // namespace

Options read_options(wire::Bytes octets) {
  Options options;
  std::size_t at = 0;
  while (at < octets.size() && octets[at] != EndOfList) {
    if (octets[at] == Nop) {
      ++at;
      continue;
    }
    if (at + 1 >= octets.size()) break;
    const std::size_t length = octets[at + 1];
    if (length < 2 || at + length > octets.size()) break;
    read_option(options, octets[at], octets.subspan(at + 2, length - 2));
    at += length;
  }
  return options;
}

void OptionWriter::put32(std::uint32_t value) {
  wire::store32(octets_, size_, value);
  size_ += 4;
}

void OptionWriter::mss(std::uint16_t value) { put32((std::uint32_t{Mss} << 24U) | (4U << 16U) | value); }

void OptionWriter::sack_permitted() { put32((1U << 24U) | (1U << 16U) | (std::uint32_t{SackPermitted} << 8U) | 2U); }

void OptionWriter::window_scale(std::uint8_t shift) {
  put32((1U << 24U) | (std::uint32_t{WindowScale} << 16U) | (3U << 8U) | shift);
}

void OptionWriter::timestamps(Timestamps value) {
  put32((1U << 24U) | (1U << 16U) | (std::uint32_t{Stamps} << 8U) | 10U);
  put32(value.ts_val);
  put32(value.ts_ecr);
}

void OptionWriter::sack(std::span<const SequenceRange> blocks) {
  const std::size_t count = std::min(blocks.size(), room() >= 4 ? (room() - 4) / 8 : 0);
  if (count == 0) return;
  put32((1U << 24U) | (1U << 16U) | (std::uint32_t{Sack} << 8U) | static_cast<std::uint32_t>(2 + 8 * count));
  for (const auto& block : blocks.first(count)) {
    put32(block.begin);
    put32(block.end);
  }
}

}  // namespace twinwire::tcp
