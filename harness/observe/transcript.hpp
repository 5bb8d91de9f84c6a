// SPDX-License-Identifier: Apache-2.0
// What a run records of one cell: everything that happened, in the order of the one clock, and nothing that anybody
// thinks of it. A stored transcript can be judged again; nothing else of a run is needed for it but the scenario and
// the bench file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "generator/time/instant.hpp"
#include "generator/wire/address.hpp"
#include "harness/scenario/scenario.hpp"

namespace twinwire::observe {

using scenario::Party;

struct Event {
  enum class Kind : std::uint8_t {
    Begins,      ///< a step is walked from here on
    Passed,      ///< a step is not walked because of its `if` or `unless`
    Sent,        ///< a frame left our socket on `wire`
    Refused,     ///< our own socket would not take the frame (ENOBUFS), after retries: it was never sent
    Received,    ///< a frame came out of `wire`
    Carried,     ///< `~~>`: twinwire itself handed this frame to the end on `wire`, past the device
    TimeUp,      ///< what `step` waited for had not come when its patience ended
    Done,        ///< a step is over: its packets have arrived, or their absence is settled, or the act is carried out
    NotReached,  ///< the walk ended before this step
    Failed,      ///< the bench could not do what the step asks (text says why)
    Closes,      ///< the end of the tail check; nothing was recorded after it
    Says,        ///< what the end on `wire` knows of an act when it is over, in `facts`
    Evidence,    ///< a line of the device's own log about this cell, in `text`
  };
  Kind kind{};
  time::Instant at{};
  Party wire = Party::Client;  ///< Sent, Refused, Received, Carried
  int step = -1;               ///< index into Scenario::steps, -1 where no step is meant
  int packet = 0;              ///< which of a repeated line, from 0
  bool marker = false;  ///< Sent, Received: a marker of the bench, which proves the absence of what went before it
  std::string text;     ///< Failed: why
  std::vector<std::uint8_t> frame;  ///< from the Ethernet header on
  /// Says: "tcp" (established, closed, reset, waiting), "tls" (complete, failed, waiting, closed), "version",
  /// "resumed", "alert-received", "alert-sent", "server-name", "alpn", "error", "octets" (of application data), ...
  std::map<std::string, std::string> facts;
};

/// The connection's addresses as the client's wire has them; names are those of the ladder, "" for the default one.
struct Connection {
  std::string name;
  wire::Address client, server;
  std::uint16_t client_port = 0, server_port = 0;
};

struct Transcript {
  std::string scenario, cell;
  wire::Family family = wire::Family::Ipv4;
  std::uint64_t seed = 0;
  std::vector<Connection> connections;
  std::vector<Event> events;
};

/// A transcript that cannot be read: what() names the file, the line and what was expected.
class TranscriptError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// JSON lines: a header line, then one event per line, frames in hexadecimal. The same transcript always gives the same
/// octets.
std::string to_json_lines(const Transcript& transcript);
/// Reads what to_json_lines wrote; throws TranscriptError. `name` is used in messages.
Transcript from_json_lines(std::string_view text, const std::string& name);

}  // namespace twinwire::observe
