// SPDX-License-Identifier: Apache-2.0
// The octet streams of a connection, read back from a transcript: as one end put them on its wire, or as they came out
// at the other. Pure functions; nothing is assumed that the frames on that one wire do not show.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "generator/wire/address.hpp"
#include "harness/observe/transcript.hpp"

namespace twinwire::observe {

/// What one end said in one connection, as far as one wire shows it without a hole.
struct Stream {
  /// A segment with payload, whether it continues the stream, repeats it or lies beyond a hole.
  struct Piece {
    std::size_t event = 0;     ///< index into Transcript::events
    std::uint32_t offset = 0;  ///< of its first octet in the stream
    std::uint32_t length = 0;  ///< octets
    bool new_octets = false;   ///< false: every one of them had been there before
    bool operator==(const Piece&) const = default;
  };
  std::vector<std::uint8_t> octets;      ///< up to the first hole; where segments overlap the first octets stay
  bool syn = false;                      ///< false: the stream begins with the first segment that was seen
  bool fin = false;                      ///< its FIN was seen, and nothing before it is missing
  bool rst = false;                      ///< a RST of this direction was seen, wherever it stood
  std::optional<std::uint16_t> syn_mss;  ///< of the first SYN or SYN,ACK; unset: it had no MSS option
  bool syn_timestamps = false;           ///< it had the Timestamps option (RFC 7323 section 3.2)
  std::vector<Piece> pieces;             ///< in order of events
};

/// What `speaker` says in the connection with these ports, as they are on `wire`. On the speaker's own wire: what it
/// sent; on the other: what came out there. What was carried past the device was both said and heard. Sequence numbers
/// count from the SYN on this wire, so that a shift by the device does not matter. A SYN with another number begins the
/// stream anew: of connections that followed each other on the same ports, the last is told. Segments whose checksum is
/// wrong are no part of a stream, since no end takes them.
Stream stream_of(const Transcript& transcript, Party wire, Party speaker, std::uint16_t client_port,
                 std::uint16_t server_port);

/// A TCP connection as one wire shows it. The client is the end on the client's side: behind a proxy, on the server's
/// wire, that is the device.
struct ConnectionSeen {
  wire::FourTuple ends;
  std::size_t event = 0;  ///< of its first frame, an index into Transcript::events
};

/// Every TCP connection seen on `wire`, in the order of their first frames; markers are none.
std::vector<ConnectionSeen> connections_on(const Transcript& transcript, Party wire);

}  // namespace twinwire::observe
