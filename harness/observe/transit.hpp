// SPDX-License-Identifier: Apache-2.0
// `match`: what became of every frame between the two wires. Frames are mapped by identity (octets of the payload,
// sequence numbers, IP ID, options), never by the order in which they came; where several would do, the transit says so
// and is no guess.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "harness/observe/transcript.hpp"
#include "harness/scenario/bench_spec.hpp"

namespace twinwire::observe {

/// The three layers of a verdict, kept apart, and Harness for what our own side did wrong.
enum class Layer : std::uint8_t { Progress, Integrity, Transparency, Harness };
std::string_view name(Layer layer);

/// One field that arrived other than it was sent, in the words of the ladder.
struct FieldChange {
  std::string field;           ///< "seq", "win", "mss", "ttl", "data", "checksum", "segmentation", ...
  std::string sent, received;  ///< of "seq" and "ack" only by how much they moved, in `received`
  Layer layer = Layer::Transparency;
  bool allowed = false;  ///< the bench declares it as rightful
};

struct Transit {
  enum class Fate : std::uint8_t {
    Crossed,    ///< one frame in, at least one out; or all its octets came in frames with other boundaries
    Dropped,    ///< in, and its absence at the far wire is proved
    Unsettled,  ///< in, not out, and nothing proves that it will not come
    Ambiguous,  ///< several frames could be the one
    Made,       ///< out, and neither end sent it: the device did
    Around,     ///< carried past the device by `~~>`
    Refused,    ///< never left our socket
    Taken,      ///< in, of a connection that the device ends itself: nothing was to cross
  };
  enum class Proof : std::uint8_t { None, Marker, Timer };
  Fate fate{};
  Proof proof = Proof::None;  ///< Dropped: how we know
  int step = -1;              ///< of the frame that was sent; Made: the step during which it came
  int packet = 0;
  Party from = Party::Client;       ///< the wire it entered; Made: Device
  Party to = Party::Server;         ///< the wire it left by, or should have
  std::optional<std::size_t> sent;  ///< index into Transcript::events
  /// Indices into Transcript::events; more than one: the device multiplied it. If the device cut the octets anew, only
  /// the frame with which the last of them came, and that one can stand in several transits.
  std::vector<std::size_t> received;
  time::Duration delay{};            ///< Crossed: from our socket to our socket
  bool marker_lost = false;          ///< Unsettled: a marker sent behind it was lost too, so the loss says nothing
  bool reordered = false;            ///< a frame sent later on this wire arrived before it
  std::vector<FieldChange> changes;  ///< Crossed: of the first arrival
};

/// All transits of a transcript, in the order in which the frames appeared.
std::vector<Transit> match(const Transcript& transcript, const scenario::Allow& allow);

/// Fills in `delay` from the times at which its frames were seen.
void set_delay(Transit& transit, const Transcript& transcript);

/// The same where the device is the other end of every connection, on both wires: what an end sent is Taken, what it
/// received is Made.
std::vector<Transit> apart(const Transcript& transcript);

/// Whichever of the two fits the bench.
std::vector<Transit> transits(const Transcript& transcript, const scenario::BenchSpec& bench);

}  // namespace twinwire::observe
