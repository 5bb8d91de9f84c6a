// SPDX-License-Identifier: Apache-2.0
// Maps frames that arrived to frames that were sent, one event at a time, so that the run can ask while it goes on and
// `match` gets the same answer from the stored transcript.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "generator/wire/packet.hpp"
#include "harness/observe/departures.hpp"
#include "harness/observe/resegment.hpp"
#include "harness/observe/transit.hpp"

namespace twinwire::observe {

class Matcher {
 public:
  explicit Matcher(const scenario::Allow& allow) : allow_(allow) {}

  /// Takes the transcript's next event; call it once for each, in order. The frame of `event` is read here only.
  void add(const Event& event);

  /// Whether packet `packet` of `step` has come out at the far wire.
  bool arrived(int step, int packet) const;
  /// Whether its absence is settled: a marker that was sent behind it has overtaken it, or its time is up.
  bool absent(int step, int packet) const;
  /// Whether it will never be known, because the device was losing other packets too at that moment.
  bool doubtful(int step, int packet) const;
  /// How many frames came that nobody sent, up to now.
  std::size_t made() const { return made_; }
  /// How many pairs of a frame sent and a frame received have been compared, up to now.
  std::size_t comparisons() const { return comparisons_; }
  /// The transit of the frame that event `received` (an index into the transcript) brought; nothing if it was no such
  /// event.
  const Transit* of_received(std::size_t received) const;
  const std::vector<Transit>& transits() const { return transits_; }
  /// Forgets all events; what has been learnt of connections, their shifts and translations, stays. The next event has
  /// index 0.
  void clear_events();
  /// Forgets what has been learnt of connections from that port of the client's.
  void forget_port(std::uint16_t client_port);
  /// Looks once more at what only the whole transcript tells: which of several equal frames is missing.
  std::vector<Transit> finish();

 private:
  /// How the device shifts the sequence numbers of each direction of one connection, once it has been seen.
  using Shifts = std::array<std::optional<std::uint32_t>, 2>;
  /// The same where unknown and none at all are one.
  using Offsets = std::array<std::uint32_t, 2>;
  /// What became of the packets of a line, by number.
  struct Tally {
    int arrived = 0, absent = 0, doubtful = 0;
  };

  void add_sent(const Event& event);
  void add_received(const Event& event);
  void add_marker(const Event& event);
  void settle_by_marker(std::size_t direction, std::size_t sent);
  void settle_by_time(int step);
  template <typename Change>
  void update(Transit& transit, Change change);
  void count(const Transit& transit, int by);
  Transit& transit_of(const Departed& departed) { return transits_[departed.transit]; }
  bool open(const Departed& departed) const;

  bool identical(const wire::Packet& sent, const wire::Packet& received, std::size_t direction) const;
  int likeness(const wire::Packet& sent, const wire::Packet& received, std::size_t direction) const;
  bool recognise(const wire::Packet& packet, std::size_t direction);
  std::optional<std::size_t> same_as(const wire::Packet& packet, std::size_t direction);
  std::optional<std::size_t> pick(Alike& alike, const wire::Packet& packet, std::size_t direction);
  std::optional<std::size_t> most_alike(const wire::Packet& packet, std::size_t direction);
  std::optional<std::size_t> one_of(std::vector<std::size_t> exact, const wire::Packet& packet, std::size_t direction);
  void arrive(std::size_t chosen, const wire::Packet& received, std::size_t direction);
  void arrive_recut(Resegmenter& octets, const wire::Tcp& received, std::uint32_t seq, std::size_t direction);

  std::uint16_t client_port(const wire::Tcp& sent, std::size_t direction) const;
  std::uint16_t client_port_of_received(const wire::Tcp& received, std::size_t direction) const;
  Shifts shifts_of(std::uint16_t port) const;
  void learn(std::uint16_t port, std::size_t direction, std::optional<std::uint32_t> shift);
  std::vector<Offsets> offsets_for(const wire::Tcp& received, std::size_t direction) const;

  std::vector<std::size_t> missing_twins(std::size_t index, std::size_t direction,
                                         const std::vector<std::size_t>& missing) const;
  void settle_twins(std::size_t index, std::size_t direction, const std::vector<std::size_t>& missing);

  scenario::Allow allow_;
  std::size_t index_ = 0;  ///< of the next event
  int current_step_ = -1;
  std::size_t made_ = 0, comparisons_ = 0;
  std::vector<Transit> transits_;
  std::map<std::pair<int, int>, Tally> tallies_;                      ///< by step and packet
  std::array<Departures, 2> departed_{Departures{0}, Departures{1}};  ///< 0 from the client's wire, 1 the server's
  std::array<std::vector<std::size_t>, 2> open_;                      ///< those that were not settled when last looked
  std::array<std::size_t, 2> crossed_{};                              ///< the last of those that have crossed, plus 1
  std::unordered_map<std::uint16_t, Shifts> shifts_;                  ///< by the client's port on the client's wire
  std::map<Offsets, std::size_t> offsets_;                            ///< other than none: how many connections
  std::unordered_map<std::uint16_t, std::uint16_t>
      original_port_;  ///< what the server sees as client's port, to what it is
  /// Markers under way, by direction: identity to the index of the event that sent it.
  std::array<std::map<std::uint64_t, std::size_t>, 2> markers_;
  std::unordered_map<std::size_t, std::size_t> transit_of_received_;
  std::array<std::map<std::pair<std::uint16_t, std::uint16_t>, Resegmenter>, 2> octets_;  ///< by the ports of both ends
  std::deque<Alike> unsure_;  ///< sets that no key stands for
};

/// The fields in which `received` differs from `sent`, apart from what every hop changes (MAC addresses, IP checksum).
/// `seq_shift` and `ack_shift` are the constant offsets under which the numbers were expected.
std::vector<FieldChange> compare(const wire::Packet& sent, const wire::Packet& received, const scenario::Allow& allow,
                                 std::uint32_t seq_shift, std::uint32_t ack_shift);

/// What a marker's payload begins with; its identity follows in eight octets.
inline constexpr std::array<std::uint8_t, 8> marker_magic{'t', 'w', 'm', 'a', 'r', 'k', 'e', 'r'};
std::optional<std::uint64_t> marker_identity(const wire::Packet& packet);

}  // namespace twinwire::observe
