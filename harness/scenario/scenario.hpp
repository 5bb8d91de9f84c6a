// SPDX-License-Identifier: Apache-2.0
// What `load` produces: a scenario as a value, checked, with every value filled in and every part expanded. Nothing
// here knows how a file is written, and nothing here is ever changed after loading.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "generator/tcp/policy.hpp"
#include "generator/time/instant.hpp"
#include "generator/tls/settings.hpp"
#include "generator/wire/address.hpp"
#include "generator/wire/packet.hpp"
#include "harness/scenario/population.hpp"

namespace twinwire::scenario {

/// Where a thing stands in a file; lines and columns count from 1.
struct Source {
  std::string file;
  int line = 0;
  int column = 0;
};

enum class Party : std::uint8_t { Client, Server, Device };
/// The end across from `end`.
constexpr Party other(Party end) { return end == Party::Client ? Party::Server : Party::Client; }

/// A party and, where the ladder names one, its port: `client.a` is a port that twinwire picks and keeps, `client.5000`
/// is that port, `client.*` a fresh one for each packet. No port: the default connection.
struct Endpoint {
  Party party = Party::Client;
  std::string port;
};

/// The arrow's head. Around is `~~>`: twinwire itself carries the packet past the device.
enum class Crossing : std::uint8_t { Must, MustNot, May, Around };

/// A number of the ladder, e.g. `rcv.nxt+1000`, `@syn.seq`, `old.snd.nxt` or `1001`.
struct Number {
  /// Literal: `seq`, `ack` and SACK edges count from the initial numbers of the connection, everything else is as
  /// written.
  enum class Base : std::uint8_t {
    Literal,
    SndNxt,
    SndUna,
    SndWnd,
    RcvNxt,
    RcvWnd,
    Iss,
    Irs,
    SegSeq,
    SegAck,
    SegLen,
    Label
  };
  Base base = Base::Literal;
  bool old = false;         ///< the variable's value before `forgets`
  std::string label;        ///< Base::Label: the line that is meant
  std::string label_field;  ///< Base::Label: "seq", "ack", "win", "len", "sport" ...
  std::int64_t offset = 0;  ///< what is added; for a literal, its value
};

/// Both ends included; allowed only where arrival is judged.
struct Range {
  std::optional<std::int64_t> low, high;
};

/// `iss=new`, `checksum=bad`, `data=other` (the second pattern), `data=a` (the usual one).
struct Word {
  std::string text;
};

/// `data="GET /"`.
struct Text {
  std::string octets;
};

enum class Key : std::uint8_t {
  Seq,
  Ack,
  Win,
  Len,
  Urg,
  Iss,
  Data,
  Checksum,
  Ttl,
  Tos,
  Df,
  IpId,
  Reserved,
  Sport,
  Dport
};

/// The key as the ladder spells it, e.g. "seq" or "ipid".
std::string_view name(Key key);

struct Field {
  Key key{};
  bool negated = false;  ///< `!=`, allowed only where arrival is judged
  std::variant<Number, Range, Word, Text> value;
  Source where;
};

/// One edge pair of a SACK block.
struct SackBlock {
  Number left, right;
};

/// A TCP option in tcpdump's words.
struct Option {
  std::uint8_t kind = 0;
  bool removed = false;  ///< `-mss`, only after `becomes`
  /// mss: one value or range. wscale: one. ts: val, ecr. tfo and raw kinds: none.
  std::vector<std::variant<Number, Range>> values;
  std::vector<SackBlock> sack;
  /// The octets behind kind and length for options written raw (`kind 253 0x0102`) and for tfo; unset if not raw.
  std::optional<std::string> raw;
};

namespace option_kind {
inline constexpr std::uint8_t Eol = 0, Nop = 1, Mss = 2, WindowScale = 3, SackPermitted = 4, Sack = 5, Timestamps = 8,
                              FastOpen = 34;
}

/// The ladder's flags are the header's.
namespace flag = wire::tcp_flag;

/// "SYN,ACK", or "null" for none.
std::string flags_text(std::uint16_t flags);

struct SegmentSpec {
  std::uint16_t flags = 0;
  std::vector<Field> fields;
  /// Unset: the defaults of the end that sends it. Set and empty (`<>`): none at all.
  std::optional<std::vector<Option>> options;

  const Field* find(Key key) const;
};

/// `again @x`: that packet once more with a new IP ID; `overrides` change it.
struct Again {
  std::string label;
  SegmentSpec overrides;
};

/// `becomes seq!=5 <-mss>`: what may and must be different on arrival.
struct Change {
  std::vector<Field> fields;
  std::vector<Option> options;
};

struct Guard {
  std::string label;
  bool arrived = true;  ///< `if`; false for `unless`
};

struct Repeat {
  std::uint32_t least = 1;  ///< `x 3`: both 3; `x 1..3`: until it arrives, at most three times
  std::uint32_t most = 1;
  time::Duration every{};  ///< pause between two; zero: one burst
};

/// `within 1s of @x`, `after 1s`; counted from the line before where no label is given.
struct TimeLimit {
  std::optional<time::Duration> within, after;
  std::string of_label;
};

struct Packet {
  Endpoint from, to;
  Crossing crossing = Crossing::Must;
  std::variant<SegmentSpec, Again> segment;
  std::optional<Change> becomes;
  Repeat repeat;
  TimeLimit limit;
  bool lost = false;  ///< it must arrive on the far wire, but the far end behaves as if it had not
};

struct Forgets {};   ///< the party loses the connection without a word
struct Connects {};  ///< three-way handshake begun by the party
struct Closes {};    ///< FIN handshake begun by the party
struct Wait {
  time::Duration duration{};
};  ///< time passes
struct Silence {
  time::Duration duration{};
};  ///< time passes and neither end may hear anything
struct Applies {
  std::string change;
};  ///< a named change of the bench

struct Resets {};  ///< RST by the party, as ABORT does (RFC 9293 section 3.10.5)
/// Octets of the pattern, or a text; over TLS once the connection has it.
struct Sends {
  std::uint32_t octets = 0;
  std::string text;  ///< not empty: this instead of the pattern
};
struct StartsTls {};  ///< a full handshake begun by the client
/// The same, offering a session: that of the act of that label, or of the last that got one.
struct ResumesTls {
  std::string of;
};
/// `server forgets sessions`: those of before are not known there any more.
struct ForgetsSessions {};
struct Runs {};  ///< the party's program, from its start to its end

struct Act {
  Endpoint who;
  std::variant<Forgets, Connects, Closes, Wait, Silence, Applies, Resets, Sends, StartsTls, ResumesTls, ForgetsSessions,
               Runs>
      what;
};

struct Step {
  Source where;
  std::string text;       ///< the line as written, blanks trimmed, comment removed
  std::string comment;    ///< what stood behind `#`, for reports
  std::string label;      ///< `@name`, without the @
  bool together = false;  ///< `&`: sent at once, together with the line before
  std::optional<Guard> guard;
  std::variant<Packet, Act> what;
};

/// `[expect] syn = ["crossed", "answered"]`: any of them will do.
struct Outcome {
  /// From Completes on: of an act. Resumed and Full are Completes with and without a session.
  enum class Kind : std::uint8_t {
    Crossed,
    Dropped,
    Answered,
    Becomes,
    Count,
    Completes,
    Resumed,
    Full,
    Alert,
    Reset,             ///< both ends heard a RST, or one did and the other had said it
    HalfOpen,          ///< one end's connection is gone, the other's is not
    Closed,            ///< a FIN came before the act was over
    WrongCertificate,  ///< the handshake is complete, with a certificate that is not the server's
    Hangs,
  };
  Kind kind = Kind::Crossed;
  Change becomes;                     ///< Kind::Becomes
  std::string text;                   ///< as written
  std::uint32_t least = 0, most = 0;  ///< Kind::Count, how many of a repeated line crossed
};

/// A real program on the kernel's own stack as an end (namespace world only).
struct Program {
  /// Words {server} {port} {family} {name} {dir} are replaced: the server's address and port, "4" or "6", the server's
  /// name, a private directory.
  std::vector<std::string> command;
  std::map<std::string, std::string> files;  ///< name to text, written into the directory, words replaced
  std::vector<std::string> needs;            ///< programs that must be found in PATH
  std::string package;                       ///< Debian package that brings them, for the message
};

/// One end's own settings.
struct EndConfig {
  std::uint16_t port = 0;            ///< 0: chosen by the run
  std::uint16_t mtu = 1500;          ///< octets of an IP packet, 68 to 9000
  bool omit_mss = false;             ///< `mss = "omit"`: no MSS option in SYN and SYN-ACK
  std::optional<std::uint16_t> mss;  ///< unset: MTU less the fixed headers
  std::uint32_t window = 65535;      ///< octets announced, before scaling
  bool timestamps = false;           ///< offered (RFC 7323); of live acts
  bool sack = true;                  ///< offered (RFC 2018); of live acts
  bool challenge_acks = true;        ///< whether it sends those of RFC 5961; of live acts
  tcp::Cuts cuts;                    ///< `segments = { of = 536, every = "10ms" }`: of live acts
  tcp::Push push = tcp::Push::LastOfSend;
  tcp::Deviations deviations;
  std::optional<Program> program;  ///< unset: this end is twinwire's own

  /// What its SYN announces unless the option is omitted: `mss`, else the MTU less the fixed headers (RFC 9293 section
  /// 3.7.1).
  std::uint16_t announced_mss(wire::Family family) const;
};

/// `[client] tls` and `[server] tls`.
struct TlsConfig {
  tls::ClientSettings client;
  tls::ServerSettings server;
  tls::Resumption resume = tls::Resumption::None;
  /// `[client] tls.resuming`: of handshakes that resume a session, where they differ from those that bring one.
  std::optional<tls::ClientSettings> resuming;
  /// Records and raw octets that OpenSSL would refuse to make; empty: OpenSSL makes the hello.
  std::string raw_hello;
};

/// One dotted path of a sweep with what it runs over.
struct SweepAxis {
  std::string path;
  std::int64_t from = 0, to = 0;    ///< of the axis that is searched; durations in nanoseconds
  bool duration = false;            ///< values are written as durations
  std::vector<std::string> values;  ///< of an axis across: each as `--set` would have it
};

struct Scenario;

/// `[sweep]`: which value is the first that fails.
struct Sweep {
  SweepAxis search;               ///< `find = "limit"`
  std::vector<SweepAxis> across;  ///< each value of each is searched once, to tell octets, packets, records and time
  unsigned repeats = 3;           ///< probes on each side of the boundary
  /// The cell with such settings put in, as a probe walks it; it has no sweep itself. Throws LoadError.
  std::function<Scenario(const std::map<std::string, std::string>&)> probe;
};

/// The profile of the device under test, which the bench declares.
enum class Profile : std::uint8_t { Transparent, Strict, Nat, Proxy };
std::string_view name(Profile profile);

/// One cell: a scenario file with one choice of matrix values, one family.
struct Scenario {
  std::string id;    ///< path under the root without ".toml", e.g. "tcp/challenge-ack/established"
  std::string cell;  ///< matrix values joined by "-", or ""
  wire::Family family = wire::Family::Ipv4;
  std::string file;
  std::string title, why;
  std::vector<std::string> references, tags;
  std::vector<std::string>
      capabilities;        ///< `requires`, plus what the ladder implies: "segments", "device-forgets", "apply:NAME"
  bool exclusive = false;  ///< runs alone on the bench; implied by `device applies`
  EndConfig client, server;
  std::optional<TlsConfig> tls;
  std::vector<Step> steps;
  std::optional<Sweep> sweep;
  std::optional<Population> population;
  /// `[expect] ticket = "kept"`: a ticket has as many octets at the client as the server gave it.
  bool ticket_kept = false;
  /// `[expect] client_hello = "whole"`: every octet of the last ClientHello reaches the server, unchanged.
  bool whole_hello = false;
  /// Label to outcomes, for all profiles under the empty profile; the more special one wins.
  std::map<std::string, std::vector<Outcome>> expect;
  std::map<Profile, std::map<std::string, std::vector<Outcome>>> expect_profile;

  /// Where the server listens: the port that is written, else 443, which most policies let through.
  std::uint16_t server_port() const { return server.port != 0 ? server.port : std::uint16_t{443}; }
  /// What is expected of `label` on a device of this profile; empty if nothing is.
  const std::vector<Outcome>& expected(const std::string& label, Profile profile) const;
};

}  // namespace twinwire::scenario
