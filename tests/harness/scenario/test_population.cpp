// SPDX-License-Identifier: Apache-2.0
// [population]: what is read, what is divided by the scale, and the visits.
#include <algorithm>
#include <chrono>
#include <fstream>
#include <iterator>

#include "tests/harness/scenario/support.hpp"
#include "tests/support/catch.hpp"

using namespace twinwire;
using namespace twinwire::scenario;
using namespace twinwire::scenario::test;
using namespace std::chrono_literals;

namespace {

using Handshake = Population::Handshake;

const std::string smallest = R"(clients = 10
kinds = { psk = 1 }
change = "inspection"
before = "2h"
after = "1h"
policy = [{ name = "as it is", lifetime = "1h" }]
)";

std::string text_with(const std::string& keys, const std::string& rest = "") {
  return "format = 1\ntitle = \"A title\"\n" + rest + "[population]\n" + keys;
}

std::vector<Scenario> cells_with(const std::string& keys, const std::string& rest = "", const Settings& settings = {}) {
  return parse_scenario(text_with(keys, rest), "population.toml", settings);
}

Population population_with(const std::string& keys) { return cells_with(keys).front().population.value(); }

bool has(const std::vector<std::string>& list, const std::string& word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

}  // namespace

TEST_CASE("a population is read with all that it says", "[scenario][population]") {
  const Population population = population_with(R"(clients = 10000
kinds = { id = 1, ticket = 2, psk = 3, early-data = 4, fresh = 5 }
returns = { distribution = "uniform", least = "5m", most = "15m" }
change = "inspection"
before = "2h"
after = "60m"
minute = "30s"
keeps_broken = false
sessions = 300
walked = true
policy = [
  { name = "as it is", lifetime = "3600s" },
  { name = "lowered an hour before", lifetime = "3600s", lowered_to = "60s", lowered_before = "1h", forgets = true },
  { name = "lowered at the change", lifetime = "3600s", lowered_to = "60s" },
]
)");
  CHECK(population.clients == 10'000);
  CHECK(population.shares == std::vector<std::uint32_t>{1, 2, 3, 4, 5});
  CHECK(population.returns.distribution == Returns::Distribution::Uniform);
  CHECK(population.returns.least == 5min);
  CHECK(population.returns.most == 15min);
  CHECK(population.change == "inspection");
  CHECK(population.before == 2h);
  CHECK(population.after == 1h);
  CHECK(population.minute == 30s);
  CHECK_FALSE(population.keeps_broken);
  CHECK(population.sessions == 300);
  CHECK(population.walked);
  CHECK(population.scale == 1);
  REQUIRE(population.policies.size() == 3);
  CHECK(population.policies[0].name == "as it is");
  CHECK(population.policies[0].lifetime == 3600s);
  CHECK_FALSE(population.policies[0].lowered_to);
  CHECK(population.policies[1].lowered_to == 60s);
  CHECK(population.policies[1].lowered_before == 1h);
  CHECK(population.policies[1].forgets);
  CHECK(population.policies[2].lowered_before == 0s);
  CHECK_FALSE(population.policies[2].forgets);
}

TEST_CASE("what a population does not say is as usual", "[scenario][population]") {
  const Population population = population_with(smallest);
  CHECK(population.returns.distribution == Returns::Distribution::Exponential);
  CHECK(population.returns.mean == 10min);
  CHECK(population.minute == 1min);
  CHECK(population.keeps_broken);
  CHECK(population.sessions == 100);
  CHECK_FALSE(population.walked);
}

TEST_CASE("all durations are divided by the scale", "[scenario][population]") {
  const Population population = population_with(R"(scale = 30
clients = 10
kinds = { psk = 1 }
change = "inspection"
before = "2h"
after = "1h"
policy = [{ name = "lowered", lifetime = "1h", lowered_to = "60s", lowered_before = "30m" }]
)");
  CHECK(population.scale == 30);
  CHECK(population.before == 4min);
  CHECK(population.after == 2min);
  CHECK(population.minute == 2s);
  CHECK(population.returns.mean == 20s);
  CHECK(population.policies[0].lifetime == 120s);
  CHECK(population.policies[0].lowered_to == 2s);
  CHECK(population.policies[0].lowered_before == 1min);
}

TEST_CASE("a scenario with a population asks the bench for its change, and runs alone", "[scenario][population]") {
  const auto cells = cells_with(smallest);
  REQUIRE(cells.size() == 2);
  for (const Scenario& cell : cells) {
    CHECK(has(cell.capabilities, "apply:inspection"));
    CHECK(cell.exclusive);
    REQUIRE(cell.population);
    const auto visit = cell.population->visit(ClientKind::Psk, Handshake::First);
    CHECK(visit->family == cell.family);
    CHECK_FALSE(visit->population);
    CHECK_FALSE(visit->exclusive);
    CHECK_FALSE(has(visit->capabilities, "apply:inspection"));
    CHECK(visit == cell.population->visit(ClientKind::Psk, Handshake::First));
  }
}

TEST_CASE("a visit connects, shakes hands and closes", "[scenario][population]") {
  const Scenario cell = cells_with(smallest).front();
  for (const ClientKind kind : all_client_kinds) {
    INFO(name(kind));
    const auto first = cell.population->visit(kind, Handshake::First);
    REQUIRE(first->steps.size() == 3);
    CHECK(first->steps[0].label == "connect");
    CHECK(first->steps[1].label == "handshake");
    CHECK(first->steps[2].label == "close");
    CHECK(first->steps[1].text == "client starts tls @handshake");
    CHECK(std::holds_alternative<StartsTls>(std::get<Act>(first->steps[1].what).what));
    CHECK(first->expect.at("handshake").front().kind == Outcome::Kind::Completes);
    const auto again = cell.population->visit(kind, Handshake::Resumed);
    const bool resumes = std::holds_alternative<ResumesTls>(std::get<Act>(again->steps.at(1).what).what);
    CHECK(resumes == (kind != ClientKind::Fresh));
    if (!resumes) continue;
    CHECK(again->steps[1].text == "client resumes tls @handshake");
    CHECK(again->expect.at("handshake").front().kind == Outcome::Kind::Resumed);
  }
}

TEST_CASE("each kind of client has the settings of TLS that make it one", "[scenario][population]") {
  const Scenario cell = cells_with(smallest,
                                   "[client.tls]\nserver_name = \"bank.example\"\nkey_share_bytes = 1184\n"
                                   "[server.tls]\nticket_bytes = 200\nkey_share_bytes = 1184\n")
                            .front();
  const auto tls = [&](ClientKind kind, Handshake handshake) { return *cell.population->visit(kind, handshake)->tls; };
  for (const ClientKind kind : all_client_kinds) {
    for (const Handshake handshake : {Handshake::First, Handshake::Resumed}) {
      CHECK(tls(kind, handshake).client.server_name == "bank.example");
      CHECK_FALSE(tls(kind, handshake).client.offer_expired);
      CHECK(tls(kind, handshake).server.session_lifetime == 1h);
    }
  }
  const TlsConfig id = tls(ClientKind::SessionId, Handshake::First);
  CHECK(id.client.version == tls::Version::Tls12);
  CHECK(id.client.key_share_bytes == 0);
  CHECK_FALSE(id.server.tickets);
  CHECK(id.server.ticket_bytes == 0);
  CHECK(id.resume == tls::Resumption::SessionId);
  const TlsConfig ticket = tls(ClientKind::Ticket, Handshake::Resumed);
  CHECK(ticket.client.version == tls::Version::Tls12);
  CHECK(ticket.server.tickets);
  CHECK(ticket.server.ticket_bytes == 200);
  CHECK(ticket.resume == tls::Resumption::Ticket);
  const TlsConfig psk = tls(ClientKind::Psk, Handshake::Resumed);
  CHECK(psk.client.version == tls::Version::Tls13);
  CHECK(psk.client.key_share_bytes == 1184);
  CHECK(psk.client.early_data == 0);
  CHECK(psk.resume == tls::Resumption::Psk);
  // The ticket says how much early data may be sent, so the server allows them from the first handshake on.
  CHECK(tls(ClientKind::EarlyData, Handshake::First).client.early_data == 0);
  CHECK(tls(ClientKind::EarlyData, Handshake::First).server.most_early_data >= 100);
  CHECK(tls(ClientKind::EarlyData, Handshake::Resumed).client.early_data == 100);
  CHECK(tls(ClientKind::Fresh, Handshake::First).resume == tls::Resumption::None);
}

TEST_CASE("a setting may change a population", "[scenario][population]") {
  const auto cells = cells_with(smallest, "", {{"population.clients", "77"}, {"population.kinds.id", "3"}});
  CHECK(cells.front().population->clients == 77);
  CHECK(cells.front().population->shares.front() == 3);
}

TEST_CASE("a matrix may run over a population", "[scenario][population]") {
  const auto cells = cells_with(smallest, "[matrix]\npopulation.keeps_broken = [true, false]\n");
  REQUIRE(cells.size() == 4);
  CHECK(cells[0].population->keeps_broken);
  CHECK_FALSE(cells[3].population->keeps_broken);
}

TEST_CASE("the example of the page about cut-overs is one", "[scenario][population][docs]") {
  std::ifstream stream(std::string(TWINWIRE_SOURCE_DIR) + "/docs/cutover.md");
  const std::string page{std::istreambuf_iterator<char>(stream), {}}, opening = "```toml\n";
  const std::size_t begin = page.find(opening);
  REQUIRE(begin != std::string::npos);
  const std::string example =
      page.substr(begin + opening.size(), page.find("```\n", begin + 1) - begin - opening.size());
  const auto cells = parse_scenario("format = 1\ntitle = \"A title\"\n" + example, "cutover.toml");
  CHECK(cells.front().population->clients == 10'000);
  CHECK(cells.front().population->policies.back().forgets);
}
