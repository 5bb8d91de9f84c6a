// SPDX-License-Identifier: Apache-2.0
// Sessions are found by what they are resumed by, and lie beside that in the order in which they were learnt, so that
// the oldest is the first that is given up.
#include "harness/device/known_sessions.hpp"

namespace twinwire::device {

std::string_view words(tls::Resumption kind) {
  switch (kind) {
    case tls::Resumption::SessionId:
      return "TLS 1.2 session ID";
    case tls::Resumption::Ticket:
      return "TLS 1.2 ticket";
    case tls::Resumption::Psk:
      return "TLS 1.3 PSK";
    case tls::Resumption::None:
      break;
  }
  return "no session";
}

void KnownSessions::learn(const SessionName& session, const std::string& server_name) {
  forget(session);
  const auto place = known_.emplace(session, Origin{server_name, next_order_}).first;
  by_age_.emplace(next_order_++, place);
  octets_ += session.octets.size();
  while (octets_ > most_octets_) drop_oldest();
}

bool KnownSessions::knows(const SessionName& session, const std::string& server_name, NameRule rule) const {
  const auto found = known_.find(session);
  return found != known_.end() && (rule == NameRule::Any || found->second.server_name == server_name);
}

void KnownSessions::forget(const SessionName& session) {
  const auto found = known_.find(session);
  if (found == known_.end()) return;
  octets_ -= session.octets.size();
  by_age_.erase(found->second.order);
  known_.erase(found);
}

void KnownSessions::clear() {
  by_age_.clear();
  known_.clear();
  octets_ = 0;
}

void KnownSessions::drop_oldest() {
  const auto oldest = by_age_.begin()->second;
  octets_ -= oldest->first.octets.size();
  by_age_.erase(by_age_.begin());
  known_.erase(oldest);
}

}  // namespace twinwire::device
