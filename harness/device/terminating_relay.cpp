// SPDX-License-Identifier: Apache-2.0
// The client's SYN is answered at once. Its first octets say what it speaks: anything but a ClientHello in TLS records
// is relayed as it is. When the hello is whole a connection to the server is opened and a handshake made there with the
// client's server_name and ALPN protocols; only when that is complete are the client's octets, which have waited, given
// to a TLS server of the proxy's own, because now it is known which protocol to choose. From then on application data
// goes from either side to the other as that has room, and close_notify, FIN and RST go the same way, each as what it
// is. A client that stays silent may be waiting for a server that speaks first, so after a while the server's side is
// opened for it, and whoever speaks then decides. Where one side fails the other is reset. When both are gone their
// ends stay a while to answer what is still on its way.
#include "harness/device/terminating_relay.hpp"

#include <utility>

namespace twinwire::device {
namespace {

using scenario::Party;

constexpr auto client_silence = std::chrono::seconds(1);
/// For a TCP connection with the server, and as long again for the handshake: shorter than the patience of clients.
constexpr auto server_patience = std::chrono::seconds(10);
constexpr auto linger = std::chrono::seconds(60);  // 2 MSL, as an end in TIME-WAIT
/// Octets that wait on one side for the other, the ClientHello included.
constexpr std::size_t most_waiting = 262'144;
/// Of the send buffer; in the other half there is room for all that one reading of the other side gives.
constexpr std::uint32_t most_in_flight = 131'072;

tcp::Policy policy_of(wire::Family family) {
  tcp::Policy policy;
  policy.ipv6 = family == wire::Family::Ipv6;
  if (policy.ipv6) policy.mss = 1440;  // the MTU less 60 octets of headers
  return policy;
}

const tcp::Policy& policy_for(wire::Family family) {
  static const tcp::Policy ipv4 = policy_of(wire::Family::Ipv4), ipv6 = policy_of(wire::Family::Ipv6);
  return family == wire::Family::Ipv4 ? ipv4 : ipv6;
}

craft::Segment addressed_to_server(const wire::Packet& syn) {
  craft::Segment segment;
  segment.src_mac = syn.src_mac;
  segment.dst_mac = syn.dst_mac;
  segment.src = syn.src;
  segment.dst = syn.dst;
  segment.src_port = syn.tcp->src_port;
  segment.dst_port = syn.tcp->dst_port;
  return segment;
}

craft::Segment turned(craft::Segment segment) {
  std::swap(segment.src_mac, segment.dst_mac);
  std::swap(segment.src, segment.dst);
  std::swap(segment.src_port, segment.dst_port);
  return segment;
}

/// By a clock of four microseconds and the connection, as RFC 9293 section 3.4.1 has it, without a secret: the next
/// connection between the same ports begins above this one.
std::uint32_t initial_sequence(const craft::Segment& addressed, time::Instant now) {
  const auto ticks = std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch()).count() / 4;
  std::uint32_t hash = 2'166'136'261U;  // FNV-1a
  const auto mix = [&](std::uint32_t octet) { hash = (hash ^ octet) * 16'777'619U; };
  for (const std::uint8_t octet : addressed.src.bytes()) mix(octet);
  for (const std::uint8_t octet : addressed.dst.bytes()) mix(octet);
  for (const std::uint32_t port : {addressed.src_port, addressed.dst_port}) {
    mix(port >> 8U);
    mix(port & 0xFFU);
  }
  return hash + static_cast<std::uint32_t>(ticks);
}

craft::Segment filled(craft::Segment addressed, const tcp::Segment& segment) {
  addressed.seq = segment.seq;
  addressed.ack = segment.ack;
  addressed.flags = segment.flags;
  addressed.window = segment.window;
  addressed.options.assign(segment.options.begin(), segment.options.end());
  addressed.payload.assign(segment.payload.begin(), segment.payload.end());
  return addressed;
}

std::string words_of(const tls::Facts& facts) {
  if (facts.alert_received) return "alert " + std::to_string(*facts.alert_received) + " received";
  const std::string error = facts.error.empty() ? "" : " (" + facts.error + ")";
  if (facts.alert_sent) return "alert " + std::to_string(*facts.alert_sent) + " sent" + error;
  return "TLS failed" + error;
}

}  // namespace

ProxiedConnection::Side::Side(const tcp::Policy& policy, const craft::Segment& addressed, std::uint32_t iss,
                              const Transmit& transmit, Party toward)
    : name(toward == Party::Client ? "client" : "server"),
      end(policy, {}, iss, [addressed, &transmit, toward](const tcp::Segment& segment) {
        transmit(toward, filled(addressed, segment));
      }) {}

bool ProxiedConnection::Side::established() const {
  const tcp::State state = end.endpoint().state();
  return state == tcp::State::Established || state == tcp::State::CloseWait;
}

bool ProxiedConnection::Side::shaking_hands() const {
  return end.peer() != nullptr && end.peer()->facts().progress == tls::Progress::Handshaking;
}

bool ProxiedConnection::Side::tls_failed() const {
  return end.peer() != nullptr && end.peer()->facts().progress == tls::Progress::Failed;
}

bool ProxiedConnection::Side::takes_octets() const {
  return established() && !finished && !said_close_notify && !shaking_hands() && !tls_failed();
}

bool ProxiedConnection::Side::has_room() const {
  return end.endpoint().unsent() + (end.endpoint().snd_nxt() - end.endpoint().snd_una()) < most_in_flight;
}

/// Its FIN has come, and everything before that has been read.
bool ProxiedConnection::Side::said_all() const {
  return end.endpoint().peer_finished() && end.endpoint().readable() == 0;
}

/// A client whose SYN was followed by a RST has left the end in LISTEN (RFC 9293 section 3.10.7.4).
bool ProxiedConnection::Side::gone() const { return end.gone() || end.endpoint().state() == tcp::State::Listen; }

ProxiedConnection::ProxiedConnection(const wire::Packet& syn, time::Instant now, ProxyTls& tls, ProxyCounts& counts,
                                     Transmit transmit)
    : tls_(tls),
      counts_(counts),
      transmit_(std::move(transmit)),
      toward_server_(addressed_to_server(syn)),
      client_(policy_for(syn.src.family), turned(toward_server_), initial_sequence(turned(toward_server_), now),
              transmit_, Party::Client) {
  client_.end.listen();
  ++counts_.connections;
}

void ProxiedConnection::arrives(Party from, const wire::Tcp& segment, time::Instant now) {
  if (from == Party::Client) client_.end.arrives(segment, now);
  // What a server says that nobody has asked anything is left unanswered.
  if (from == Party::Server && server_) server_->end.arrives(segment, now);
  work(now);
}

void ProxiedConnection::too_big(Party toward, std::uint16_t mtu, time::Instant now) {
  if (toward == Party::Client) client_.end.too_big(mtu, now);
  if (toward == Party::Server && server_) server_->end.too_big(mtu, now);
}

std::optional<time::Instant> ProxiedConnection::deadline() const {
  auto first = due_;
  const auto consider = [&](std::optional<time::Instant> at) {
    if (at && (!first || *at < *first)) first = at;
  };
  consider(client_.end.deadline());
  if (server_) consider(server_->end.deadline());
  return first;
}

void ProxiedConnection::expires(time::Instant now) {
  client_.end.expires(now);
  if (server_) server_->end.expires(now);
  if (due_ && *due_ <= now) {
    due_.reset();
    run_out(now);
  }
  work(now);
}

void ProxiedConnection::run_out(time::Instant now) {
  if (phase_ == Phase::Greeting) {
    open_server(now);
  } else if (phase_ == Phase::Reaching && !server_->established()) {
    ++counts_.not_reached;
    fail(*server_, "no connection", now);
  } else if (phase_ == Phase::Reaching && kind_ == Kind::Tls) {
    ++counts_.failed;
    fail(*server_, "no end of the handshake", now);
  } else if (phase_ == Phase::Over) {
    forgotten_ = gone();
    client_.end.abort(now);
    if (server_) server_->end.abort(now);
  }
}

std::optional<std::string> ProxiedConnection::take_failure() { return std::exchange(failure_, {}); }

void ProxiedConnection::work(time::Instant now) {
  do {
    pump(now);
  } while (advance(now));
  if (phase_ == Phase::Over && gone() && !retired_) retire(now);
}

/// A side is not read while the other cannot take what comes, so that its window closes.
void ProxiedConnection::pump(time::Instant now) {
  const auto reads = [](Side& from, const Side* to) {
    return from.end.received().size() < most_waiting && (to == nullptr || to->has_room());
  };
  if (reads(client_, server_ ? &*server_ : nullptr)) client_.end.pump(now);
  if (server_ && reads(*server_, &client_)) server_->end.pump(now);
}

/// One step; false if there is nothing to do before something else happens.
bool ProxiedConnection::advance(time::Instant now) {
  if (phase_ == Phase::Over) {
    client_.end.received().clear();
    if (server_) server_->end.received().clear();
    return false;
  }
  if (broken(now)) return true;
  if (kind_ == Kind::Undecided) decide(now);
  switch (phase_) {
    case Phase::Greeting:
      return greet(now);
    case Phase::Reaching:
      return reach(now);
    case Phase::Relaying:
      return relay(now);
    case Phase::Over:
      break;
  }
  return true;
}

/// What each side speaks is told by whoever speaks first.
void ProxiedConnection::decide(time::Instant now) {
  const auto& octets = client_.end.received();
  if (octets.empty()) {
    const bool server_first = server_ && (!server_->end.received().empty() || server_->end.endpoint().peer_finished());
    if (server_first || client_.said_all()) kind_ = Kind::Plain;
  } else if (octets.front() != wire::tls_content::Handshake) {
    kind_ = Kind::Plain;
  } else {
    read_hello(now);
  }
}

void ProxiedConnection::read_hello(time::Instant now) {
  const wire::Bytes octets = client_.end.received();
  reader_.read(octets.subspan(read_));
  read_ = octets.size();
  if (reader_.state() == HelloReader::State::Reading) {
    if (octets.size() >= most_waiting) fail(client_, "the ClientHello is too large", now);
    if (client_.said_all()) fail(client_, "closed within the ClientHello", now);
    return;
  }
  const auto hello = wire::read_client_hello(octets);
  const bool whole = reader_.state() == HelloReader::State::Whole && hello && hello->whole;
  kind_ = whole ? Kind::Tls : Kind::Plain;
  if (whole) hello_ = *hello;
}

bool ProxiedConnection::greet(time::Instant now) {
  if (kind_ != Kind::Undecided) {
    open_server(now);
    return true;
  }
  const bool silent = client_.established() && client_.end.received().empty();
  if (silent && !due_) due_ = now + client_silence;
  if (!silent) due_.reset();
  return false;
}

void ProxiedConnection::open_server(time::Instant now) {
  phase_ = Phase::Reaching;
  due_ = now + server_patience;
  server_.emplace(policy_for(toward_server_.src.family), toward_server_, initial_sequence(toward_server_, now),
                  transmit_, Party::Server);
  server_->end.connect(now);
}

bool ProxiedConnection::reach(time::Instant now) {
  if (!server_->established() || kind_ == Kind::Undecided) return false;
  if (kind_ == Kind::Tls) return begin_tls(now);
  phase_ = Phase::Relaying;
  due_.reset();
  return true;
}

/// The server's side first, then the client's.
bool ProxiedConnection::begin_tls(time::Instant now) {
  try {
    if (server_->end.peer() == nullptr) {
      server_->end.start_tls(tls_.toward_server(hello_));
      due_ = now + server_patience;
      return true;
    }
    if (server_->shaking_hands()) return false;
    const std::string name = hello_.server_name.value_or(wire::to_string(toward_server_.dst));
    client_.end.start_tls(tls_.toward_client(name, server_->end.peer()->facts().alpn));
  } catch (const tls::TlsError& error) {
    ++counts_.failed;
    fail(server_->end.peer() == nullptr ? *server_ : client_, error.what(), now);
    return true;
  }
  const auto waited = std::exchange(client_.end.received(), {});
  client_.end.peer()->receive(waited);
  phase_ = Phase::Relaying;
  due_.reset();
  return true;
}

bool ProxiedConnection::relay(time::Instant now) {
  count_handshake();
  bool done = move(client_, *server_, now);
  done = move(*server_, client_, now) || done;
  done = pass_end(client_, *server_, now) || done;
  return pass_end(*server_, client_, now) || done;
}

bool ProxiedConnection::move(Side& from, Side& to, time::Instant now) {
  auto& octets = from.end.received();
  if (octets.empty() || !to.takes_octets() || !to.has_room()) return false;
  counts_.octets += octets.size();
  to.end.send(std::exchange(octets, {}), now);
  return true;
}

/// close_notify and FIN, behind everything that came before them.
bool ProxiedConnection::pass_end(Side& from, Side& to, time::Instant now) {
  const bool all_moved = from.end.received().empty() && from.end.endpoint().readable() == 0;
  if (!all_moved || !to.established() || to.finished || to.shaking_hands()) return false;
  const bool notified = from.end.peer() != nullptr && from.end.peer()->facts().close_notify_received;
  if (notified && !to.said_close_notify) {
    to.said_close_notify = true;
    to.end.peer()->close();
    to.end.pump(now);
  }
  if (!from.end.endpoint().peer_finished()) return false;
  to.finished = true;
  to.end.finish(now);
  return true;
}

void ProxiedConnection::count_handshake() {
  const tls::Peer* peer = client_.end.peer();
  if (handshake_counted_ || peer == nullptr || client_.shaking_hands()) return;
  handshake_counted_ = true;
  ++(peer->facts().resumed ? counts_.resumed : counts_.full);
}

/// Whether one side is no more what it has to be for the other.
bool ProxiedConnection::broken(time::Instant now) {
  for (Side* side : {&client_, server_ ? &*server_ : nullptr}) {
    if (side == nullptr) continue;
    const bool shaking = side->shaking_hands();
    const bool reached = side == &client_ || phase_ == Phase::Relaying || side->end.peer() != nullptr;
    if (side->tls_failed()) {
      if (side == &client_ ? !handshake_counted_ : phase_ == Phase::Reaching) ++counts_.failed;
      fail(*side, words_of(side->end.peer()->facts()), now);
    } else if (shaking && (side->ended() || side->said_all())) {
      ++counts_.failed;
      fail(*side, side->ended() ? "reset in the handshake" : "closed in the handshake", now);
    } else if (side->ended() && !reached) {
      ++counts_.not_reached;
      fail(*side, "refused", now);
    } else if (side->end.endpoint().ending() == tcp::Ending::TimedOut) {
      fail(*side, "timed out", now);
    } else if (side->ended()) {
      give_up(now);
    } else {
      continue;
    }
    return true;
  }
  if (phase_ != Phase::Reaching && gone()) phase_ = Phase::Over;
  return false;
}

void ProxiedConnection::fail(const Side& side, const std::string& words, time::Instant now) {
  failure_ = "terminating, " + std::string(side.name) + "'s side: " + words;
  give_up(now);
}

void ProxiedConnection::give_up(time::Instant now) {
  phase_ = Phase::Over;
  due_ = now + linger;
  leave(client_, now);
  if (server_) leave(*server_, now);
}

/// A side whose TLS has failed has sent its alert and its FIN; the other cannot be told more than that it is over.
void ProxiedConnection::leave(Side& side, time::Instant now) {
  if (!side.tls_failed() && !side.end.gone()) side.end.abort(now);
}

bool ProxiedConnection::gone() const { return client_.gone() && (!server_ || server_->gone()); }

/// What TLS needs is given back; the ends of TCP stay for what may still come.
void ProxiedConnection::retire(time::Instant now) {
  retired_ = true;
  due_ = now + linger;
  client_.end.start_tls(nullptr);
  if (server_) server_->end.start_tls(nullptr);
}

}  // namespace twinwire::device
