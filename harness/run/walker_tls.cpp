// SPDX-License-Identifier: Apache-2.0
// TLS acts: a handshake is over when both ends are complete and have said all that they had to say, which includes the
// tickets behind it. What the client has been given is kept under the act's label, and as the newest.
#include <algorithm>

#include "generator/tls/raw_hello.hpp"
#include "generator/wire/tls.hpp"
#include "harness/run/walker.hpp"

namespace twinwire::run {
namespace {

bool tls_complete(const LiveEnd* end) {
  return end != nullptr && end->peer() != nullptr && end->peer()->facts().progress == tls::Progress::Complete;
}

}  // namespace

TlsServer& Walker::tls_server() {
  if (shared_.server != nullptr) return *shared_.server;
  if (!tls_server_) {
    tls::ServerSettings settings = scenario_.tls->server;
    // A device that inspects has been given the key that goes with the name.
    if (settings.names == std::vector<std::string>{bench::server_name})
      settings.credentials = wires_.bench().credentials();
    tls_server_ = std::make_unique<TlsServer>(settings, wires_.timeline());
  }
  return *tls_server_;
}

const HeldSession* Walker::session_for(const scenario::ResumesTls& resume) const {
  if (resume.of.empty()) {
    const std::optional<HeldSession>& newest = session_ ? session_ : shared_.session;
    return newest ? &*newest : nullptr;
  }
  const auto found = session_of_act_.find(resume.of);
  return found == session_of_act_.end() ? nullptr : &found->second;
}

void Walker::keep_session(int index, const HeldSession& session) {
  const std::string& label = scenario_.steps[static_cast<std::size_t>(index)].label;
  if (!label.empty()) session_of_act_.insert_or_assign(label, session);
  session_ = session;
}

const tls::ClientSettings& Walker::client_settings(const scenario::ResumesTls* resume) const {
  const scenario::TlsConfig& config = *scenario_.tls;
  return resume != nullptr && config.resuming ? *config.resuming : config.client;
}

boost::asio::awaitable<bool> Walker::run_tls(int index, Connection& connection, const scenario::ResumesTls* resume) {
  const bool relayed = wires_.bench().spec().path.connects_anew();
  const HeldSession* held = resume != nullptr ? session_for(*resume) : nullptr;
  if (held == nullptr && shared_.may_start) resume = nullptr;
  if (resume != nullptr && held == nullptr) {
    no_session_ = true;
    co_return false;
  }
  std::optional<tls::Session> offer;
  if (held != nullptr) offer = offered(*held, wires_.timeline());
  LiveEnd& client = enliven(connection, Party::Client);
  if (!relayed && !is_program(Party::Server)) {
    enliven(connection, Party::Server).start_tls(tls_server().accept());
  }
  connection.live = true;
  if (!scenario_.tls->raw_hello.empty()) co_return co_await run_raw_hello(index, connection, client);
  client.start_tls(tls::Client(client_settings(resume)).connect(offer ? &*offer : nullptr));
  // The session comes behind the handshake (RFC 8446 section 4.6.1): from a program at a moment of its own, and through
  // a proxy later than the server knows, since the proxy acknowledges for itself.
  const bool wants_session = scenario_.tls->resume != tls::Resumption::None && resume == nullptr;
  std::optional<tls::Session> session;
  const auto done = [&] {
    for (auto& issued : client.peer()->take_sessions()) session = std::move(issued);
    if (!tls_complete(&client) || !client.idle()) return false;
    if (unasked(connection)) return true;
    if (!is_program(Party::Server) && !(tls_complete(connection.server_live.get()) && connection.server_live->idle()))
      return false;
    return !is_program(Party::Server) || !wants_session || session.has_value();
  };
  bool over = co_await speak(index, connection, done);
  if (over && unasked(connection)) {
    co_await wait_to_be_asked(connection);
    if (!unasked(connection)) over = co_await speak(index, connection, done);
  }
  const bool direct = wires_.bench().spec().path.kind == scenario::PathSpec::Kind::Direct;
  const tls::Facts& known = client.peer()->facts();
  const bool brings_session = !known.resumed || known.version == tls::Version::Tls13;
  if (over && scenario_.tls->resume != tls::Resumption::None && brings_session && !direct && !session) {
    // Without one it is the next act that fails, and not this handshake.
    co_await speak(index, connection, [&] { return done() && session.has_value(); });
  }
  if (session) {
    keep_session(index, HeldSession{std::move(*session), wires_.timeline().now()});
  } else if (held != nullptr && client.peer()->facts().resumed) {
    keep_session(index, *held);
  }
  const bool at_server = is_program(Party::Server) || unasked(connection) || tls_complete(connection.server_live.get());
  co_return over&& tls_complete(&client) && at_server;
}

bool Walker::unasked(const Connection& connection) const {
  return wires_.bench().spec().path.kind == scenario::PathSpec::Kind::Intercept && connection.seen_port == 0;
}

boost::asio::awaitable<void> Walker::wait_to_be_asked(const Connection& connection) {
  const time::Instant deadline = wires_.timeline().now() + patience();
  while (!interrupted_ && unasked(connection) && wires_.timeline().now() < deadline) {
    co_await alarm_.until(std::min(deadline, next_timer().value_or(deadline)));
    wires_.poll();
    serve_live_ends();
  }
}

boost::asio::awaitable<bool> Walker::run_raw_hello(int index, Connection& connection, LiveEnd& client) {
  const scenario::TlsConfig& config = *scenario_.tls;
  client.send(tls::write(tls::raw_hello(config.raw_hello, config.client.server_name)), wires_.timeline().now());
  // Nobody at this end could go on with the handshake: it is answered, or it is not.
  const bool answered = co_await speak(index, connection, [&] {
    const auto records = wire::read_tls_records(client.received());
    return !records.empty() && records.front().whole;
  });
  raw_alert_ = wire::read_plain_alert(client.received());
  co_return answered&& wire::read_server_hello(client.received()).has_value();
}

void Walker::hold_session(const std::string& label, const HeldSession& session) {
  session_of_act_.insert_or_assign(label, session);
}

}  // namespace twinwire::run
