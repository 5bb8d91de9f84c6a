// SPDX-License-Identifier: Apache-2.0
// Up to the ServerHello both directions are read, then the server's only. A HelloRetryRequest makes the next
// ClientHello count, which may offer less than the first.
//
// TLS 1.3: the ServerHello tells by pre_shared_key whether it resumes, and what; the session ID that it echoes says
// nothing (RFC 8446 section 4.1.3). What follows is encrypted. The server's handshake records come first, under another
// key than its tickets, so records that do not open are passed over until the first that does.
//
// TLS 1.2: what follows the ServerHello tells. A full handshake goes on with Certificate or another message of the key
// exchange, an abbreviated one with NewSessionTicket or ChangeCipherSpec (RFC 5246 section 7.3, RFC 5077 section 3.1).
// The echoed session ID goes with the latter and is not needed. New sessions count from the server's Finished on, which
// is encrypted: the first handshake record behind ChangeCipherSpec.
#include "harness/device/session_watch.hpp"

#include <utility>
#include <variant>

namespace twinwire::device {
namespace {

namespace content = wire::tls_content;

constexpr std::uint16_t tls13 = 0x0304;

namespace message_type {
constexpr std::uint8_t ClientHello = 1, ServerHello = 2, NewSessionTicket = 4;
}

}  // namespace

SessionWatch::SessionWatch()
    : client_messages_({message_type::ClientHello}),
      server_messages_({message_type::ServerHello, message_type::NewSessionTicket}) {}

// The client.

void SessionWatch::client(wire::Bytes octets) {
  while (awaits_server_hello() && !client_lost_) {
    const auto part = from_client_.next(octets);
    client_lost_ = from_client_.lost() || client_messages_.too_long();
    if (!part) return;
    if (part->type != content::Handshake) continue;  // early data, or a ChangeCipherSpec that says nothing
    wire::Bytes rest = part->octets;
    while (const auto message = client_messages_.take(rest)) take_client(*message);
  }
}

void SessionWatch::take_client(const wire::HandshakeReader::Message& message) {
  auto hello = wire::read_client_hello_message(message.octets);
  if (!hello) return;
  hello_ = std::move(*hello);
  server_name_ = hello_.server_name.value_or("");
}

std::vector<SessionName> SessionWatch::offered() const {
  std::vector<SessionName> sessions;
  for (const auto& identity : hello_.psk_identities) sessions.push_back({tls::Resumption::Psk, identity});
  if (!hello_.session_id.empty() || !hello_.ticket.empty()) sessions.push_back(offered_to_tls12());
  return sessions;
}

/// A client that offers a ticket makes up a session ID, to see it echoed (RFC 5077 section 3.4).
SessionName SessionWatch::offered_to_tls12() const {
  if (!hello_.ticket.empty()) return {tls::Resumption::Ticket, hello_.ticket};
  return {tls::Resumption::SessionId, hello_.session_id};
}

// The server.

std::optional<SessionWatch::Seen> SessionWatch::server(wire::Bytes& octets) {
  while (seen_.empty() && stage_ != Stage::Over) {
    const auto part = from_server_.next(octets);
    if (from_server_.lost()) stop({Sight::NotTls});
    if (!part) break;
    take(*part);
  }
  if (seen_.empty()) {
    octets = octets.last(0);
    return std::nullopt;
  }
  auto first = std::move(seen_.front());
  seen_.pop_front();
  return first;
}

void SessionWatch::take(const RecordReader::Part& part) {
  if (stage_ == Stage::Encrypted) {
    if (part.type == content::ApplicationData) take_encrypted(part);
    return;
  }
  if (part.type == content::Handshake) {
    take_handshake(part.octets);
  } else if (part.type == content::ChangeCipherSpec && part.first) {
    if (stage_ == Stage::Decision) see_resumption(offered_to_tls12());
    if (stage_ != Stage::Hello) stage_ = Stage::Finished;  // else it stands behind a HelloRetryRequest
  }
}

void SessionWatch::take_handshake(wire::Bytes octets) {
  while (!octets.empty() && stage_ != Stage::Encrypted && stage_ != Stage::Over) {
    if (stage_ == Stage::Finished) {
      if (!issued_.empty()) see(Sight::Issued, std::move(issued_));
      return stop({Sight::Over});
    }
    if (stage_ == Stage::Decision) decide_by_next(server_messages_.begun().value_or(octets.front()));
    if (const auto message = server_messages_.take(octets)) take_message(*message);
    if (server_messages_.too_long()) stop({Sight::NotTls});
  }
}

void SessionWatch::decide_by_next(std::uint8_t type) {
  if (type == message_type::NewSessionTicket) {
    see_resumption(offered_to_tls12());
  } else {
    see_full_handshake();
  }
  stage_ = Stage::Change;
}

void SessionWatch::take_message(const wire::HandshakeReader::Message& message) {
  if (stage_ == Stage::Hello) {
    if (const auto hello = wire::read_server_hello_message(message.octets)) take_server_hello(*hello);
  } else if (const auto given = wire::read_new_session_ticket(message.octets, wire::TicketForm::Tls12)) {
    if (!given->ticket.empty()) issued_.push_back({tls::Resumption::Ticket, given->ticket});
  }
}

void SessionWatch::take_server_hello(const wire::ServerHello& hello) {
  if (client_lost_ || hello_.random.empty()) return stop({Sight::NotTls});
  if (hello.hello_retry) return;
  if (hello.version != tls13) {
    const bool is_new = !hello.session_id.empty() && hello.session_id != hello_.session_id;
    if (is_new) issued_.push_back({tls::Resumption::SessionId, hello.session_id});
    stage_ = Stage::Decision;
    return;
  }
  stage_ = Stage::Encrypted;
  cipher_suite_ = hello.cipher_suite;
  if (!hello.selected_identity) {
    see_full_handshake();
  } else if (*hello.selected_identity < hello_.psk_identities.size()) {
    see_resumption({tls::Resumption::Psk, hello_.psk_identities[*hello.selected_identity]});
  } else {
    stop({Sight::NotTls});
  }
  try_waiting();
}

// Encrypted records.

void SessionWatch::learn_secret(wire::Bytes secret) {
  secret_.assign(secret.begin(), secret.end());
  if (stage_ == Stage::Encrypted) try_waiting();
}

/// With the secret, makes the opener of it and gives it what has waited.
void SessionWatch::try_waiting() {
  if (secret_.empty() || opener_) return;
  auto made = tls::RecordOpener::make(cipher_suite_, secret_);
  if (std::holds_alternative<tls::RecordOpener::Refusal>(made)) {
    return stop({Sight::Undecryptable, {}, "the secret that was told is not of the connection's cipher suite"});
  }
  opener_ = std::get<tls::RecordOpener>(std::move(made));
  waiting_bytes_ = 0;
  for (const auto& payload : std::exchange(waiting_, {})) open(payload);
}

void SessionWatch::take_encrypted(const RecordReader::Part& part) {
  if (part.first) record_.clear();
  record_.insert(record_.end(), part.octets.begin(), part.octets.end());
  if (!part.last) return;
  auto payload = std::exchange(record_, {});  // a connection that rests keeps no buffer
  if (opener_) return open(payload);
  waiting_bytes_ += payload.size();
  waiting_.push_back(std::move(payload));
  if (waiting_bytes_ > most_waiting) stop({Sight::Undecryptable, {}, "no secret was told"});
}

void SessionWatch::open(wire::Bytes payload) {
  if (stage_ == Stage::Over) return;
  const auto result = opener_->open(payload);
  if (const auto* opened = std::get_if<tls::RecordOpener::Opened>(&result)) {
    take_opened(*opened);
  } else if (opener_->opened() == 0 && (waiting_bytes_ += payload.size()) <= most_waiting) {
    return;  // of the handshake
  } else if (std::get<tls::RecordOpener::Closed>(result) == tls::RecordOpener::Closed::NotAuthentic) {
    stop({Sight::Undecryptable, {}, "the secret that was told does not open its records"});
  }
}

void SessionWatch::take_opened(const tls::RecordOpener::Opened& opened) {
  if (opened.type == content::Handshake) {
    wire::Bytes rest = opened.content;
    while (const auto message = server_messages_.take(rest)) {
      const auto given = wire::read_new_session_ticket(message->octets, wire::TicketForm::Tls13);
      if (given && !given->ticket.empty()) see(Sight::Issued, {{tls::Resumption::Psk, given->ticket}});
    }
  }
  if (opener_->key_updated()) stop({Sight::Undecryptable, {}, "the server has changed its key"});
}

std::optional<SessionWatch::Seen> SessionWatch::ends() const {
  if (stage_ != Stage::Encrypted || opener_ || waiting_.empty()) return std::nullopt;
  return Seen{Sight::Undecryptable, {}, "no secret was told"};
}

void SessionWatch::see(Sight sight, std::vector<SessionName> sessions) {
  seen_.push_back({sight, std::move(sessions), {}});
}

// With either, what the client has offered is needed no more.

void SessionWatch::see_full_handshake() {
  see(Sight::FullHandshake, offered());
  forget_offer();
}

void SessionWatch::see_resumption(SessionName session) {
  see(Sight::Resumption, {std::move(session)});
  issued_.clear();  // a session ID beside it is not of a new session
  forget_offer();
}

void SessionWatch::forget_offer() {
  wire::ClientHello rest;
  rest.random = std::move(hello_.random);
  hello_ = std::move(rest);
}

void SessionWatch::stop(Seen last) {
  seen_.push_back(std::move(last));
  stage_ = Stage::Over;
  waiting_.clear();
}

}  // namespace twinwire::device
