// SPDX-License-Identifier: Apache-2.0
// The TLS sessions that a device in the middle has seen come about.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "generator/tls/settings.hpp"

namespace twinwire::device {

/// What a session is resumed by, as it stands on the wire.
struct SessionName {
  tls::Resumption kind = tls::Resumption::None;
  std::vector<std::uint8_t> octets;  ///< the session ID, the ticket, or the PSK identity
  auto operator<=>(const SessionName&) const = default;
};

/// "TLS 1.2 session ID", "TLS 1.2 ticket" or "TLS 1.3 PSK".
std::string_view words(tls::Resumption kind);

/// Whether a session is known only under the server_name of the handshake that it came of.
enum class NameRule : std::uint8_t { Any, Same };

class KnownSessions {
 public:
  /// `most_octets`: of all names together; beyond, the oldest session goes.
  explicit KnownSessions(std::size_t most_octets = std::size_t{256} * 1024 * 1024) : most_octets_(most_octets) {}

  void learn(const SessionName& session, const std::string& server_name);
  bool knows(const SessionName& session, const std::string& server_name, NameRule rule) const;
  void forget(const SessionName& session);
  void clear();
  std::size_t size() const { return known_.size(); }

 private:
  struct Origin {
    std::string server_name;
    std::uint64_t order = 0;
  };
  void drop_oldest();

  std::map<SessionName, Origin> known_;
  std::map<std::uint64_t, std::map<SessionName, Origin>::iterator> by_age_;
  std::uint64_t next_order_ = 0;
  std::size_t most_octets_;
  std::size_t octets_ = 0;
};

}  // namespace twinwire::device
