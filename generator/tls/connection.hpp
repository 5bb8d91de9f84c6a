// SPDX-License-Identifier: Apache-2.0
// A Peer of either role: one SSL object between two memory BIOs. Client and Server make them, each in its own way.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "generator/tls/openssl.hpp"
#include "generator/tls/peer.hpp"
#include "generator/tls/record_cutter.hpp"

namespace twinwire::tls {

enum class Role : std::uint8_t { Client, Server };

/// Makes connections of a context report what they see; needed before the first is made.
void watch_connections(ssl_ctx_st& context, Role role);

class Connection final : public Peer {
 public:
  /// `keeps` is what the context's callbacks refer to; it lives as long as the connection.
  Connection(ssl_ctx_st& context, std::shared_ptr<const void> keeps, Role role, const Records& records);

  void receive(wire::Bytes octets) override;
  std::vector<Octets> take() override;
  void write(wire::Bytes octets) override;
  Octets read() override;
  void close() override;
  const Facts& facts() const override { return facts_; }
  std::vector<Session> take_sessions() override { return std::exchange(sessions_, {}); }
  std::vector<std::string> take_key_log() override { return std::exchange(key_log_, {}); }

  /// What receive() is about to find is early data or a ClientHello without any.
  void expect_early_data() { expects_early_data_ = true; }
  /// Makes the ClientHello, with early data behind it. Throws TlsError.
  void begin(wire::Bytes early_data);
  /// What OpenSSL has written and take() has not given out yet.
  wire::Bytes written() const;

  ssl_st* ssl() const { return ssl_.get(); }
  /// The connection that an object of OpenSSL belongs to.
  static Connection& of(const ssl_st* ssl);

  /// Of the extension that a client puts before server_name; empty: none.
  Octets extension;

  // What OpenSSL reports while it works.
  void saw_message(wire::Bytes message);
  void saw_alert(int value, std::optional<int>& description);
  void saw_session(ssl_session_st& session);
  void saw_alert_received(int value);
  void saw_alert_sent(int value) { saw_alert(value, facts_.alert_sent); }
  void saw_key(const char* line) { key_log_.emplace_back(line); }

 private:
  void advance();
  void write_early_data(wire::Bytes octets);
  void read_early_data();
  void shake_hands();
  void complete();
  void read_application_data();
  void fail();
  std::string peer_certificate() const;

  std::shared_ptr<const void> keeps_;
  Owned<ssl_st> ssl_;
  Role role_;
  bool flush_each_;
  std::uint32_t encrypted_record_;  ///< octets of a handshake record that OpenSSL encrypts
  RecordCutter cutter_;
  Facts facts_;
  Octets inbox_;
  std::vector<Session> sessions_;
  std::vector<std::string> key_log_;
  bool expects_early_data_ = false;
  bool ticket_came_ = false;
};

}  // namespace twinwire::tls
