// SPDX-License-Identifier: Apache-2.0
// A bench file as a value: where the two wires are, what stands between them, and what it may rightly change.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "harness/scenario/scenario.hpp"

namespace twinwire::scenario {

enum class World : std::uint8_t { Simulation, Namespaces, Nics };
std::string_view name(World world);

struct EndSpec {
  std::vector<wire::Prefix> address;  ///< at most one of each family
  std::string interface;              ///< World::Nics only
  std::vector<wire::Address>
      gateway;  ///< empty: the first address of the network, or none if both ends share one network
};

/// A program of a device of kind "process", started in the device's namespace in the order written.
struct ProcessSpec {
  std::vector<std::string> command;
  /// "exits": it must end with status 0 before the next one starts. Else it stays until the bench goes, and is ready
  /// when the file or UNIX socket `ready_path` exists, or after `ready_text` was printed; at once if neither is given.
  bool stays = false;
  std::string ready_path;
  std::string ready_text;
  std::uint16_t ready_port = 0;     ///< ready when something listens on this TCP port of the device
  std::string user{};               ///< to run as, where the helper may change it; else it runs as the caller
  std::vector<std::string> stop{};  ///< how to end it; empty: SIGTERM
};

/// One named change: `[apply.NAME]`, for `device applies "NAME"` and for `applied = [...]` at start.
struct ApplySpec {
  /// Whether the bench itself has anything to do, apart from asking.
  bool changes_something() const { return !ruleset.empty() || !sysctl.empty() || !commands.empty() || !model.empty(); }
  std::string ruleset;  ///< nft text, loaded as one transaction
  std::map<std::string, std::string> sysctl;
  std::vector<std::vector<std::string>> commands;
  std::map<std::string, std::string> model;  ///< settings of a model device
  /// What a person is asked to do; the change is made when they say that it is.
  std::string ask{};
};

struct DeviceSpec {
  std::string kind;  ///< wire, nftables, process, model, external
  int layer = 3;     ///< 2: a bridge, both ends in one network. 3: a router with the first address of each network
  std::vector<std::string> rulesets;  ///< nft texts in order
  std::map<std::string, std::string> sysctl;
  std::vector<std::string> needs;            ///< programs that must be found in PATH
  std::string package;                       ///< Debian package that brings them, for the message
  std::map<std::string, std::string> files;  ///< name to text, written into the device's private directory
  std::vector<ProcessSpec> processes;
  /// How to clear one four-tuple. Words {family} {src} {dst} {sport} {dport} are replaced. Empty: the built-in way of
  /// the kind (conntrack for nftables), or none.
  std::vector<std::string> forget;
  std::string model;                            ///< kind "model": wire, stateful, ...
  std::map<std::string, std::string> settings;  ///< settings of the model
};

/// `[path]`: how the client reaches the server.
struct PathSpec {
  enum class Kind : std::uint8_t {
    Direct,  ///< packets to the server's address
    Proxy,   ///< `proxy = "device:3128"`: a connection to the device, which is asked with HTTP CONNECT (RFC 9110)
    Relay,   ///< `relay = "device:443"`: a connection to the device, which makes one of its own to the server
    /// `intercept = true`: packets to the server's address, which the device forwards or takes for itself, making a
    /// connection of its own to the server; which of both may change while the bench stands.
    Intercept,
  };
  /// Whether the server's end is known only by the connection that arrives there.
  bool connects_anew() const { return kind == Kind::Relay || kind == Kind::Intercept; }
  /// Whether the client connects to the device at `port`, and not to the server.
  bool asks_device() const { return kind == Kind::Proxy || kind == Kind::Relay; }
  Kind kind = Kind::Direct;
  std::uint16_t port = 0;
};

/// A second device, a model, between the first and the server's wire.
struct BehindSpec {
  std::string model;
  std::map<std::string, std::string> settings;
};

/// `[allow]`: what the device may rightly change; all off means that nothing may.
struct Allow {
  enum class Ttl : std::uint8_t { Keep, Decrement, Any };
  Ttl ttl = Ttl::Keep;
  bool lower_mss = false;           ///< mss = "lowered"
  bool translate_source = false;    ///< source = "translated": the client's address and port, as a NAT does
  bool shift_seq = false;           ///< seq = "shifted": one constant offset per direction
  std::vector<std::string> fields;  ///< further fields: "tos", "ipid", "df", "options", "win", "urg", "reserved"
};

struct BenchSpec {
  std::string name;  ///< of a built-in bench, or the file's stem
  std::string file;
  World world = World::Simulation;
  Profile profile = Profile::Transparent;
  bool ordered = false;  ///< the device keeps the order between flows, so a marker proves absence
  time::Duration
      patience{};  ///< how long an arrival may take at most before it counts as dropped; 0: the default of the world
  EndSpec client, server;
  DeviceSpec device;
  PathSpec path;
  std::optional<BehindSpec> behind;  ///< `[behind]`
  Allow allow;
  std::map<std::string, ApplySpec> apply;
  std::vector<std::string> applied;  ///< changes applied when the bench comes up
};

}  // namespace twinwire::scenario
