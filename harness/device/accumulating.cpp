// SPDX-License-Identifier: Apache-2.0
// A firewall that gathers ClientHellos. A connection is known from the client's SYN on. Each segment of the client's
// with data is forwarded as it is counted; withholding it would stall the client after its initial window. When the
// hello is whole, or is none, the connection is forgotten and so passes untouched. When a limit is passed, the segment
// that passed it is not forwarded, one or both ends are reset, and nothing of the connection passes any more until a
// new SYN. What belongs to no known connection passes.
#include <algorithm>
#include <array>

#include "generator/craft/builder.hpp"
#include "generator/wire/packet.hpp"
#include "generator/wire/sequence.hpp"
#include "harness/device/accumulation.hpp"
#include "harness/device/connection_log.hpp"
#include "harness/device/crossing.hpp"
#include "harness/device/deadlines.hpp"
#include "harness/device/forwarded.hpp"
#include "harness/device/middlebox.hpp"
#include "harness/device/settings.hpp"

namespace twinwire::device {

namespace {

namespace flag = wire::tcp_flag;

constexpr std::string_view model_name = "accumulating";
constexpr std::string_view known_settings = "octets, out-of-order, packets, records, reset, sni and time";

enum class Resets : std::uint8_t { Both, Client, Server, None };
constexpr std::array<std::string_view, 4> reset_words{"reset", "reset client", "reset server", "silent"};

constexpr std::array<std::string_view, causes> refusal_counters{
    "client_hello_too_many_packets", "client_hello_too_many_octets", "client_hello_too_many_records",
    "client_hello_too_long",         "client_hello_out_of_order",    "client_hello_no_server_name"};

struct Counters {
  std::uint64_t connections = 0, whole = 0, other = 0, resets_sent = 0, segments_dropped = 0, segments_unqueued = 0;
  std::array<std::uint64_t, causes> refused{};
};

struct Connection {
  bool given_up = false;
  bool answered = false;  ///< the server's SYN-ACK has passed
  wire::Mac client_mac, server_mac;
  std::uint32_t iss = 0;  ///< of the client
  /// Of a SYN that came into this connection: it begins a new one if the server accepts it.
  std::optional<std::uint32_t> reopening;
  Forwarded to_server, to_client;
  std::uint32_t client_sent = 0;            ///< highest SEG.SEQ + SEG.LEN of the client, forwarded or not
  std::optional<std::uint32_t> client_ack;  ///< last SEG.ACK of the client
  std::optional<std::uint32_t> client_fin;  ///< SEG.SEQ + SEG.LEN of its FIN
  Accumulation gathered;
  time::Duration allowed{};  ///< from the first data to its deadline
};

class Accumulating final : public Middlebox {
 public:
  explicit Accumulating(const Settings& settings) { configure(settings); }

  void on_frame(Party from, time::Instant now, wire::Bytes frame, const Emit& emit) override {
    const auto packet = wire::decode(frame);
    // What the receiver would throw away is not gathered either.
    const bool counts = packet && packet->tcp && packet->tcp->checksum_ok;
    if (!counts || passes(from, now, *packet, emit)) {
      emit(other(from), frame);
    } else {
      ++counters_.segments_dropped;
    }
  }

  std::optional<time::Instant> deadline() const override { return deadlines_.next(); }

  void on_time(time::Instant now, const Emit& emit) override {
    while (const auto tuple = deadlines_.due(now)) {
      const Known known = known_.find(*tuple);
      give_up(known, too_long(known->second.allowed), emit);
    }
  }

  std::vector<std::string> take_log(const wire::FourTuple& tuple) override { return log_.take(tuple); }

  std::map<std::string, std::uint64_t> counters() const override {
    std::map<std::string, std::uint64_t> all{{"connections", counters_.connections},
                                             {"client_hello_whole", counters_.whole},
                                             {"no_client_hello", counters_.other},
                                             {"resets_sent", counters_.resets_sent},
                                             {"segments_dropped", counters_.segments_dropped},
                                             {"segments_unqueued", counters_.segments_unqueued}};
    for (std::size_t cause = 0; cause < causes; ++cause) {
      all.emplace(refusal_counters[cause], counters_.refused[cause]);
    }
    return all;
  }

  void forget(const wire::FourTuple& tuple) override {
    if (const Known known = known_.find(tuple); known != known_.end()) erase(known);
  }

  void configure(const Settings& settings) override {
    AccumulationLimits limits = limits_;
    Resets resets = resets_;
    for (const auto& [key, value] : settings) {
      const Setting setting{model_name, key, value};
      if (key == "reset") {
        resets = static_cast<Resets>(read_word(setting, {"both", "client", "server", "none"}));
      } else {
        read_limit_into(limits, setting);
      }
    }
    limits_ = limits;
    resets_ = resets;
  }

 private:
  using Known = std::map<wire::FourTuple, Connection>::iterator;

  static void read_limit_into(AccumulationLimits& limits, const Setting& setting) {
    if (setting.key == "packets") {
      limits.packets = read_limit(setting, {.least = 1});
    } else if (setting.key == "octets") {
      limits.octets = read_limit(setting, {.least = 1, .most = Reassembly::most_octets});
    } else if (setting.key == "records") {
      limits.records = read_limit(setting, {.least = 1});
    } else if (setting.key == "time") {
      limits.time = read_time_limit(setting);
    } else if (setting.key == "out-of-order") {
      limits.order = static_cast<Order>(read_word(setting, {"accept", "reset"}));
    } else if (setting.key == "sni") {
      limits.server_name = static_cast<NamePlace>(read_word(setting, {"anywhere", "first-packet", "first-record"}));
    } else {
      refuse_key(setting, known_settings);
    }
  }

  bool passes(Party from, time::Instant now, const wire::Packet& packet, const Emit& emit) {
    const wire::FourTuple tuple = tuple_of(from, packet);
    const wire::Tcp& tcp = *packet.tcp;
    Known known = known_.find(tuple);
    const bool opens = from == Party::Client && tcp.has(flag::Syn) && !tcp.has(flag::Ack);
    if (opens && (known == known_.end() || known->second.given_up)) {
      begin(tuple, packet);
      known = known_.find(tuple);
    }
    if (known == known_.end()) return true;
    if (known->second.given_up) return false;
    if (from == Party::Server) return server_segment(known, tcp);
    if (opens && tcp.seq != known->second.iss) {
      known->second.reopening = tcp.seq;
      return true;
    }
    return client_segment(known, now, tcp, emit);
  }

  void begin(const wire::FourTuple& tuple, const wire::Packet& packet) {
    forget(tuple);
    Connection& connection = known_[tuple];
    connection.client_mac = packet.src_mac;
    connection.server_mac = packet.dst_mac;
    connection.iss = packet.tcp->seq;
    connection.client_sent = packet.tcp->seq;
    ++counters_.connections;
  }

  bool client_segment(Known known, time::Instant now, const wire::Tcp& tcp, const Emit& emit) {
    Connection& connection = known->second;
    const std::uint32_t end = tcp.seq + tcp.seg_len();
    if (tcp.has(flag::Rst)) {
      // Only an exact RST ends a connection (RFC 5961 section 3.2).
      if (tcp.seq == connection.to_server.next()) erase(known);
      return true;
    }
    if (wire::seq_less(connection.client_sent, end)) connection.client_sent = end;
    if (tcp.has(flag::Ack)) connection.client_ack = tcp.ack;
    if (!tcp.payload.empty()) {
      const auto outcome = gather(known, now, tcp, emit);
      if (outcome != Accumulation::Outcome::Gathering) return passed_on(outcome);
    }
    if (tcp.has(flag::Syn) && !connection.to_server.next()) connection.to_server.begin(tcp.seq + 1);
    connection.to_server.add(tcp.seq, end);
    if (tcp.has(flag::Fin)) connection.client_fin = end;
    // Nothing can follow, so the hello will never be whole.
    if (connection.client_fin && connection.to_server.next() == connection.client_fin) erase(known);
    return true;
  }

  static bool passed_on(Accumulation::Outcome outcome) {
    return outcome == Accumulation::Outcome::Whole || outcome == Accumulation::Outcome::Other;
  }

  Accumulation::Outcome gather(Known known, time::Instant now, const wire::Tcp& tcp, const Emit& emit) {
    Connection& connection = known->second;
    if (limits_.time && !deadlines_.has(known->first)) {
      connection.allowed = *limits_.time;
      deadlines_.set(known->first, now + *limits_.time);
    }
    const std::uint32_t first = tcp.seq + (tcp.has(flag::Syn) ? 1U : 0U);
    const std::int64_t offset = wire::seq_distance(first, connection.iss + 1);
    const auto outcome = connection.gathered.take(limits_, offset, tcp.payload);
    switch (outcome) {
      case Accumulation::Outcome::Gathering:
        break;
      case Accumulation::Outcome::Unqueued:
        ++counters_.segments_unqueued;
        break;
      case Accumulation::Outcome::Whole:
      case Accumulation::Outcome::Other:
        ++(outcome == Accumulation::Outcome::Whole ? counters_.whole : counters_.other);
        erase(known);
        break;
      case Accumulation::Outcome::Refused:
        give_up(known, connection.gathered.refusal(), emit);
        break;
    }
    return outcome;
  }

  bool server_segment(Known known, const wire::Tcp& tcp) {
    Connection& connection = known->second;
    if (tcp.has(flag::Rst)) {
      const bool exact = tcp.seq == connection.to_client.next();
      const bool refuses = !connection.answered && tcp.has(flag::Ack) && tcp.ack == connection.to_server.next();
      if (exact || refuses) erase(known);
      return true;
    }
    if (tcp.has(flag::Syn)) {
      syn_ack(known, tcp);
    } else {
      connection.to_client.add(tcp.seq, tcp.seq + tcp.seg_len());
    }
    return true;
  }

  void syn_ack(Known known, const wire::Tcp& tcp) {
    Connection& connection = known->second;
    if (connection.reopening && tcp.ack == *connection.reopening + 1) reopen(known);
    if (!tcp.has(flag::Ack) || connection.answered) return;
    connection.answered = true;
    connection.to_client.begin(tcp.seq + tcp.seg_len());
    if (tcp.ack == connection.iss + 1) {
      connection.to_server.begin(tcp.ack);
      connection.gathered.restart_stream();
    }
  }

  void reopen(Known known) {
    Connection fresh;
    fresh.client_mac = known->second.client_mac;
    fresh.server_mac = known->second.server_mac;
    fresh.iss = *known->second.reopening;
    fresh.client_sent = fresh.iss + 1;
    fresh.to_server.begin(fresh.iss + 1);
    deadlines_.set(known->first, std::nullopt);
    known->second = std::move(fresh);
    ++counters_.connections;
  }

  void give_up(Known known, const Refusal& refusal, const Emit& emit) {
    const auto& [tuple, connection] = *known;
    ++counters_.refused[static_cast<std::size_t>(refusal.cause)];
    log_.write(tuple, "Accumulating " + refusal.words + ", " + to_text(tuple) + ": " +
                          std::string(reset_words[static_cast<std::size_t>(resets_)]));
    if (resets_ == Resets::Both || resets_ == Resets::Client) reset_client(tuple, connection, emit);
    if (resets_ == Resets::Both || resets_ == Resets::Server) reset_server(tuple, connection, emit);
    deadlines_.set(known->first, std::nullopt);
    known->second = Connection{};
    known->second.given_up = true;
  }

  /// As RFC 9293 section 3.5.2: an end whose segments acknowledge something gets a RST where it expects the next octet,
  /// one that has only sent its SYN gets one that acknowledges that.
  void reset_client(const wire::FourTuple& tuple, const Connection& connection, const Emit& emit) {
    craft::Segment rst = to_server(tuple, connection);
    std::swap(rst.src_mac, rst.dst_mac);
    std::swap(rst.src, rst.dst);
    std::swap(rst.src_port, rst.dst_port);
    rst.flags = flag::Rst;
    if (const auto expected = connection.to_client.next() ? connection.to_client.next() : connection.client_ack) {
      rst.seq = *expected;
    } else {
      rst.flags |= flag::Ack;
      rst.ack = connection.client_sent;
    }
    send(Party::Client, rst, emit);
  }

  /// None if not even the SYN went to the server.
  void reset_server(const wire::FourTuple& tuple, const Connection& connection, const Emit& emit) {
    if (!connection.to_server.next()) return;
    craft::Segment rst = to_server(tuple, connection);
    rst.flags = flag::Rst;
    rst.seq = *connection.to_server.next();
    send(Party::Server, rst, emit);
  }

  static craft::Segment to_server(const wire::FourTuple& tuple, const Connection& connection) {
    craft::Segment segment;
    segment.src_mac = connection.client_mac;
    segment.dst_mac = connection.server_mac;
    segment.src = tuple.client;
    segment.dst = tuple.server;
    segment.src_port = tuple.client_port;
    segment.dst_port = tuple.server_port;
    return segment;
  }

  void send(Party toward, const craft::Segment& segment, const Emit& emit) {
    ++counters_.resets_sent;
    emit(toward, builder_.tcp(segment));
  }

  void erase(Known known) {
    deadlines_.set(known->first, std::nullopt);
    known_.erase(known);
  }

  AccumulationLimits limits_;
  Resets resets_ = Resets::Both;
  craft::Builder builder_;
  std::map<wire::FourTuple, Connection> known_;
  Deadlines deadlines_;
  ConnectionLog log_;
  Counters counters_;
};

}  // namespace

std::unique_ptr<Middlebox> make_accumulating(const Settings& settings) {
  return std::make_unique<Accumulating>(settings);
}

}  // namespace twinwire::device
