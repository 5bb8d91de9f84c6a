// SPDX-License-Identifier: Apache-2.0
// What TLS handshakes cost both ends together, in memory and on one core, full and resumed; a session is decoded from
// its DER for each resumption. Processor time is counted, so that other programs do not disturb. It prints figures and
// passes no judgement on them.
#include <cstdio>
#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "generator/tls/peer.hpp"

using namespace twinwire::tls;

namespace {

constexpr double at_least = 0.5;  ///< each figure is measured for so many seconds

double processor_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

/// Calls per second of processor time.
template <typename Call>
double rate(const Call& call) {
  long calls = 0;
  const double begun = processor_seconds();
  double used = 0;
  for (; used < at_least; used = processor_seconds() - begun) {
    call();
    ++calls;
  }
  return static_cast<double>(calls) / used;
}

bool pass(Peer& from, Peer& to) {
  const std::vector<Octets> writes = from.take();
  for (const Octets& write : writes) to.receive(write);
  return !writes.empty();
}

/// The session that the handshake leaves; none if it failed or was not as expected.
std::optional<Session> shake_hands(Client& client, Server& server, const Session* resume) {
  const std::unique_ptr<Peer> one = client.connect(resume);
  const std::unique_ptr<Peer> other = server.accept();
  while (pass(*one, *other) || pass(*other, *one)) {
  }
  const bool complete = one->facts().progress == Progress::Complete && other->facts().progress == Progress::Complete;
  if (!complete || one->facts().resumed != (resume != nullptr)) return std::nullopt;
  std::vector<Session> sessions = one->take_sessions();
  return sessions.empty() ? Session{} : sessions.front();
}

struct Case {
  const char* name;
  ClientSettings client;
  ServerSettings server;
};

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const Version version : {Version::Tls12, Version::Tls13}) {
    Case plain{version == Version::Tls12 ? "TLS 1.2" : "TLS 1.3", {}, {}};
    plain.client.version = version;
    Case remembered = plain;
    remembered.name = version == Version::Tls12 ? "TLS 1.2, by ID" : "TLS 1.3, by ID";
    remembered.server.tickets = false;
    Case large = plain;
    large.name = "  ticket of 6,000 octets";
    large.server.ticket_bytes = 6000;
    Case sized = plain;
    sized.name = "  hello of 6,432 octets";
    sized.client.hello_bytes = 6432;
    Case cut = plain;
    cut.name = "  records of 1 octet";
    cut.client.records.sizes = cut.server.records.sizes = {1};
    all.insert(all.end(), {plain, remembered, large, sized, cut});
  }
  Case hybrid{"  share of 1,216 octets", {}, {}};
  hybrid.client.key_share_bytes = hybrid.server.key_share_bytes = 1216;
  all.push_back(hybrid);
  return all;
}

/// False if a handshake was not what it should be.
bool measure(const Case& test) {
  Client client(test.client);
  Server server(test.server);
  const std::optional<Session> session = shake_hands(client, server, nullptr);
  if (!session || !shake_hands(client, server, &*session)) return false;
  bool good = true;
  const double full = rate([&] { good = shake_hands(client, server, nullptr).has_value() && good; });
  const double resumed = rate([&] { good = shake_hands(client, server, &*session).has_value() && good; });
  std::printf("%-26s %9.0f %9.0f\n", test.name, full, resumed);
  return good;
}

}  // namespace

int main() {
  std::printf("%-26s %9s %9s\n", "handshakes per second", "full", "resumed");
  for (const Case& test : cases()) {
    if (!measure(test)) {
      std::printf("%-26s failed\n", test.name);
      return 1;
    }
  }
  std::printf("\n%-26s %9.0f\n", "clients made per second", rate([] { const Client client{ClientSettings{}}; }));
  std::printf("%-26s %9.0f\n", "servers made per second", rate([] { const Server server{ServerSettings{}}; }));
  return 0;
}
