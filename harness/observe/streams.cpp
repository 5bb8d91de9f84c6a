// SPDX-License-Identifier: Apache-2.0
// Segments are laid down by their distance from the SYN. What continues the stream is appended, what lies beyond a hole
// is kept as an island; of each segment only the octets that no island and no earlier segment holds are taken, so the
// first that came stay. When a hole closes, the islands behind it join the stream.
#include "harness/observe/streams.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "generator/wire/packet.hpp"
#include "generator/wire/sequence.hpp"

namespace twinwire::observe {
namespace {

using Kind = Event::Kind;
namespace flag = wire::tcp_flag;

/// Who said the frame of this event, if it was there on `wire` or was carried past the device; nothing else is a word
/// of either end.
std::optional<Party> said_by(const Event& event, Party wire) {
  if (event.marker) return std::nullopt;
  if (event.kind == Kind::Carried) return other(event.wire);
  if (event.wire != wire) return std::nullopt;
  if (event.kind == Kind::Sent) return wire;
  return event.kind == Kind::Received ? std::optional(other(wire)) : std::nullopt;
}

class Assembly {
 public:
  explicit Assembly(std::vector<std::uint8_t>& octets) : octets_(octets) {}

  /// Whether any of these octets is new.
  bool lay(std::uint32_t offset, wire::Bytes segment) {
    const std::size_t end = offset + segment.size();
    std::size_t at = std::max<std::size_t>(offset, octets_.size());
    bool fresh = false;
    while (at < end) {
      const auto behind = islands_.upper_bound(at);
      if (behind != islands_.begin()) {
        const auto& [begin, island] = *std::prev(behind);
        if (at < begin + island.size()) {
          at = begin + island.size();
          continue;
        }
      }
      const std::size_t until = behind == islands_.end() ? end : std::min(end, behind->first);
      const wire::Bytes taken = segment.subspan(at - offset, until - at);
      islands_[at].assign(taken.begin(), taken.end());
      at = until;
      fresh = true;
    }
    join();
    return fresh;
  }
  void begin_anew() {
    octets_.clear();
    islands_.clear();
  }

 private:
  void join() {
    for (auto first = islands_.begin(); first != islands_.end() && first->first == octets_.size();) {
      octets_.insert(octets_.end(), first->second.begin(), first->second.end());
      first = islands_.erase(first);
    }
  }

  std::vector<std::uint8_t>& octets_;
  std::map<std::size_t, std::vector<std::uint8_t>>
      islands_;  ///< by offset, beyond the hole; no two hold the same octet
};

class Reader {
 public:
  void take(std::size_t event, const wire::Tcp& tcp) {
    if (tcp.has(flag::Syn)) begin(tcp);
    stream_.rst = stream_.rst || tcp.has(flag::Rst);
    if (tcp.has(flag::Rst) || tcp.seg_len() == 0) return;
    if (!first_) first_ = tcp.seq;
    const std::uint32_t seq = tcp.seq + (tcp.has(flag::Syn) ? 1U : 0U);
    if (tcp.has(flag::Fin)) fin_ = wire::seq_distance(seq + static_cast<std::uint32_t>(tcp.payload.size()), *first_);
    wire::Bytes payload = tcp.payload;
    // A keep-alive may repeat an octet that stands before the stream (RFC 9293 section 3.8.4).
    const std::int32_t before = wire::seq_distance(*first_, seq);
    if (before > 0) payload = payload.subspan(std::min<std::size_t>(payload.size(), static_cast<std::size_t>(before)));
    if (payload.empty()) return;
    const std::uint32_t offset = before > 0 ? 0 : seq - *first_;
    const bool fresh = assembly_.lay(offset, payload);
    stream_.pieces.push_back({event, offset, static_cast<std::uint32_t>(payload.size()), fresh});
  }

  Stream finish() {
    stream_.fin = fin_ && *fin_ >= 0 && static_cast<std::size_t>(*fin_) <= stream_.octets.size();
    return std::move(stream_);
  }

 private:
  void begin(const wire::Tcp& syn) {
    if (stream_.syn && *first_ == syn.seq + 1) return;
    stream_ = Stream{};
    assembly_.begin_anew();
    fin_.reset();
    first_ = syn.seq + 1;
    stream_.syn = true;
    for (const wire::TcpOption& option : wire::parse_tcp_options(syn.options)) {
      if (option.kind == scenario::option_kind::Mss && option.data.size() == 2)
        stream_.syn_mss = wire::load16(option.data, 0);
      if (option.kind == scenario::option_kind::Timestamps) stream_.syn_timestamps = true;
    }
  }

  Stream stream_;
  Assembly assembly_{stream_.octets};
  std::optional<std::uint32_t> first_;  ///< the sequence number of the stream's first octet
  std::optional<std::int32_t> fin_;     ///< where the stream ends
};

}  // namespace

Stream stream_of(const Transcript& transcript, Party wire, Party speaker, std::uint16_t client_port,
                 std::uint16_t server_port) {
  Reader reader;
  const bool client = speaker == Party::Client;
  for (std::size_t i = 0; i < transcript.events.size(); ++i) {
    const Event& event = transcript.events[i];
    if (said_by(event, wire) != speaker) continue;
    const auto packet = wire::decode(event.frame);
    if (!packet || !packet->tcp || !packet->tcp->checksum_ok) continue;
    const wire::Tcp& tcp = *packet->tcp;
    const std::uint16_t from_client = client ? tcp.src_port : tcp.dst_port;
    const std::uint16_t from_server = client ? tcp.dst_port : tcp.src_port;
    if (from_client == client_port && from_server == server_port) reader.take(i, tcp);
  }
  return reader.finish();
}

std::vector<ConnectionSeen> connections_on(const Transcript& transcript, Party wire) {
  std::vector<ConnectionSeen> found;
  std::set<wire::FourTuple> known;
  for (std::size_t i = 0; i < transcript.events.size(); ++i) {
    const Event& event = transcript.events[i];
    const auto speaker = event.wire == wire ? said_by(event, wire) : std::nullopt;
    const auto packet = speaker ? wire::decode(event.frame) : std::nullopt;
    if (!packet || !packet->tcp) continue;
    const wire::Tcp& tcp = *packet->tcp;
    const wire::FourTuple ends = *speaker == Party::Client
                                     ? wire::FourTuple{packet->src, packet->dst, tcp.src_port, tcp.dst_port}
                                     : wire::FourTuple{packet->dst, packet->src, tcp.dst_port, tcp.src_port};
    if (known.insert(ends).second) found.push_back({ends, i});
  }
  return found;
}

}  // namespace twinwire::observe
