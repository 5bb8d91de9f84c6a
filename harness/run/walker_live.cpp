// SPDX-License-Identifier: Apache-2.0
// Acts during which the ends speak for themselves. An end takes up a connection from what the ladder's lines have made
// of it, and goes mute again behind the act where the scenario has lines that need mute ends. An act is over when both
// ends are where it leads; or when nothing more can come of it, because both connections are gone, or one is and the
// wires have been swept by markers without anything new, or because neither end has got on for longer than a few
// retransmissions take.
#include <algorithm>

#include "generator/wire/http_connect.hpp"
#include "harness/run/pattern.hpp"
#include "harness/run/walker.hpp"

namespace twinwire::run {
namespace {

using observe::Event;

/// Two retransmissions at least: 200 and 400 ms after the first (RFC 6298 section 5.5).
constexpr time::Duration least_hang_patience = std::chrono::milliseconds(1500);

constexpr std::uint32_t largest_unscaled = 65535;

tcp::Policy policy_of(const scenario::EndConfig& config, wire::Family family) {
  tcp::Policy policy;
  policy.send_mss = !config.omit_mss;
  policy.mtu = config.mtu;
  policy.mss = config.announced_mss(family);
  policy.ipv6 = family == wire::Family::Ipv6;
  policy.window_scaling = config.window > largest_unscaled;
  policy.timestamps = config.timestamps;
  policy.sack = config.sack;
  policy.receive_buffer = config.window;
  policy.challenge_acks = config.challenge_acks ? tcp::ChallengeAcks::Send : tcp::ChallengeAcks::Never;
  policy.push = config.push;
  policy.cuts = config.cuts;
  return policy;
}

bool closed(const LiveEnd& end) {
  const tcp::State state = end.endpoint().state();
  return end.endpoint().ending() == tcp::Ending::None && (state == tcp::State::Closed || state == tcp::State::TimeWait);
}

bool established(const LiveEnd* end) {
  return end == nullptr || end->endpoint().state() == tcp::State::Established;  // a program's end cannot be asked
}

}  // namespace

LiveEnd& Walker::enliven(Connection& connection, Party party) {
  std::unique_ptr<LiveEnd>& live = connection.live_end(party);
  const observe::Variables& known = connection.end(party).now();
  const bool synchronised = known.iss && known.irs;
  if (live && !(synchronised && mute_between_acts_)) return *live;
  if (!live) {
    std::uint32_t& planned = party == Party::Client ? connection.client_iss : connection.server_iss;
    scenario::EndConfig config = party == Party::Client ? scenario_.client : scenario_.server;
    // Who answers a SYN may use what it offers (RFC 7323 section 3.2).
    if (party == Party::Server) config.timestamps = config.timestamps || scenario_.client.timestamps;
    const auto transmit = [this, &connection, party](const tcp::Segment& segment) {
      transmit_live(connection, party, segment);
    };
    live = std::make_unique<LiveEnd>(policy_of(config, scenario_.family), config.deviations, planned, transmit);
    planned = static_cast<std::uint32_t>(random_());  // the next connection begins with another
    if (!synchronised && party == Party::Server) live->listen();
    if (party == Party::Server) live->on_secret([this](const std::string& line) { wires_.bench().tell_secret(line); });
  }
  if (synchronised) {
    live->adopt({*known.iss, *known.irs, known.snd_una, known.snd_nxt, known.snd_wnd, known.rcv_nxt,
                 connection.announced_mss[party]});
  }
  return *live;
}

void Walker::transmit_live(Connection& connection, Party from, const tcp::Segment& segment) {
  craft::Segment out = addressed(connection, from);
  out.ip_id = ip_id_++;
  out.seq = segment.seq;
  out.ack = segment.ack;
  out.flags = segment.flags;
  out.window = segment.window;
  out.options.assign(segment.options.begin(), segment.options.end());
  out.payload.assign(segment.payload.begin(), segment.payload.end());
  try {
    put_on_wire(step_, live_packets_++, connection, from, scenario::Crossing::Must, out);
  } catch (const CannotSend& error) {
    live_error_ = error.what();  // the act ends with it; an endpoint in the middle of its work cannot
  }
}

void Walker::accept(Connection& connection, const wire::Packet& syn) {
  connection.seen_address = syn.src;
  connection.seen_port = syn.tcp->src_port;
  connection.server_port = syn.tcp->dst_port;  // a relay may have chosen another one than the client asked for
  if (is_program(Party::Server)) return;       // the kernel there answers
  LiveEnd& server = enliven(connection, Party::Server);
  const bool at_once = wires_.bench().spec().path.connects_anew();
  if (at_once && scenario_.tls) server.start_tls(tls_server().accept());
}

std::optional<time::Instant> Walker::next_timer() const {
  std::optional<time::Instant> next;
  for (const auto& [name, connection] : connections_) {
    if (!connection->live) continue;
    for (const auto* end : {connection->client_live.get(), connection->server_live.get()}) {
      const auto deadline = end != nullptr ? end->deadline() : std::nullopt;
      if (deadline && (!next || *deadline < *next)) next = deadline;
    }
  }
  return next;
}

void Walker::serve_live_ends() {
  for (auto& [name, connection] : connections_) {
    if (!connection->live) continue;
    for (auto* end : {connection->client_live.get(), connection->server_live.get()}) {
      if (end == nullptr) continue;
      const time::Instant now = wires_.timeline().now();
      end->expires(now);
      end->pump(now);
    }
  }
  wires_.poll();
}

Walker::Progress Walker::progress(const Connection& connection) {
  const auto of = [](const std::unique_ptr<LiveEnd>& end) {
    return end ? std::optional(end->progress()) : std::nullopt;
  };
  return {connection.seen_port, of(connection.client_live), of(connection.server_live)};
}

bool Walker::nothing_to_hope_for(const Connection& connection) const {
  const bool client_gone = connection.client_live && connection.client_live->gone();
  const bool server_gone = connection.server_live && connection.server_live->gone();
  // Behind a proxy that has given up, or of a program, there may be no connection at the server to hear anything.
  const bool server_never = !connection.server_live || connection.server_live->endpoint().state() == tcp::State::Listen;
  return (client_gone && (server_gone || server_never)) || (server_gone && !connection.client_live);
}

boost::asio::awaitable<bool> Walker::speak(int index, Connection& connection, const std::function<bool()>& done) {
  const auto pauses = [](const scenario::EndConfig& end) { return end.cuts.every + end.deviations.gap; };
  const time::Duration longest =
      std::max(least_hang_patience, 2 * patience()) + pauses(scenario_.client) + pauses(scenario_.server);
  std::optional<Progress> before;
  time::Instant got_on = wires_.timeline().now();
  bool swept = false;
  connection.live = true;
  while (!interrupted_) {
    wires_.poll();
    serve_live_ends();
    const Progress after = progress(connection);
    if (after != before) {
      before = after;
      got_on = wires_.timeline().now();
      swept = false;
      continue;  // pumping may have made the other end speak
    }
    if (!live_error_.empty()) throw CannotSend(live_error_);
    if (done()) co_return true;
    if (nothing_to_hope_for(connection)) co_return false;
    const bool one_gone = (connection.client_live && connection.client_live->gone()) ||
                          (connection.server_live && connection.server_live->gone());
    if (one_gone && swept) co_return false;
    if (one_gone && markers_ != nullptr) {
      co_await quiet();
      swept = true;
      continue;
    }
    const time::Instant deadline = got_on + (one_gone ? patience() : longest);
    if (wires_.timeline().now() >= deadline) break;
    co_await alarm_.until(std::min(deadline, next_timer().value_or(deadline)));
  }
  if (!interrupted_) record(Event::Kind::TimeUp, index);
  co_return false;
}

boost::asio::awaitable<bool> Walker::walk_live_act(int index, const scenario::Act& act) {
  live_packets_ = 0;
  altered_at_.reset();
  refusal_.clear();
  raw_alert_.reset();
  no_session_ = false;
  bool reached = false;
  if (std::holds_alternative<scenario::Runs>(act.what)) co_return co_await run_program(index, act.who.party);
  Connection& connection = connection_of(act.who);
  try {
    if (std::holds_alternative<scenario::Connects>(act.what)) {
      reached = co_await run_connect(index, connection, act.who.party);
    } else if (const auto* sends = std::get_if<scenario::Sends>(&act.what)) {
      reached = co_await run_sends(index, connection, act.who.party, *sends);
    } else if (std::holds_alternative<scenario::Closes>(act.what)) {
      reached = co_await run_closes(index, connection, act.who.party);
    } else if (std::holds_alternative<scenario::Resets>(act.what)) {
      reached = co_await run_resets(index, connection, act.who.party);
    } else {
      reached = co_await run_tls(index, connection, std::get_if<scenario::ResumesTls>(&act.what));
    }
  } catch (const CannotSend& error) {
    fail(index, error.what());
  } catch (const tls::TlsError& error) {
    fail(index, error.what());
  }
  if (interrupted_ && !reached) {  // it was not given the time to come to anything
    connection.live = false;
    co_return false;
  }
  say(index, connection, reached ? "completes" : "fails");
  connection.live = connection.live && !mute_between_acts_;
  co_return reached;
}

boost::asio::awaitable<bool> Walker::run_connect(int index, Connection& connection, Party opener) {
  connection.live = true;
  const auto path = wires_.bench().spec().path.kind;
  const bool direct = path == scenario::PathSpec::Kind::Direct;
  if (direct && !is_program(other(opener))) enliven(connection, other(opener));
  LiveEnd& opening = enliven(connection, opener);
  opening.connect(wires_.timeline().now());
  if (path != scenario::PathSpec::Kind::Proxy) {
    co_return co_await speak(index, connection, [&] {
      const bool far = !direct || established(connection.live_end(other(opener)).get());
      return opening.endpoint().state() == tcp::State::Established && far;
    });
  }
  const auto opened = [&] { return opening.endpoint().state() == tcp::State::Established; };
  if (!co_await speak(index, connection, opened)) co_return false;
  const std::string request =
      wire::connect_request(wire::to_string(connection.server_address), connection.server_port).value();
  opening.send({reinterpret_cast<const std::uint8_t*>(request.data()), request.size()}, wires_.timeline().now());
  wire::ConnectAnswer answer;
  const bool answered = co_await speak(index, connection, [&] {
    auto& received = opening.received();
    const std::size_t taken = answer.take(received);
    received.erase(received.begin(), received.begin() + static_cast<std::ptrdiff_t>(taken));
    return answer.state() != wire::ConnectAnswer::State::NeedsMore;
  });
  if (answered && !answer.opened()) {
    const bool http = answer.state() == wire::ConnectAnswer::State::Whole;
    refusal_ = http ? std::to_string(answer.status()) + " " + answer.reason() : "no HTTP";
  }
  if (!answer.opened()) co_return false;
  co_return co_await speak(index, connection, [&] { return established(connection.server_live.get()); });
}

boost::asio::awaitable<bool> Walker::run_sends(int index, Connection& connection, Party from,
                                               const scenario::Sends& act) {
  connection.live = true;
  LiveEnd* hearer = is_program(other(from)) ? nullptr : &enliven(connection, other(from));
  LiveEnd& speaker = enliven(connection, from);
  if (hearer != nullptr) hearer->received().clear();
  std::vector<std::uint8_t> octets(act.text.begin(), act.text.end());
  if (octets.empty()) octets = pattern_octets(*connection.end(from).now().iss, 0, act.octets);
  speaker.send(octets, wires_.timeline().now());
  const bool over = co_await speak(index, connection, [&] {
    return speaker.idle() && (hearer == nullptr || hearer->received().size() >= octets.size());
  });
  if (over && hearer != nullptr && hearer->received() != octets) altered_at_ = other(from);
  co_return over;
}

boost::asio::awaitable<bool> Walker::run_closes(int index, Connection& connection, Party from) {
  connection.live = true;
  const bool alone = is_program(other(from)) || unasked(connection);
  LiveEnd* follower = alone ? nullptr : &enliven(connection, other(from));
  LiveEnd& closer = enliven(connection, from);
  if (follower != nullptr) follower->follow_close();
  closer.close(wires_.timeline().now());
  co_return co_await speak(index, connection,
                           [&] { return closed(closer) && (follower == nullptr || closed(*follower)); });
}

boost::asio::awaitable<bool> Walker::run_resets(int index, Connection& connection, Party from) {
  connection.live = true;
  LiveEnd* hearer = is_program(other(from)) ? nullptr : &enliven(connection, other(from));
  enliven(connection, from).abort(wires_.timeline().now());
  if (hearer == nullptr) co_return true;
  co_return co_await speak(index, connection, [&] { return hearer->endpoint().ending() == tcp::Ending::Reset; }) ||
      hearer->endpoint().ending() == tcp::Ending::Reset;
}

void Walker::say(int index, const Connection& connection, const std::string& act) {
  for (const Party party : {Party::Client, Party::Server}) {
    const LiveEnd* end = party == Party::Client ? connection.client_live.get() : connection.server_live.get();
    Event event;
    event.kind = Event::Kind::Says;
    event.at = wires_.timeline().now();
    event.step = index;
    event.wire = party;
    if (end != nullptr) event.facts = end->facts();
    event.facts["act"] = act;
    if (altered_at_ == party) event.facts["data"] = "altered";
    if (end == nullptr) event.facts["tcp"] = is_program(party) ? "program" : "nothing";
    if (party == Party::Client && no_session_) event.facts["session"] = "none";
    if (party == Party::Client && raw_alert_) event.facts["alert-received"] = std::to_string(*raw_alert_);
    if (party == Party::Client && !refusal_.empty()) event.facts["connect"] = refusal_;
    if (party == Party::Server) {
      event.facts["port"] = std::to_string(connection.server_port);
      event.facts["peer-port"] = std::to_string(connection.seen_port);
    }
    record(std::move(event));
  }
  take_evidence(index, connection);
}

void Walker::take_evidence(int index, const Connection& connection) {
  wire::FourTuple behind{connection.seen_address, connection.server_address, connection.seen_port,
                         connection.server_port};
  std::vector<std::string> lines = wires_.bench().take_log(tuple_of(connection));
  if (behind != tuple_of(connection)) {
    for (auto& line : wires_.bench().take_log(behind)) lines.push_back(std::move(line));
  }
  for (auto& line : lines) record(Event::Kind::Evidence, index, std::move(line));
}

}  // namespace twinwire::run
