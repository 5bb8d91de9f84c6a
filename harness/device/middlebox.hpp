// SPDX-License-Identifier: Apache-2.0
// A device under test written in C++: it is given frames and emits frames, and knows the time only by being told. The
// same model runs on the simulated wires and live between two veths.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "generator/time/instant.hpp"
#include "generator/tls/settings.hpp"
#include "generator/wire/address.hpp"
#include "generator/wire/bytes.hpp"
#include "harness/scenario/scenario.hpp"

namespace twinwire::device {

using scenario::Party;

/// Puts a frame on the wire of that end.
using Emit = std::function<void(Party toward, wire::Bytes frame)>;
using Settings = std::map<std::string, std::string>;

/// A model or a setting of it that does not exist; what() names those that do.
class ModelError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Middlebox {
 public:
  virtual ~Middlebox() = default;
  /// A frame came in on the wire of `from`.
  virtual void on_frame(Party from, time::Instant now, wire::Bytes frame, const Emit& emit) = 0;
  /// When on_time() wants to be called; unset: nothing is planned.
  virtual std::optional<time::Instant> deadline() const { return {}; }
  virtual void on_time(time::Instant, const Emit&) {}
  /// What the device wrote about one connection into its own log since it was asked last, with that log's words. The
  /// tuple is the connection as this device has it.
  virtual std::vector<std::string> take_log(const wire::FourTuple&) { return {}; }
  /// The device's own counters by name, since it came up.
  virtual std::map<std::string, std::uint64_t> counters() const { return {}; }
  /// Clears the state of one connection.
  virtual void forget(const wire::FourTuple&) {}
  /// The certificate and key of the server whose connections it may look into, told before the first frame.
  virtual void trust(const tls::Credentials&) {}
  /// A secret of a connection, as a key agent on the server tells it while the handshake goes on: a line of a key log
  /// (NSS format).
  virtual void learn_secret(const std::string&) {}
  /// Changes settings; throws ModelError for one that it does not have.
  virtual void configure(const Settings& settings) = 0;
};

/// A firewall that tracks connections and windows; settings allow-challenge-ack and check-window, yes or no.
std::unique_ptr<Middlebox> make_stateful(const Settings& settings);

/// A firewall that gathers the ClientHello of each connection that a client begins, forwarding segments as it counts
/// them, and gives up when a limit is passed: the segment that passed it is not forwarded, the ends are reset, and
/// nothing of the connection passes any more until a new SYN. Settings:
///   packets       the client's segments with data, duplicates and retransmissions included (12), or none
///   octets        of the hello on the wire, record headers included (none); 262144 are the end in any case
///   records       that carry the hello (none)
///   time          from the first segment with data to the whole hello, such as 1s (none)
///   out-of-order  accept (default), or reset: gives up at a segment with a hole before it
///   sni           anywhere (default), first-packet or first-record: where server_name must wholly be, unless the hello
///                 ends there
///   reset         who is reset: both (default), client, server or none
std::unique_ptr<Middlebox> make_accumulating(const Settings& settings);

/// Passive inbound inspection of TLS: it holds the server's key, follows full handshakes and learns the sessions that
/// come of them (in TLS 1.3 by the secrets that a key agent tells of them). It goes by what is on the wire only. With a
/// session that it never saw it cannot decrypt. Settings:
///   inspection       on or off (default): off, all passes and nothing is learnt
///   unknown-session  what becomes of a resumption that it cannot follow: reset (default), alert (the client is given
///                    decrypt_error and FIN in place of the ServerHello, or reset if it has a part of that; the server
///                    is reset), drop, or pass
///   single-use       yes: a session that was resumed is known no more (no)
///   server-name      same: a session is known only under the server_name of its handshake; any (default)
///   declined         what becomes of a full handshake in answer to a known session: follow (default) or reset
///   sessions         clear: forgets all of them now; keep (default)
std::unique_ptr<Middlebox> make_inspecting(const Settings& settings);

/// A proxy that ends TLS in the server's name, on both sides of which are the addresses and ports of the ends; each
/// side is a TCP connection and a TLS connection of its own. Settings:
///   inspection    on or off (default): off, new connections pass as they are; those under way go on as they began
///   certificate   origin (default): the server's own; forged: one of its own for the same name
///   versions      of TLS, on both sides: 1.2-1.3 (default) or 1.2
///   tickets       yes (default) or no
///   ticket-bytes  octets put into each ticket beside the usual (0)
///   early-data    octets of early data that it takes (0)
///   sessions      clear: forgets those that it gave, now; keep (default)
/// It reaches for the server once the ClientHello is whole, and where the client speaks something else, or nothing for
/// a second, relays octets as they are. Sessions that it has given age by the machine's clock.
std::unique_ptr<Middlebox> make_terminating(const Settings& settings);

/// A line that loses, doubles and swaps TCP segments: settings drop, duplicate, reorder (out of 1000) and seed. The
/// same settings and segments give the same losses.
std::unique_ptr<Middlebox> make_lossy(const Settings& settings);

/// "wire", "stateful", "accumulating", "inspecting", "terminating" or "lossy"; throws ModelError for any other name or
/// an unknown setting.
std::unique_ptr<Middlebox> make_model(const std::string& name, const Settings& settings);

}  // namespace twinwire::device
