// SPDX-License-Identifier: Apache-2.0
// Every piece is first held, joined with those that it touches; if the first piece then begins where the order ends, it
// is taken out.
#include "harness/device/reassembly.hpp"

#include <algorithm>

namespace twinwire::device {
namespace {

struct Piece {
  std::uint32_t offset;
  std::vector<std::uint8_t> octets;
  std::uint32_t end() const { return offset + static_cast<std::uint32_t>(octets.size()); }
};

/// Both as one; where they overlap, the octets of `older` stand.
Piece joined(const Piece& older, const Piece& newer) {
  Piece both{std::min(older.offset, newer.offset), {}};
  both.octets.resize(std::max(older.end(), newer.end()) - both.offset);
  for (const Piece* piece : {&newer, &older}) {
    std::ranges::copy(piece->octets, both.octets.begin() + (piece->offset - both.offset));
  }
  return both;
}

}  // namespace

Reassembly::Fit Reassembly::fit(std::int64_t offset, std::size_t count) const {
  const std::int64_t end = offset + static_cast<std::int64_t>(count);
  if (end <= in_order_) return Fit::Old;
  const bool ahead = offset > in_order_;
  if (end > most_octets) return ahead ? Fit::TooFar : Fit::TooMuch;
  if (ahead && pieces_.size() >= most_pieces) return Fit::TooFar;
  return ahead ? Fit::Ahead : Fit::Next;
}

std::vector<std::uint8_t> Reassembly::add(std::int64_t offset, wire::Bytes octets) {
  if (fit(offset, octets.size()) == Fit::Old) return {};
  const std::int64_t before = std::max<std::int64_t>(in_order_ - offset, 0);
  hold(static_cast<std::uint32_t>(offset + before), octets.subspan(static_cast<std::size_t>(before)));
  if (pieces_.begin()->first != in_order_) return {};
  auto following = std::move(pieces_.begin()->second);
  pieces_.erase(pieces_.begin());
  in_order_ += static_cast<std::uint32_t>(following.size());
  return following;
}

void Reassembly::hold(std::uint32_t offset, wire::Bytes octets) {
  Piece piece{offset, {octets.begin(), octets.end()}};
  auto touched = pieces_.upper_bound(offset);
  if (touched != pieces_.begin()) {
    const auto before = std::prev(touched);
    if (before->first + before->second.size() >= offset) touched = before;
  }
  while (touched != pieces_.end() && touched->first <= piece.end()) {
    piece = joined({touched->first, std::move(touched->second)}, piece);
    touched = pieces_.erase(touched);
  }
  pieces_[piece.offset] = std::move(piece.octets);
}

}  // namespace twinwire::device
