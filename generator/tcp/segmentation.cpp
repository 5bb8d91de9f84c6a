// SPDX-License-Identifier: Apache-2.0
// A place in the stream is its distance from the first octet that was ever sent, so that octets which are sent again
// are cut where they were cut before. A piece that is larger than the send MSS is cut into segments from its own
// beginning.
#include "generator/tcp/segmentation.hpp"

#include <algorithm>

#include "generator/tcp/options.hpp"

namespace twinwire::tcp {
namespace {

constexpr std::uint16_t tcp_header = 20;
constexpr std::uint16_t least_mss = 8;  // so that nonsense of the peer does not stop the connection

struct Piece {
  std::uint64_t begin = 0;
  std::uint64_t end = UINT64_MAX;
};

std::uint64_t stream_position(const Tcb& tcb, std::uint32_t seq) { return tcb.stream_una + (seq - text_begin(tcb)); }

/// The piece that holds `position`; what is not cut is one without end.
Piece piece_at(const Cuts& cuts, std::uint64_t position) {
  const std::uint64_t cut_end = cuts.octets.value_or(UINT64_MAX);
  if (cuts.sizes.empty()) return {};
  if (position >= cut_end) return {cut_end, UINT64_MAX};
  std::uint64_t begin = 0;
  for (const std::uint32_t size : cuts.sizes) {
    if (position < begin + size) return {begin, std::min(begin + size, cut_end)};
    begin += size;
  }
  const std::uint64_t repeated = std::max<std::uint64_t>(cuts.sizes.back(), 1);
  begin += (position - begin) / repeated * repeated;
  return {begin, std::min(begin + repeated, cut_end)};
}

}  // namespace

std::uint16_t effective_send_mss(const Tcb& tcb) {
  const int headers = (tcb.policy->ipv6 ? 40 : 20) + tcp_header;
  const int mtu = tcb.path_mtu == 0 ? tcb.policy->mtu : std::min(tcb.path_mtu, tcb.policy->mtu);
  const int options = tcb.timestamps ? static_cast<int>(timestamp_bytes) : 0;
  const int mss = std::min<int>(tcb.peer_mss, mtu - headers) - options;
  return static_cast<std::uint16_t>(std::max<int>(mss, least_mss));
}

std::uint32_t text_begin(const Tcb& tcb) { return tcb.syn_acked ? tcb.snd_una : tcb.iss + 1; }

std::uint32_t text_end(const Tcb& tcb) { return text_begin(tcb) + tcb.snd_queue.size(); }

std::uint32_t segment_size(const Tcb& tcb, std::uint32_t seq, std::uint32_t end) {
  const std::uint32_t mss = effective_send_mss(tcb);
  const std::uint32_t there = std::min(end - seq, text_end(tcb) - seq);
  const Cuts& cuts = tcb.policy->cuts;
  if (cuts.sizes.empty()) return std::min(mss, there);
  const std::uint64_t position = stream_position(tcb, seq);
  const Piece piece = piece_at(cuts, position);
  const std::uint64_t segment_end = std::min(piece.end, position + mss - (position - piece.begin) % mss);
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(segment_end - position, there));
}

bool piece_begins(const Tcb& tcb, std::uint32_t seq) {
  const Cuts& cuts = tcb.policy->cuts;
  const std::uint64_t position = stream_position(tcb, seq);
  if (cuts.sizes.empty() || (cuts.octets && position > *cuts.octets)) return false;
  return piece_at(cuts, position).begin == position;
}

}  // namespace twinwire::tcp
