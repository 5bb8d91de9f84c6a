// SPDX-License-Identifier: Apache-2.0
// A proxy that nobody sees but by what it does: it answers a client in the server's name and speaks to the server in
// the client's, each time with the Ethernet and IP addresses and the ports of the other. Every connection that a client
// begins while inspection is on is ended here, and of its segments none crosses; those that began before pass as they
// are, and those that were ended here go on so after inspection has been switched off. To the discard service nobody
// speaks TLS, and it is left alone. So is what is no TCP, fragments included, except that a router's word about the
// MTU, where it is about a connection of the proxy's own, is for the proxy.
//
// OpenSSL reads the machine's clock: sessions that the model has given do not age by the time that it is told.
#include <vector>

#include "harness/device/connection_log.hpp"
#include "harness/device/crossing.hpp"
#include "harness/device/deadlines.hpp"
#include "harness/device/middlebox.hpp"
#include "harness/device/settings.hpp"
#include "harness/device/terminating_relay.hpp"

namespace twinwire::device {

namespace {

namespace flag = wire::tcp_flag;

constexpr std::string_view model_name = "terminating";
constexpr std::string_view known_settings =
    "certificate, early-data, inspection, sessions, ticket-bytes, tickets and versions";
constexpr std::uint16_t discard_port = 9;  // RFC 863
constexpr std::uint64_t most_ticket_bytes = 65'000;

enum class Inspection : std::uint8_t { On, Off };
enum class Sessions : std::uint8_t { Clear, Keep };

/// The connection whose packet a router quotes back from the wire of `from`: it had gone that way.
wire::FourTuple quoted_tuple(Party from, const wire::Quoted& quoted) {
  if (from == Party::Server) return {quoted.src, quoted.dst, quoted.src_port, quoted.dst_port};
  return {quoted.dst, quoted.src, quoted.dst_port, quoted.src_port};
}

class Terminating final : public Middlebox {
 public:
  explicit Terminating(const Settings& settings) { configure(settings); }

  void on_frame(Party from, time::Instant now, wire::Bytes frame, const Emit& emit) override {
    const auto packet = wire::decode(frame);
    const bool taken = packet && (packet->tcp ? takes(from, now, *packet) : hears_of_mtu(from, now, *packet));
    if (!taken) emit(other(from), frame);
    send(emit);
  }

  std::optional<time::Instant> deadline() const override { return deadlines_.next(); }

  void on_time(time::Instant now, const Emit& emit) override {
    while (const auto tuple = deadlines_.due(now)) {
      const Known known = known_.find(*tuple);
      known->second.expires(now);
      settle(known);
    }
    send(emit);
  }

  std::vector<std::string> take_log(const wire::FourTuple& tuple) override { return log_.take(tuple); }

  std::map<std::string, std::uint64_t> counters() const override {
    return {{"connections_terminated", counts_.connections}, {"handshakes_full", counts_.full},
            {"handshakes_resumed", counts_.resumed},         {"handshakes_failed", counts_.failed},
            {"servers_not_reached", counts_.not_reached},    {"relayed_octets", counts_.octets}};
  }

  void forget(const wire::FourTuple& tuple) override {
    if (const Known known = known_.find(tuple); known != known_.end()) erase(known);
  }

  void trust(const tls::Credentials& server) override { tls_.trust(server); }

  void configure(const Settings& settings) override {
    ProxyTlsSettings asked = tls_.settings();
    Inspection inspection = inspection_;
    Sessions sessions = Sessions::Keep;
    for (const auto& [key, value] : settings) {
      const Setting setting{model_name, key, value};
      if (key == "inspection") {
        inspection = static_cast<Inspection>(read_word(setting, {"on", "off"}));
      } else if (key == "sessions") {
        sessions = static_cast<Sessions>(read_word(setting, {"clear", "keep"}));
      } else {
        read_into(asked, setting);
      }
    }
    inspection_ = inspection;
    tls_.configure(asked);
    if (sessions == Sessions::Clear) tls_.forget_sessions();
  }

 private:
  using Known = std::map<wire::FourTuple, ProxiedConnection>::iterator;

  static void read_into(ProxyTlsSettings& asked, const Setting& setting) {
    if (setting.key == "certificate") {
      asked.certificate = static_cast<ProxyCertificate>(read_word(setting, {"origin", "forged"}));
    } else if (setting.key == "versions") {
      asked.highest = read_word(setting, {"1.2-1.3", "1.2"}) == 0 ? tls::Version::Tls13 : tls::Version::Tls12;
    } else if (setting.key == "tickets") {
      asked.tickets = read_word(setting, {"yes", "no"}) == 0;
    } else if (setting.key == "ticket-bytes") {
      asked.ticket_bytes = static_cast<std::uint32_t>(read_number(setting, {.most = most_ticket_bytes}));
    } else if (setting.key == "early-data") {
      asked.early_data = static_cast<std::uint32_t>(read_number(setting));
    } else {
      refuse_key(setting, known_settings);
    }
  }

  /// Whether the segment is the proxy's own, and not to cross.
  bool takes(Party from, time::Instant now, const wire::Packet& packet) {
    const wire::FourTuple tuple = tuple_of(from, packet);
    const wire::Tcp& tcp = *packet.tcp;
    Known known = known_.find(tuple);
    const bool opens = from == Party::Client && tcp.has(flag::Syn) && !tcp.has(flag::Ack);
    if (opens && known != known_.end() && known->second.over()) {
      erase(known);
      known = known_.end();
    }
    const bool begins = opens && inspection_ == Inspection::On && tcp.dst_port != discard_port;
    if (known == known_.end() && !begins) return false;
    if (!tcp.checksum_ok) return true;
    if (known == known_.end()) {
      known = known_.try_emplace(tuple, packet, now, tls_, counts_, transmit()).first;
    }
    known->second.arrives(from, tcp, now);
    settle(known);
    return true;
  }

  bool hears_of_mtu(Party from, time::Instant now, const wire::Packet& packet) {
    const auto mtu = wire::next_hop_mtu(packet);
    const auto quoted = mtu ? wire::quoted_by_icmp(packet) : std::nullopt;
    const Known known = quoted ? known_.find(quoted_tuple(from, *quoted)) : known_.end();
    if (known == known_.end()) return false;
    known->second.too_big(from, *mtu, now);
    settle(known);
    return true;
  }

  ProxiedConnection::Transmit transmit() {
    return [this](Party toward, craft::Segment segment) {
      segment.ip_id = ip_id_++;
      out_.emplace_back(toward, builder_.tcp(segment));
    };
  }

  /// What the ends have made goes out when they have done, and not from their midst.
  void send(const Emit& emit) {
    for (const auto& [toward, frame] : std::exchange(out_, {})) emit(toward, frame);
  }

  void settle(Known known) {
    ProxiedConnection& connection = known->second;
    if (auto failure = connection.take_failure()) log_.write(known->first, std::move(*failure));
    if (connection.forgotten()) return erase(known);
    deadlines_.set(known->first, connection.deadline());
  }

  void erase(Known known) {
    deadlines_.set(known->first, std::nullopt);
    known_.erase(known);
  }

  Inspection inspection_ = Inspection::Off;
  ProxyTls tls_;
  ProxyCounts counts_;
  craft::Builder builder_;
  std::uint16_t ip_id_ = 1;
  std::map<wire::FourTuple, ProxiedConnection> known_;
  Deadlines deadlines_;
  std::vector<std::pair<Party, craft::Frame>> out_;
  ConnectionLog log_;
};

}  // namespace

std::unique_ptr<Middlebox> make_terminating(const Settings& settings) {
  return std::make_unique<Terminating>(settings);
}

}  // namespace twinwire::device
