// SPDX-License-Identifier: Apache-2.0
// Each end's sequence space is followed from its ISS on: SND.NXT is the first number not yet sent without a hole, and
// what was sent beyond it is kept apart. Where a number is known only in the run, or a line may not be walked, nothing
// is known of that end from there on, and nothing is complained of.
#include "harness/scenario/connections.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "harness/scenario/live_acts.hpp"

namespace twinwire::scenario {
namespace {

struct Stretch {
  std::int64_t begin = 0, end = 0;
  int line = 0;
};

class Space {
 public:
  Space() = default;
  void open() { *this = Space(1); }
  void forget() { *this = Space(); }
  /// From here on nothing is known, until the end forgets.
  void lose() {
    forget();
    fresh_ = false;
  }

  void send(const SegmentSpec& segment, int line) {
    const bool syn = (segment.flags & flag::Syn) != 0;
    const auto length = length_of(segment);
    // A repeated SYN keeps its ISS, and with it all that was sent since.
    if (syn && (fresh_ || segment.find(Key::Iss) != nullptr)) *this = Space(0);
    const auto seq = seq_of(segment, syn);
    if (!length || !seq || !next_) return lose();
    if (*length == 0) return;
    beyond_.push_back({*seq, *seq + *length, line});
    fill();
  }

  void advance(std::int64_t octets) {
    if (next_) *next_ += octets;
  }

  /// What was sent behind a hole; null if nothing was.
  const Stretch* hole() const { return beyond_.empty() ? nullptr : &beyond_.front(); }

  /// Of sequence space; nothing if that is not known.
  static std::optional<std::int64_t> length_of(const SegmentSpec& segment) {
    std::int64_t length = (segment.flags & flag::Syn) != 0 ? 1 : 0;
    if ((segment.flags & flag::Fin) != 0) ++length;
    const Field* len = segment.find(Key::Len);
    const Field* octets = segment.find(Key::Data);
    if (octets != nullptr && std::holds_alternative<Text>(octets->value))
      return length + static_cast<std::int64_t>(std::get<Text>(octets->value).octets.size());
    if (len == nullptr) return octets == nullptr ? std::optional(length) : std::nullopt;
    const auto* number = std::get_if<Number>(&len->value);
    if (number == nullptr || number->base != Number::Base::Literal) return std::nullopt;
    return length + number->offset;
  }

 private:
  explicit Space(std::int64_t next) : next_(next), fresh_(false) {}

  std::optional<std::int64_t> seq_of(const SegmentSpec& segment, bool syn) const {
    const Field* field = segment.find(Key::Seq);
    if (field == nullptr) return syn ? std::optional<std::int64_t>(0) : next_;
    const auto* number = std::get_if<Number>(&field->value);
    if (number == nullptr || number->old) return std::nullopt;
    if (number->base == Number::Base::Literal) return number->offset;
    if (number->base == Number::Base::SndNxt && next_) return *next_ + number->offset;
    return std::nullopt;
  }

  void fill() {
    std::sort(beyond_.begin(), beyond_.end(), [](const Stretch& a, const Stretch& b) { return a.begin < b.begin; });
    auto first = beyond_.begin();
    for (; first != beyond_.end() && first->begin <= *next_; ++first) next_ = std::max(*next_, first->end);
    beyond_.erase(beyond_.begin(), first);
  }

  std::optional<std::int64_t> next_;
  bool fresh_ = true;  ///< no connection has begun
  std::vector<Stretch> beyond_;
};

struct Connection {
  Space client, server;
  bool client_wrote_window = false, server_wrote_window = false;

  Space& of(Party party) { return party == Party::Client ? client : server; }
  bool& wrote_window(Party party) { return party == Party::Client ? client_wrote_window : server_wrote_window; }
};

std::string end_name(Party party) { return party == Party::Client ? "the client" : "the server"; }

class Follower {
 public:
  explicit Follower(const Scenario& scenario) : scenario_(scenario) {}

  void follow(const ParsedLine& line) {
    if (const auto* packet = std::get_if<Packet>(&line.step.what))
      follow(*packet, line);
    else
      follow(std::get<Act>(line.step.what), line);
  }

 private:
  void follow(const Packet& packet, const ParsedLine& line) {
    const Endpoint& client = packet.from.party == Party::Client ? packet.from : packet.to;
    const Endpoint& server = packet.from.party == Party::Server ? packet.from : packet.to;
    named_.insert(client.port);
    named_.insert(server.port);
    if (!is_end(packet.from.party)) return;
    Connection& connection = connections_[client.port + ":" + (server.party == Party::Server ? server.port : "")];
    const auto* segment = std::get_if<SegmentSpec>(&packet.segment);
    if (segment == nullptr) return;
    check_burst(packet, *segment, connection, line);
    if (segment->find(Key::Win) != nullptr) connection.wrote_window(packet.from.party) = true;
    Space& space = connection.of(packet.from.party);
    const bool counted = packet.repeat.most == 1 && !line.step.guard;
    if (counted)
      space.send(*segment, line.step.where.line);
    else if (Space::length_of(*segment) != 0)
      space.lose();
  }

  void follow(const Act& act, const ParsedLine& line) {
    const auto* sends = std::get_if<Sends>(&act.what);
    const bool carries_on = sends != nullptr || is_handshake(act) || std::holds_alternative<Closes>(act.what);
    const bool opens = std::holds_alternative<Connects>(act.what);
    const bool of_no_connection =
        std::holds_alternative<Runs>(act.what) || std::holds_alternative<ForgetsSessions>(act.what);
    if (!is_end(act.who.party) || of_no_connection) return;
    if (opens) named_.insert(act.who.port);
    if (sends != nullptr || is_handshake(act) || std::holds_alternative<Resets>(act.what)) check_open(act, line);
    for (auto* connection : connections_of(act)) {
      if (carries_on) check_hole(*connection, line);
      apply(act, *connection);
    }
  }

  static void apply(const Act& act, Connection& connection) {
    if (std::holds_alternative<Connects>(act.what)) {
      connection.client.open();
      connection.server.open();
    } else if (const auto* sends = std::get_if<Sends>(&act.what)) {
      connection.of(act.who.party)
          .advance(sends->text.empty() ? sends->octets : static_cast<std::int64_t>(sends->text.size()));
    } else if (std::holds_alternative<Forgets>(act.what) || std::holds_alternative<Resets>(act.what)) {
      connection.of(act.who.party).forget();
    } else {
      connection.client.lose();
      connection.server.lose();
    }
  }

  /// An end names a connection by its own port, so that one of the server may be any with that name.
  std::vector<Connection*> connections_of(const Act& act) {
    std::vector<Connection*> found;
    const std::string& port = act.who.port;
    found.push_back(&connections_[act.who.party == Party::Client ? port + ":" : ":" + port]);
    for (auto& [name, connection] : connections_) {
      const bool same = act.who.party == Party::Client ? name.starts_with(port + ":") : name == port + ":";
      if (same && &connection != found.front()) found.push_back(&connection);
    }
    return found;
  }

  void check_open(const Act& act, const ParsedLine& line) const {
    if (named_.contains(act.who.port)) return;
    const std::string client = act.who.port.empty() ? "client" : "client." + act.who.port;
    fail(line.where, "no line above opens this connection; expected '" + client + " connects' further up");
  }

  static void check_hole(Connection& connection, const ParsedLine& line) {
    for (const Party party : {Party::Client, Party::Server}) {
      const Stretch* hole = connection.of(party).hole();
      if (hole == nullptr) continue;
      fail(line.where,
           "line " + std::to_string(hole->line) + " has left a hole in what " + end_name(party) +
               " sends, and a live end cannot go on behind it; expected a line that fills it before this act");
    }
  }

  /// A burst waits for no acknowledgment. Who means to overrun a window writes it, or the sequence number.
  void check_burst(const Packet& packet, const SegmentSpec& segment, Connection& connection,
                   const ParsedLine& line) const {
    const auto length = Space::length_of(segment);
    const bool burst = packet.repeat.most > 1 && packet.repeat.every == time::Duration{} && is_end(packet.to.party);
    if (!burst || !length || *length == 0 || (segment.flags & flag::Syn) != 0) return;
    if (segment.find(Key::Seq) != nullptr || connection.wrote_window(packet.to.party)) return;
    const EndConfig& receiver = packet.to.party == Party::Client ? scenario_.client : scenario_.server;
    const std::int64_t window = receiver.window;
    if (*length * packet.repeat.most <= window) return;
    fail(line.where, std::to_string(packet.repeat.most) + " segments of " + std::to_string(*length) +
                         " octets overrun the " + std::to_string(window) + " octets that " + end_name(packet.to.party) +
                         " announces; expected at most 'x " + std::to_string(window / *length) +
                         "', a larger window, or 'seq' written");
  }

  const Scenario& scenario_;
  std::map<std::string, Connection> connections_;
  std::set<std::string> named_;
};

}  // namespace

void check_connections(const std::vector<ParsedLine>& lines, const Scenario& scenario) {
  Follower follower(scenario);
  for (const ParsedLine& line : lines) follower.follow(line);
}

}  // namespace twinwire::scenario
