// SPDX-License-Identifier: Apache-2.0
// Watches one TLS connection from the middle for its sessions: what the client offers, whether the server resumes, and
// what sessions it gives. Knows octet streams, no segments, and judges nothing.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "generator/tls/record_opener.hpp"
#include "generator/wire/tls.hpp"
#include "harness/device/known_sessions.hpp"
#include "harness/device/record_reader.hpp"

namespace twinwire::device {

class SessionWatch {
 public:
  /// Of encrypted records: so many octets wait for the secret, and so many are tried before the first that opens.
  static constexpr std::size_t most_waiting = std::size_t{256} * 1024;

  enum class Sight : std::uint8_t {
    FullHandshake,  ///< `sessions`: those that the client had offered
    Resumption,     ///< `sessions`: the one that is resumed
    Issued,         ///< `sessions`: those that the client has from now on
    Undecryptable,  ///< records that may carry sessions cannot be opened; `reason`
    NotTls,         ///< what came cannot be followed
    Over,           ///< nothing more can be seen
  };
  struct Seen {
    Sight sight{};
    std::vector<SessionName> sessions{};
    std::string reason{};
  };

  SessionWatch();

  /// Octets that follow those of before.
  void client(wire::Bytes octets);
  /// The next thing to be seen, taking from `octets` as far as it had to be read; nothing, and all is taken, if there
  /// is none.
  std::optional<Seen> server(wire::Bytes& octets);
  /// The server's first application traffic secret. What it opens is told by the next server().
  void learn_secret(wire::Bytes secret);
  /// What is to be said when the connection is over.
  std::optional<Seen> ends() const;

  /// The ServerHello has not come, so that what the client says still counts.
  bool awaits_server_hello() const { return stage_ == Stage::Hello; }
  /// The server's octets so far end between two records.
  bool between_records() const { return from_server_.between_records(); }
  /// Of the ClientHello; empty as long as that is not whole.
  const std::vector<std::uint8_t>& client_random() const { return hello_.random; }
  /// Of the ClientHello; "" without one.
  const std::string& server_name() const { return server_name_; }

 private:
  enum class Stage : std::uint8_t {
    Hello,      ///< the ServerHello is awaited
    Decision,   ///< TLS 1.2: what follows the ServerHello tells
    Change,     ///< TLS 1.2: ChangeCipherSpec is awaited
    Finished,   ///< TLS 1.2: the server's Finished is awaited
    Encrypted,  ///< TLS 1.3
    Over,
  };

  void take_client(const wire::HandshakeReader::Message& message);
  void take(const RecordReader::Part& part);
  void take_handshake(wire::Bytes octets);
  void take_message(const wire::HandshakeReader::Message& message);
  void take_server_hello(const wire::ServerHello& hello);
  void decide_by_next(std::uint8_t type);
  void take_encrypted(const RecordReader::Part& part);
  void try_waiting();
  void open(wire::Bytes payload);
  void take_opened(const tls::RecordOpener::Opened& opened);
  void see(Sight sight, std::vector<SessionName> sessions = {});
  void see_full_handshake();
  void see_resumption(SessionName session);
  void forget_offer();
  void stop(Seen last);
  std::vector<SessionName> offered() const;
  SessionName offered_to_tls12() const;

  Stage stage_ = Stage::Hello;
  RecordReader from_client_, from_server_;
  wire::HandshakeReader client_messages_, server_messages_;
  wire::ClientHello hello_;  ///< the last that came whole; only the random, once the server has answered
  std::string server_name_;
  std::vector<SessionName> issued_;  ///< not before the server's Finished
  std::deque<Seen> seen_;
  bool client_lost_ = false;

  // TLS 1.3.
  std::uint16_t cipher_suite_ = 0;
  std::vector<std::uint8_t> secret_;
  std::optional<tls::RecordOpener> opener_;
  std::vector<std::uint8_t> record_;               ///< payload of the record that is coming
  std::deque<std::vector<std::uint8_t>> waiting_;  ///< payloads, as long as the secret is not known
  std::size_t waiting_bytes_ = 0;                  ///< or tried in vain
};

}  // namespace twinwire::device
