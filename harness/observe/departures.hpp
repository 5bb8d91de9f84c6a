// SPDX-License-Identifier: Apache-2.0
// The frames that were sent in one direction, each decoded once and filed under what it may be recognised by. Looking
// up costs the same however many there are; who looks must still compare what is found, since a key only says that two
// frames may be alike.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_map>
#include <vector>

#include "generator/wire/packet.hpp"

namespace twinwire::observe {

/// The flags that a segment is recognised by.
inline constexpr std::uint16_t identity_flags =
    wire::tcp_flag::Syn | wire::tcp_flag::Ack | wire::tcp_flag::Fin | wire::tcp_flag::Rst;

/// Frames filed under one key, in the order in which they were sent.
struct Alike {
  std::vector<std::size_t> frames;  ///< indices into Departures
  std::size_t first_open = 0;       ///< all before it are settled for good
};

struct Departed {
  std::size_t transit = 0;               ///< index into the matcher's transits
  std::optional<std::size_t> overtaken;  ///< the event at which a marker sent behind it had arrived
  std::optional<std::size_t> absent;     ///< the event at which a marker proved that it will not come
  std::vector<std::uint8_t> frame;       ///< a copy, because the event's may move
  std::optional<wire::Packet> packet;    ///< views `frame`
  const Alike* twins = nullptr;          ///< when it arrived it could have been mistaken for one of these
  std::size_t last_twin = 0;             ///< the last of them that was under way then; itself, if there was none
  bool cut = false;                      ///< only a part of it came, as far as is known, with its own beginning
  std::size_t overtaker = 0;             ///< of the frames that arrived before it, the one that was sent last
};

/// The segment that is looked for: one that arrived, its numbers put back by the shift of its connection.
struct Wanted {
  const wire::Packet& packet;
  std::uint32_t seq = 0, ack = 0;
};

class Departures {
 public:
  explicit Departures(std::size_t direction) : direction_(direction) {}
  ~Departures() = default;
  Departures(const Departures&) = delete;
  Departures& operator=(const Departures&) = delete;

  std::size_t add(std::size_t transit, wire::Bytes frame);
  void clear();
  std::size_t size() const { return departed_.size(); }
  Departed& operator[](std::size_t index) { return departed_[index]; }
  const Departed& operator[](std::size_t index) const { return departed_[index]; }

  /// Frames with the numbers, flags and payload that are wanted, and with the same IP ID; nullptr if there are none.
  Alike* same_with_ip_id(const Wanted& wanted);
  /// The same, whatever the IP ID.
  Alike* same(const Wanted& wanted);
  /// Adds to `found` the frames that have the sequence number that is wanted.
  void add_same_seq(const Wanted& wanted, std::vector<std::size_t>& found);
  /// Adds to `found` the frames that have the same payload, or the same IP ID and ACK.
  void add_alike(const wire::Packet& packet, std::vector<std::size_t>& found);
  /// Makes every Alike that was handed out complete: it then has all frames up to now.
  void file_same();

 private:
  enum class Kind : std::uint8_t { Same, SameWithIpId, Seq, Payload, IpIdAndAck };
  struct Key {
    std::uint64_t kind = 0, numbers = 0, payload = 0;
    bool operator==(const Key&) const = default;
  };
  struct Hash {
    std::size_t operator()(const Key& key) const;
  };
  Key key(Kind kind, const Wanted& wanted) const;
  void file(std::size_t index, Kind kind);
  void file_alike();
  Alike* find(const Key& key);
  void add_found(const Key& key, std::vector<std::size_t>& found) const;

  std::size_t direction_;
  std::deque<Departed> departed_;                 // each stays where it is, and so does what views its frame
  std::size_t same_filed_ = 0, alike_filed_ = 0;  ///< how many of them are filed under the keys that are made late
  std::unordered_map<Key, Alike, Hash> filed_;    // its elements stay where they are: Departed::twins points to them
};

}  // namespace twinwire::observe
