// SPDX-License-Identifier: Apache-2.0
// Durations are divided by `scale` as they are read, so that everything behind this file knows one time only. What two
// keys mean together is checked where both are known, and told at the one that can be changed with the least loss.
//
// A visit is the scenario itself with other settings of TLS. That of a resumption has its second act replaced: in a
// file such a ladder is refused, as nothing in it would bring the session; here the caller does.
#include "harness/scenario/population_table.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <set>

#include "harness/scenario/ends.hpp"
#include "harness/scenario/keys.hpp"
#include "harness/scenario/numbers.hpp"

namespace twinwire::scenario {
namespace {

using time::Duration;
using Seconds = std::chrono::seconds;

// Octets of early data, fewer than any server refuses that takes some.
constexpr std::uint32_t early_data = 100;
constexpr std::uint32_t most_early_data = 16'384;
// A curve that is to be read; a day in minutes.
constexpr std::int64_t most_minutes = 1'440;
constexpr Duration shortest = std::chrono::milliseconds(1);
// Of 16 octets each, in memory at once.
constexpr std::int64_t most_visits = 5'000'000;

/// As it is written, for a message.
std::string text_of(const Node& table, std::string_view key) { return in_quotes(string_of(table, key)); }

/// What is settled by the kinds of clients, and by the policies.
constexpr std::array<std::string_view, 5> settled_for_client{"version", "also_older", "resume", "early_data", "raw"};
constexpr std::array<std::string_view, 3> settled_for_server{"versions", "tickets", "session_lifetime"};

void check_settled(const Node& document, std::string_view end, std::span<const std::string_view> keys) {
  const Node* tls = find_path(document, std::string(end) + ".tls");
  for (const std::string_view key : keys) {
    const Member* member = find_member(tls, key);
    if (member != nullptr)
      fail(member->key_where, in_quotes(key) + " follows from the kinds and policies of [population]; expected no " +
                                  in_quotes(key) + " in [" + std::string(end) + ".tls]");
  }
  if (const Member* program = find_member(document.find(end), "program"))
    fail(program->key_where, "clients of a population are twinwire's own, and so is their server; expected no " +
                                 in_quotes("program") + " in [" + std::string(end) + "]");
}

void check_beside(const Node& document) {
  for (const std::string_view key : {"script", "sweep", "expect"}) {
    if (const Member* member = find_member(&document, key))
      fail(member->key_where, "each connection of a population is one handshake, which is counted; expected no " +
                                  in_quotes(key) + " beside [population]");
  }
  check_settled(document, "client", settled_for_client);
  check_settled(document, "server", settled_for_server);
}

class TableReader {
 public:
  explicit TableReader(const Node& table) : table_(table) {}

  Population read() {
    take_integer(table_, "scale", population_.scale);
    take_integer(table_, "clients", population_.clients);
    take_integer(table_, "sessions", population_.sessions);
    read_kinds(*table_.find("kinds"));
    population_.returns.mean /= population_.scale;
    if (const Node* returns = table_.find("returns")) read_returns(*returns);
    read_change(*table_.find("change"));
    population_.before = duration(table_, "before").value();
    population_.after = duration(table_, "after").value();
    population_.minute = duration(table_, "minute").value_or(population_.minute / population_.scale);
    if (table_.find("keeps_broken") != nullptr) population_.keeps_broken = boolean_of(table_, "keeps_broken");
    population_.walked = boolean_of(table_, "walked");
    check_minutes();
    check_visits();
    read_policies(*table_.find("policy"));
    return std::move(population_);
  }

 private:
  std::optional<Duration> duration(const Node& table, std::string_view key) const {
    const Node* node = table.find(key);
    if (node == nullptr) return std::nullopt;
    const Duration read = read_plain_duration(phrase_of(*node)) / population_.scale;
    if (read < shortest)
      fail(phrase_of(*node).where, in_quotes(key) + " is " + in_quotes(node->text) +
                                       (population_.scale == 1 ? "" : ", to be divided by the scale") +
                                       "; expected 1ms at least");
    return read;
  }

  /// Seconds are what a server counts a session's life in.
  std::optional<Duration> lifetime(const Node& table, std::string_view key) const {
    const std::optional<Duration> read = duration(table, key);
    if (!read || (*read % Seconds(1) == Duration{} && *read >= Seconds(1))) return read;
    const Node& node = *table.find(key);
    if (population_.scale == 1)
      fail(phrase_of(node).where, in_quotes(key) + " is " + in_quotes(node.text) +
                                      "; expected whole seconds, which is what sessions live, such as \"60s\"");
    fail(phrase_of(node).where, in_quotes(key) + " is " + in_quotes(node.text) + ", which divided by the scale of " +
                                    std::to_string(population_.scale) +
                                    " are no whole seconds; expected a multiple of " +
                                    std::to_string(population_.scale) + "s");
  }

  void read_kinds(const Node& kinds) {
    for (std::size_t kind = 0; kind < client_kinds; ++kind)
      take_integer(kinds, client_kind_words.at(kind), population_.shares[kind]);
    const auto all = std::accumulate(population_.shares.begin(), population_.shares.end(), 0U);
    if (all == 0) fail(kinds.where, "there is no client of any kind; expected parts such as { ticket = 1, psk = 2 }");
  }

  void read_returns(const Node& node) {
    Returns& returns = population_.returns;
    using Distribution = Returns::Distribution;
    returns.distribution =
        enum_of<Distribution>(node, "distribution", distribution_words).value_or(returns.distribution);
    const bool uniform = returns.distribution == Distribution::Uniform;
    const std::string word = "distribution = \"" + std::string(name(returns.distribution)) + "\"";
    for (const std::string_view key : {"mean", "least", "most"}) {
      const Member* member = find_member(&node, key);
      const bool fits = uniform == (key != "mean");
      if (member == nullptr && fits)
        fail(node.where, word + " needs " + in_quotes(key) + "; expected such as " + std::string(key) + " = \"10m\"");
      if (member != nullptr && !fits)
        fail(member->key_where, in_quotes(key) + " has no meaning with " + word + "; expected " +
                                    (uniform ? "'least' and 'most'" : "'mean'"));
    }
    returns.mean = duration(node, "mean").value_or(returns.mean);
    returns.least = duration(node, "least").value_or(returns.least);
    returns.most = duration(node, "most").value_or(returns.most);
    if (returns.least > returns.most)
      fail(phrase_of(*node.find("most")).where, "'most' is " + text_of(node, "most") + ", below the 'least' of " +
                                                    text_of(node, "least") + "; expected a longer one");
  }

  void read_change(const Node& change) {
    if (change.text.empty())
      fail(phrase_of(change).where,
           "the change has no name; expected that of one of the bench, such as \"inspection\"");
    population_.change = change.text;
  }

  void check_minutes() const {
    const bool written = table_.find("minute") != nullptr;
    const Node& node = *table_.find(written ? "minute" : "after");
    if (population_.after < population_.minute)
      fail(phrase_of(node).where, "'after' is " + text_of(table_, "after") +
                                      ", shorter than a 'minute', of which the curve is made; expected one 'minute' "
                                      "at least");
    if (population_.after / population_.minute > most_minutes)
      fail(phrase_of(node).where, "the curve would have " + std::to_string(population_.after / population_.minute) +
                                      " minutes; expected at most " + std::to_string(most_minutes));
  }

  void check_visits() const {
    const Returns& returns = population_.returns;
    const bool uniform = returns.distribution == Returns::Distribution::Uniform;
    const Duration mean = uniform ? (returns.least + returns.most) / 2 : returns.mean;
    const std::int64_t each = (population_.before + population_.after) / mean;
    if (each <= most_visits / population_.clients) return;
    fail(table_.find("clients")->where, std::to_string(population_.clients) + " clients would come " +
                                            std::to_string(each) + " times each; expected fewer clients, longer " +
                                            "intervals or a shorter time, for at most " + std::to_string(most_visits) +
                                            " connections in all");
  }

  void read_policies(const Node& policies) {
    if (policies.items.empty())
      fail(policies.where,
           "'policy' is an empty array; expected one policy at least, such as { name = \"as it is\", "
           "lifetime = \"1h\" }");
    std::set<std::string> names;
    for (const Node& node : policies.items) {
      LifetimePolicy policy = read_policy(node);
      if (!names.insert(policy.name).second)
        fail(phrase_of(*node.find("name")).where,
             "a second policy of the name " + in_quotes(policy.name) + "; expected each name once");
      population_.policies.push_back(std::move(policy));
    }
  }

  LifetimePolicy read_policy(const Node& node) const {
    LifetimePolicy policy;
    policy.name = string_of(node, "name");
    if (policy.name.empty())
      fail(phrase_of(*node.find("name")).where, "a policy without a name; expected such as \"as it is\"");
    policy.lifetime = lifetime(node, "lifetime").value();
    policy.lowered_to = lifetime(node, "lowered_to");
    policy.forgets = boolean_of(node, "forgets");
    if (policy.lowered_to && *policy.lowered_to >= policy.lifetime)
      fail(phrase_of(*node.find("lowered_to")).where, "'lowered_to' is " + text_of(node, "lowered_to") +
                                                          ", not below the 'lifetime' of " + text_of(node, "lifetime") +
                                                          "; expected a shorter one");
    policy.lowered_before = duration(node, "lowered_before").value_or(Duration{});
    if (policy.lowered_before == Duration{}) return policy;
    const Node& before = *node.find("lowered_before");
    if (!policy.lowered_to && !policy.forgets)
      fail(phrase_of(before).where, "nothing is done then; expected 'lowered_to' or forgets = true beside it");
    if (policy.lowered_before > population_.before)
      fail(phrase_of(before).where, "'lowered_before' is " + text_of(node, "lowered_before") +
                                        ", but the clients come only from " + text_of(table_, "before") +
                                        " before the change on; expected a 'before' that is not shorter");
    return policy;
  }

  const Node& table_;
  Population population_;
};

TlsConfig settings_of(ClientKind kind, Population::Handshake handshake, const Scenario& scenario) {
  TlsConfig tls = scenario.tls.value_or(TlsConfig{});
  tls.client.offer_expired = false;
  tls.server.session_lifetime = scenario.population->policies.front().lifetime;
  if (kind == ClientKind::Fresh) return tls;
  const bool older = kind == ClientKind::SessionId || kind == ClientKind::Ticket;
  tls.client.version = older ? tls::Version::Tls12 : tls::Version::Tls13;
  // A hello of TLS 1.2 has no key share.
  if (older) tls.client.key_share_bytes = 0;
  tls.resume = older ? tls::Resumption::Ticket : tls::Resumption::Psk;
  if (kind == ClientKind::SessionId) {
    tls.resume = tls::Resumption::SessionId;
    tls.server.tickets = false;
    tls.server.ticket_bytes = 0;
  }
  if (kind == ClientKind::EarlyData) {
    tls.server.most_early_data = std::max(tls.server.most_early_data, most_early_data);
    if (handshake == Population::Handshake::Resumed) tls.client.early_data = early_data;
  }
  return tls;
}

std::shared_ptr<const Scenario> visit_of(ClientKind kind, Population::Handshake handshake, const Scenario& scenario) {
  auto visit = std::make_shared<Scenario>(scenario);
  visit->tls = settings_of(kind, handshake, scenario);
  visit->population.reset();
  visit->exclusive = false;
  std::erase(visit->capabilities, "apply:" + scenario.population->change);
  if (handshake == Population::Handshake::First || kind == ClientKind::Fresh) return visit;
  Step& step = visit->steps.at(1);
  std::get<Act>(step.what).what = ResumesTls{};
  step.text = "client resumes tls @" + step.label;
  visit->expect[step.label] = {{.kind = Outcome::Kind::Resumed, .becomes = {}, .text = "resumed"}};
  return visit;
}

}  // namespace

std::optional<Population> read_population(const Node& document) {
  const Node* table = document.find("population");
  if (table == nullptr) return std::nullopt;
  check_beside(document);
  return TableReader(*table).read();
}

decltype(Population::visit) visits_of(const Scenario& scenario) {
  using Handshake = Population::Handshake;
  std::array<std::array<std::shared_ptr<const Scenario>, 2>, client_kinds> visits;
  for (const ClientKind kind : all_client_kinds) {
    for (const Handshake handshake : {Handshake::First, Handshake::Resumed})
      visits.at(static_cast<std::size_t>(kind)).at(static_cast<std::size_t>(handshake)) =
          visit_of(kind, handshake, scenario);
  }
  return [visits](ClientKind kind, Handshake handshake) {
    return visits.at(static_cast<std::size_t>(kind)).at(static_cast<std::size_t>(handshake));
  };
}

}  // namespace twinwire::scenario
