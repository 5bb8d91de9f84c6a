// SPDX-License-Identifier: Apache-2.0
// One end of one TLS connection: OpenSSL on memory, no socket. Octets of the TCP stream come in and go out as values.
// Nothing of OpenSSL appears here.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "generator/tls/settings.hpp"
#include "generator/wire/bytes.hpp"

namespace twinwire::tls {

/// OpenSSL refuses what the settings ask for: a full sentence with its own words. Not used for what a peer did.
class TlsError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

using Octets = std::vector<std::uint8_t>;

/// A session as DER, to be kept, carried to another process and offered again any number of times.
struct Session {
  Octets der;
  Version version{};
  std::uint32_t ticket_bytes = 0;  ///< of the ticket as received; 0: resumed by session ID
};

/// A P-256 key, and a certificate that it signs for itself, for these names. Throws TlsError.
Credentials make_credentials(const std::vector<std::string>& names);

/// The session as a client has it when it is so old, in whole seconds. OpenSSL reads the clock of the machine; what
/// goes by on another clock has to be told.
Session with_age(const Session& session, time::Duration age);

/// From now on all random numbers of OpenSSL in this process follow from the seed: for simulations, and for nothing
/// that has a secret.
void seed_randomness(std::uint64_t seed);

enum class Progress : std::uint8_t { Handshaking, Complete, Failed, Closed };

/// What a peer knows of its connection.
struct Facts {
  Progress progress = Progress::Handshaking;
  std::optional<Version> version;
  bool resumed = false;
  bool hello_retry = false;
  bool early_data_accepted = false;
  std::string alpn;
  std::string server_name;            ///< at the server: what the client asked for
  std::optional<int> alert_received;  ///< description (RFC 8446 section 6.2); close_notify is not one
  std::optional<int> alert_sent;
  bool close_notify_received = false;
  std::string error;        ///< OpenSSL's words, where the handshake failed
  std::string certificate;  ///< SHA-256 of the server's, in hexadecimal; at the client "" if none was sent
  /// Of the newest ticket that this end has sent or received, in octets; 0: none.
  std::uint32_t ticket_bytes = 0;
};

class Peer {
 public:
  virtual ~Peer() = default;
  /// Takes octets of the stream; what they make the peer say waits in take().
  virtual void receive(wire::Bytes octets) = 0;
  /// Each element is to be given to TCP as one write, in order. Empty: nothing to say.
  virtual std::vector<Octets> take() = 0;
  /// Application data; only when complete. Throws std::logic_error before.
  virtual void write(wire::Bytes octets) = 0;
  /// Application data that has come and was not read yet.
  virtual Octets read() = 0;
  /// Sends close_notify.
  virtual void close() = 0;
  virtual const Facts& facts() const = 0;
  /// Sessions that the server has issued since the last call (client only).
  virtual std::vector<Session> take_sessions() = 0;
  /// The secrets that have come about since the last call, a line each, as a reader of captures takes them (NSS
  /// format).
  virtual std::vector<std::string> take_key_log() { return {}; }
};

/// What connections of one server share: certificate, ticket keys, remembered sessions. Two servers made from the same
/// settings do not know each other's sessions.
class Server {
 public:
  /// Throws TlsError.
  explicit Server(const ServerSettings& settings);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  Server(Server&&) noexcept;
  Server& operator=(Server&&) noexcept;
  std::unique_ptr<Peer> accept();
  /// So much time has passed for all sessions that were issued so far. OpenSSL reads the clock of the machine; what
  /// goes by on another clock has to be told.
  void age_sessions(time::Duration by);
  /// It is so many seconds past any moment on a clock that is not the machine's: sessions are dated by it from now on.
  void tell_time(std::int64_t seconds);
  /// Tickets and sessions of before are not known any more: as after a change of its keys, or of the machine behind a
  /// balancer.
  void forget_sessions();
  /// Sessions that are issued from now on live so long; those of before keep the lifetime that they were given.
  void set_session_lifetime(time::Duration lifetime);
  Credentials credentials() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

class Client {
 public:
  /// Throws TlsError.
  explicit Client(const ClientSettings& settings);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;
  /// Begins a handshake: its ClientHello waits in take(). Throws TlsError if the hello cannot be made as asked.
  std::unique_ptr<Peer> connect(const Session* resume = nullptr);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace twinwire::tls
