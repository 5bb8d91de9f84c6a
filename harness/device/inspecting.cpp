// SPDX-License-Identifier: Apache-2.0
// A firewall that looks into TLS with the server's key and is switched on while clients hold sessions. Every segment is
// read on its way, and all is forwarded until something is seen that must not go on: the segment that shows it stays
// behind, the ends are told as set, and nothing of the connection passes any more until a new SYN. What is modelled of
// the decryption is what it takes to know a session: the device follows each full handshake and learns the sessions
// that come of it; a resumption of any other session has keys that it never had. What belongs to no connection that it
// saw begin passes, and so does all while inspection is off.
#include <algorithm>
#include <array>

#include "generator/tls/record_opener.hpp"
#include "harness/device/connection_log.hpp"
#include "harness/device/crossing.hpp"
#include "harness/device/inspection.hpp"
#include "harness/device/interrupted.hpp"
#include "harness/device/session_watch.hpp"

namespace twinwire::device {

namespace {

namespace flag = wire::tcp_flag;
using Sight = SessionWatch::Sight;
using Seen = SessionWatch::Seen;

/// A fatal alert in plain text (RFC 8446 section 6). decrypt_error (51) is the one for a cryptographic operation of the
/// handshake that failed, a PSK binder among them, and that has become of the device: it has no secret that belongs to
/// the session. A server that does not know a session gives no alert, so this one is told from any of a server's.
constexpr std::array<std::uint8_t, 7> decrypt_error_alert{21, 3, 3, 0, 2, 2, 51};

constexpr std::array counter_names{"connections",          "handshakes_followed", "sessions_learnt",
                                   "resumptions_followed", "resumptions_passed",  "decrypt_error",
                                   "undecryptable",        "sessions_declined",   "not_followed",
                                   "resets_sent",          "alerts_sent",         "segments_dropped"};

/// What becomes of the segment that is being read, and with it of the connection.
enum class Outcome : std::uint8_t {
  GoesOn,   ///< is forwarded, and the next is read
  LetGo,    ///< is forwarded, and nothing is read any more
  Refused,  ///< stays behind, and nothing passes any more
};

struct Connection {
  explicit Connection(Crossing begun) : crossing(std::move(begun)) { from_client.begin(crossing.iss() + 1); }

  Crossing crossing;
  OctetStream from_client, from_server;
  SessionWatch watch;
  std::vector<std::uint8_t> random;  ///< by which secrets of it are told
  /// All that the client has of the server's stream ends between two records, so that an alert can follow.
  bool can_be_told = false;
};

class Inspecting final : public Middlebox {
 public:
  explicit Inspecting(const Settings& settings) {
    for (const char* name : counter_names) counters_[name] = 0;
    configure(settings);
  }

  void on_frame(Party from, time::Instant, wire::Bytes frame, const Emit& emit) override {
    const auto packet = wire::decode(frame);
    // What the receiver would throw away is not read either.
    const bool counts = rules_.inspection == Inspection::On && packet && packet->tcp && packet->tcp->checksum_ok;
    if (!counts || passes(from, *packet, emit)) {
      emit(other(from), frame);
    } else {
      ++counters_["segments_dropped"];
    }
  }

  std::vector<std::string> take_log(const wire::FourTuple& tuple) override { return log_.take(tuple); }
  std::map<std::string, std::uint64_t> counters() const override { return counters_; }

  void forget(const wire::FourTuple& tuple) override {
    interrupted_.erase(tuple);
    if (const Known known = known_.find(tuple); known != known_.end()) end(known);
  }

  void learn_secret(const std::string& line) override {
    const auto secret = tls::read_key_log_line(line);
    if (!secret || secret->label != "SERVER_TRAFFIC_SECRET_0") return;
    const auto tuple = by_random_.find(secret->client_random);
    if (tuple == by_random_.end()) return;
    const Known known = known_.find(tuple->second);
    known->second.watch.learn_secret(secret->secret);
    look(known, {}, [](Party, wire::Bytes) {});
  }

  void configure(const Settings& settings) override {
    const InspectionChange change = read_inspection(settings, rules_);
    rules_ = change.rules;
    if (change.clears_sessions) sessions_.clear();
    if (rules_.inspection == Inspection::On) return;
    known_.clear();
    by_random_.clear();
    interrupted_.clear();
  }

 private:
  using Known = std::map<wire::FourTuple, Connection>::iterator;

  bool passes(Party from, const wire::Packet& packet, const Emit& emit) {
    const wire::FourTuple tuple = tuple_of(from, packet);
    const wire::Tcp& tcp = *packet.tcp;
    const bool opens = from == Party::Client && tcp.has(flag::Syn) && !tcp.has(flag::Ack);
    if (opens) interrupted_.erase(tuple);
    if (interrupted_.contains(tuple)) {
      if (from == Party::Client) answer(tuple, tcp, emit);
      return false;
    }
    Known known = known_.find(tuple);
    if (known == known_.end()) {
      if (!opens) return true;
      known = known_.emplace(tuple, Connection(Crossing(packet))).first;
      ++counters_["connections"];
    }
    if (tcp.has(flag::Rst)) {
      if (known->second.crossing.ends_by(from, tcp)) end(known);
      return true;
    }
    if (from == Party::Server && tcp.has(flag::Syn)) syn_ack(known, tcp);
    const Outcome outcome = from == Party::Client ? read_client(known, tcp) : read_server(known, tcp, emit);
    if (outcome == Outcome::GoesOn) forward(known, from, tcp);
    return outcome != Outcome::Refused;
  }

  void syn_ack(Known known, const wire::Tcp& tcp) {
    auto& [tuple, connection] = *known;
    if (connection.crossing.is_reopened_by(tcp)) {
      note_end(tuple, connection);
      unregister(tuple, connection);
      connection = Connection(connection.crossing.reopened());
      ++counters_["connections"];
    }
    if (tcp.has(flag::Ack) && !connection.crossing.answered()) connection.from_server.begin(tcp.seq + 1);
  }

  void forward(Known known, Party from, const wire::Tcp& tcp) {
    known->second.crossing.forward(from, tcp);
    if (known->second.crossing.finished()) end(known);
  }

  Outcome read_client(Known known, const wire::Tcp& tcp) {
    Connection& connection = known->second;
    const bool other_syn = tcp.has(flag::Syn) && tcp.seq != connection.crossing.iss();
    if (other_syn || tcp.payload.empty() || !connection.watch.awaits_server_hello()) return Outcome::GoesOn;
    const auto octets = connection.from_client.take(tcp);
    if (!octets) return let_go(known, "not_followed");
    connection.watch.client(*octets);
    if (connection.random.empty() && !connection.watch.client_random().empty()) {
      connection.random = connection.watch.client_random();
      by_random_[connection.random] = known->first;
    }
    return Outcome::GoesOn;
  }

  Outcome read_server(Known known, const wire::Tcp& tcp, const Emit& emit) {
    Connection& connection = known->second;
    if (tcp.payload.empty()) return Outcome::GoesOn;
    connection.can_be_told = connection.watch.between_records() && !connection.from_server.has_hole();
    const auto octets = connection.from_server.take(tcp);
    if (!octets) return let_go(known, "not_followed");
    return look(known, *octets, emit);
  }

  Outcome look(Known known, wire::Bytes octets, const Emit& emit) {
    while (const auto seen = known->second.watch.server(octets)) {
      const Outcome outcome = meet(known, *seen, emit);
      if (outcome != Outcome::GoesOn) return outcome;
    }
    return Outcome::GoesOn;
  }

  Outcome meet(Known known, const Seen& seen, const Emit& emit) {
    switch (seen.sight) {
      case Sight::FullHandshake:
        return meet_full_handshake(known, seen.sessions, emit);
      case Sight::Resumption:
        return meet_resumption(known, seen.sessions.front(), emit);
      case Sight::Issued:
        for (const auto& session : seen.sessions) sessions_.learn(session, known->second.watch.server_name());
        counters_["sessions_learnt"] += seen.sessions.size();
        return Outcome::GoesOn;
      case Sight::Undecryptable:
        note_undecryptable(known->first, seen.reason);
        return let_go(known);
      case Sight::NotTls:
        return let_go(known, "not_followed");
      case Sight::Over:
        break;
    }
    return let_go(known);
  }

  Outcome meet_full_handshake(Known known, const std::vector<SessionName>& offered, const Emit& emit) {
    ++counters_["handshakes_followed"];
    const auto declined = std::ranges::find_if(offered, [&](const auto& session) { return knows(known, session); });
    if (declined == offered.end()) return Outcome::GoesOn;
    ++counters_["sessions_declined"];
    if (rules_.declined == Declined::Follow) return Outcome::GoesOn;
    return refuse(known, "session-declined: full handshake in answer to a known session", declined->kind,
                  Reaction::Reset, emit);
  }

  Outcome meet_resumption(Known known, const SessionName& session, const Emit& emit) {
    if (knows(known, session)) {
      ++counters_["resumptions_followed"];
      if (rules_.uses == Uses::One) sessions_.forget(session);
      return Outcome::GoesOn;
    }
    ++counters_["decrypt_error"];
    return refuse(known, "decrypt-error: session not seen before", session.kind, rules_.unknown_session, emit);
  }

  bool knows(Known known, const SessionName& session) const {
    return sessions_.knows(session, known->second.watch.server_name(), rules_.names);
  }

  Outcome refuse(Known known, std::string_view why, tls::Resumption kind, Reaction reaction, const Emit& emit) {
    if (reaction == Reaction::Alert && !known->second.can_be_told) reaction = Reaction::Reset;
    log_.write(known->first, std::string(why) + ", " + std::string(words(kind)) + ", " + to_text(known->first) + ": " +
                                 std::string(words(reaction)));
    if (reaction == Reaction::Pass) return let_go(known, "resumptions_passed");
    const Crossing& crossing = known->second.crossing;
    std::optional<craft::Segment> farewell;
    if (reaction == Reaction::Reset) reset(Party::Client, crossing, emit);
    if (reaction == Reaction::Alert) farewell = alert(crossing, emit);
    if (reaction != Reaction::Drop) reset(Party::Server, crossing, emit);
    interrupted_.add(known->first, std::move(farewell));
    erase(known);
    return Outcome::Refused;
  }

  void reset(Party toward, const Crossing& crossing, const Emit& emit) {
    auto rst = crossing.next_segment(toward);
    if (!rst) return;
    rst->flags = flag::Rst;
    rst->ack = 0;
    ++counters_["resets_sent"];
    emit(toward, builder_.tcp(*rst));
  }

  /// With FIN, as of a server that has said its last (RFC 8446 section 6.2).
  std::optional<craft::Segment> alert(const Crossing& crossing, const Emit& emit) {
    auto farewell = crossing.next_segment(Party::Client);
    if (!farewell) return std::nullopt;
    farewell->flags = flag::Psh | flag::Ack | flag::Fin;
    farewell->window = UINT16_MAX;
    farewell->payload.assign(decrypt_error_alert.begin(), decrypt_error_alert.end());
    ++counters_["alerts_sent"];
    emit(Party::Client, builder_.tcp(*farewell));
    return farewell;
  }

  void answer(const wire::FourTuple& tuple, const wire::Tcp& tcp, const Emit& emit) {
    if (const auto segment = interrupted_.answer(tuple, tcp)) emit(Party::Client, builder_.tcp(*segment));
  }

  /// What is not read any more passes.
  Outcome let_go(Known known, const char* counter = nullptr) {
    if (counter != nullptr) ++counters_[counter];
    erase(known);
    return Outcome::LetGo;
  }

  void end(Known known) {
    note_end(known->first, known->second);
    erase(known);
  }

  void note_end(const wire::FourTuple& tuple, const Connection& connection) {
    if (const auto seen = connection.watch.ends()) note_undecryptable(tuple, seen->reason);
  }

  void note_undecryptable(const wire::FourTuple& tuple, const std::string& reason) {
    ++counters_["undecryptable"];
    log_.write(tuple, "undecryptable: " + reason + ", TLS 1.3, " + to_text(tuple) + ": passed");
  }

  void erase(Known known) {
    unregister(known->first, known->second);
    known_.erase(known);
  }

  void unregister(const wire::FourTuple& tuple, const Connection& connection) {
    const auto registered = by_random_.find(connection.random);
    if (registered != by_random_.end() && registered->second == tuple) by_random_.erase(registered);
  }

  InspectionRules rules_;
  KnownSessions sessions_;
  craft::Builder builder_;
  std::map<wire::FourTuple, Connection> known_;
  std::map<std::vector<std::uint8_t>, wire::FourTuple> by_random_;  ///< of the client
  Interrupted interrupted_;
  ConnectionLog log_;
  std::map<std::string, std::uint64_t> counters_;
};

}  // namespace

std::unique_ptr<Middlebox> make_inspecting(const Settings& settings) { return std::make_unique<Inspecting>(settings); }

}  // namespace twinwire::device
