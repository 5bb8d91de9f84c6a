// SPDX-License-Identifier: Apache-2.0
// `[population]`: clients that come back to a server, before and after a change of the device between them.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "generator/time/instant.hpp"
#include "generator/tls/settings.hpp"

namespace twinwire::scenario {

struct Scenario;

/// What a client of the population holds and offers.
enum class ClientKind : std::uint8_t { SessionId, Ticket, Psk, EarlyData, Fresh };
inline constexpr std::size_t client_kinds = 5;
inline constexpr std::array<ClientKind, client_kinds> all_client_kinds{
    ClientKind::SessionId, ClientKind::Ticket, ClientKind::Psk, ClientKind::EarlyData, ClientKind::Fresh};
inline constexpr std::array<std::string_view, client_kinds> client_kind_words{"id", "ticket", "psk", "early-data",
                                                                              "fresh"};
/// "id", "ticket", "psk", "early-data", "fresh"
std::string_view name(ClientKind kind);

/// How long after its last connection a client comes back.
struct Returns {
  enum class Distribution : std::uint8_t { Exponential, Uniform, Fixed };
  Distribution distribution = Distribution::Exponential;
  time::Duration mean = std::chrono::minutes(10);  ///< Exponential and Fixed
  time::Duration least{}, most{};                  ///< Uniform
};

inline constexpr std::array<std::string_view, 3> distribution_words{"exponential", "uniform", "fixed"};
std::string_view name(Returns::Distribution distribution);

/// What is done with the lifetime of the server's sessions.
struct LifetimePolicy {
  std::string name;
  time::Duration lifetime = std::chrono::seconds(3600);  ///< that sessions have as long as nothing is done
  std::optional<time::Duration> lowered_to;              ///< unset: nothing is done
  time::Duration lowered_before{};                       ///< how long before the change; zero: at the change
  /// At the same moment the server forgets its sessions: its ticket keys are changed, its memory is emptied.
  bool forgets = false;
};

struct Population {
  std::uint32_t clients = 0;
  std::vector<std::uint32_t> shares = std::vector<std::uint32_t>(client_kinds);  ///< by ClientKind: parts of all
  Returns returns;
  std::string change;                               ///< the name of the bench's change
  time::Duration before{};                          ///< how long the population has lived when the change is made
  time::Duration after{};                           ///< and how long it is watched
  time::Duration minute = std::chrono::minutes(1);  ///< what the curve counts by
  bool keeps_broken = true;                         ///< a client offers a session again whose resumption was broken off
  std::vector<LifetimePolicy> policies;
  std::uint32_t sessions = 100;  ///< of each kind, that are measured on the bench
  /// What all durations were divided by when they were read, so that a walk in real time ends sooner.
  std::uint32_t scale = 1;
  /// All of it is walked on the bench in the bench's time, instead of being computed from what was measured.
  bool walked = false;

  enum class Handshake : std::uint8_t { First, Resumed };
  /// One connection of a client: connects, shakes hands, closes. Each walk of it is a cell of its own.
  /// A client of kind Fresh only ever makes first ones.
  std::function<std::shared_ptr<const Scenario>(ClientKind, Handshake)> visit;
};

}  // namespace twinwire::scenario
