// SPDX-License-Identifier: Apache-2.0
// Each connection is a cell of its own: connects, shakes hands, closes. Those of one kind share a server, and a session
// is carried from the cell that was given it to the one that offers it. To measure, full handshakes prime sessions
// while the change is not made; some are resumed at once, so that what does not resume at all is not blamed on the
// change; then it is made, and the rest is replayed. Where the population is walked, each policy has a bench of its own
// that knows nothing of the one before, and what a policy does is done when the first connection behind that moment
// begins.
#include "harness/cli/cutover.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "harness/cli/conclude.hpp"

namespace twinwire::cli {
namespace {

using cutover::Ending;
using cutover::Situation;
using judge::Verdict;
using scenario::ClientKind;
using Handshake = scenario::Population::Handshake;

constexpr std::array all_kinds{ClientKind::SessionId, ClientKind::Ticket, ClientKind::Psk, ClientKind::EarlyData,
                               ClientKind::Fresh};

/// Sessions that are resumed before the change, for one that is kept.
constexpr std::uint32_t sessions_per_control = 10;

cutover::Author author_of(judge::Author author) {
  if (author == judge::Author::Unknown) return cutover::Author::Unknown;
  return author == judge::Author::Device ? cutover::Author::Device : cutover::Author::End;
}

cutover::Outcome outcome_of(scenario::Outcome::Kind kind) {
  using Kind = scenario::Outcome::Kind;
  switch (kind) {
    case Kind::Resumed:
      return cutover::Outcome::Resumed;
    case Kind::Full:
      return cutover::Outcome::Full;
    case Kind::WrongCertificate:
      return cutover::Outcome::WrongCertificate;
    case Kind::Alert:
      return cutover::Outcome::Alert;
    case Kind::Reset:
    case Kind::HalfOpen:
      return cutover::Outcome::Reset;
    case Kind::Closed:
      return cutover::Outcome::Closed;
    default:
      return cutover::Outcome::Hangs;
  }
}

/// Of a visit: how its handshake ended, or its connection before one could begin.
Ending ending_of(const scenario::Scenario& visit, const judge::Result& judged) {
  Ending ending{cutover::Outcome::Hangs, {}, cutover::Author::Unknown};
  for (const auto& [step, act] : judged.acts) {
    ending = {outcome_of(act.kind), act.alert, author_of(act.author)};
    if (visit.steps[static_cast<std::size_t>(step)].label == "handshake") break;
  }
  return ending;
}

/// A bench that is new, with the servers of each kind on it.
class Stage {
 public:
  Stage(const scenario::Scenario& cell, const scenario::BenchSpec& spec, std::uint64_t seed,
        const run::Options& options, Cutover& result)
      : population_(*cell.population),
        spec_(spec),
        bench_(bench::bind(spec)),
        floor_(*bench_, seed),
        options_(options),
        result_(result) {
    for (const ClientKind kind : all_kinds) {
      if (share(kind) == 0) continue;
      visits_[{kind, Handshake::First}] = population_.visit(kind, Handshake::First);
      if (kind != ClientKind::Fresh) visits_[{kind, Handshake::Resumed}] = population_.visit(kind, Handshake::Resumed);
      tls::ServerSettings settings = visits_.at({kind, Handshake::First})->tls->server;
      settings.credentials = bench_->credentials();
      servers_.emplace(std::piecewise_construct, std::forward_as_tuple(kind),
                       std::forward_as_tuple(settings, bench_->timeline()));
    }
  }

  bool interrupted() const { return options_.interrupted(); }
  bool has(ClientKind kind) const { return servers_.contains(kind); }
  void change() { bench_->apply(population_.change); }
  run::TlsServer& server(ClientKind kind) { return servers_.at(kind); }
  void set_lifetime(time::Duration lifetime) {
    for (auto& [kind, server] : servers_) server.set_session_lifetime(lifetime);
  }
  void forget_sessions() {
    for (auto& [kind, server] : servers_) server.forget_sessions();
  }
  time::Instant next_second() { return run::next_second(bench_->timeline()); }
  const scenario::Scenario& visit(ClientKind kind, Handshake handshake) const { return *visits_.at({kind, handshake}); }

  /// Walks connections and hands over what each came to.
  void walk(const std::vector<const scenario::Scenario*>& cells, run::Options options,
            const std::function<void(std::size_t, const Ending&, const run::Walked&)>& done) {
    options.interrupted = options_.interrupted;
    options.side_by_side = options_.side_by_side;
    floor_.walk(cells, options, [&](run::Walked walked) {
      if (interrupted()) return;
      const scenario::Scenario& visit = *cells[walked.cell];
      judge::Result judged = judge::judge(visit, spec_, walked.transcript);
      const Ending ending = ending_of(visit, judged);
      done(walked.cell, ending, walked);
      keep_sample(visit, ending, std::move(walked), std::move(judged));
    });
  }

 private:
  std::uint32_t share(ClientKind kind) const { return population_.shares[static_cast<std::size_t>(kind)]; }

  /// The first that broke, and until then the last.
  void keep_sample(const scenario::Scenario& visit, const Ending& ending, run::Walked walked, judge::Result judged) {
    if (has_broken_sample_) return;
    has_broken_sample_ = cutover::is_broken(ending.outcome);
    result_.judged = std::move(judged);
    result_.walked = std::move(walked);
    for (const auto& [key, known] : visits_) {
      if (known.get() == &visit) result_.visit = known;
    }
  }

  const scenario::Population& population_;
  const scenario::BenchSpec& spec_;
  std::unique_ptr<bench::Bench> bench_;
  run::Floor floor_;
  const run::Options& options_;
  Cutover& result_;
  bool has_broken_sample_ = false;
  std::map<ClientKind, run::TlsServer> servers_;
  std::map<std::pair<ClientKind, Handshake>, std::shared_ptr<const scenario::Scenario>> visits_;
};

using Sessions = std::vector<std::optional<run::HeldSession>>;

class Measuring {
 public:
  Measuring(Stage& stage, std::uint32_t sessions, cutover::Measurement& measurement)
      : stage_(stage), sessions_(sessions), measurement_(measurement) {}

  void run() {
    std::map<ClientKind, Sessions> kept;
    for (const ClientKind kind : all_kinds) {
      if (!stage_.has(kind) || kind == ClientKind::Fresh) continue;
      const std::uint32_t controls = sessions_ / sessions_per_control + 1;
      Sessions primed = shake_hands(kind, Situation::Primed, sessions_ + controls);
      const auto middle = primed.begin() + std::min<std::ptrdiff_t>(controls, std::ssize(primed));
      resume(kind, Situation::Control, Sessions(primed.begin(), middle));
      kept[kind].assign(middle, primed.end());
    }
    if (stage_.interrupted()) return;
    stage_.change();
    for (const ClientKind kind : all_kinds) {
      if (!stage_.has(kind)) continue;
      if (kind != ClientKind::Fresh) resume(kind, Situation::Old, kept[kind]);
      const Sessions issued = shake_hands(kind, Situation::Full, sessions_);
      if (kind == ClientKind::Fresh) continue;
      resume(kind, Situation::New, issued);
      stage_.server(kind).forget_sessions();
      resume(kind, Situation::Declined, kept[kind]);
    }
  }

 private:
  Sessions shake_hands(ClientKind kind, Situation situation, std::uint32_t times) {
    Sessions sessions(times);
    walk(
        kind, Handshake::First, situation, times, [](std::size_t) { return std::nullopt; }, &sessions);
    std::erase_if(sessions, [](const auto& session) { return !session; });
    return sessions;
  }

  void resume(ClientKind kind, Situation situation, const Sessions& sessions) {
    walk(
        kind, Handshake::Resumed, situation, sessions.size(), [&](std::size_t i) { return sessions[i]; }, nullptr);
  }

  void walk(ClientKind kind, Handshake handshake, Situation situation, std::size_t times,
            const std::function<std::optional<run::HeldSession>(std::size_t)>& offered, Sessions* sessions) {
    if (times == 0 || stage_.interrupted()) return;
    const std::vector<const scenario::Scenario*> cells(times, &stage_.visit(kind, handshake));
    run::Options options;
    options.share = [&](std::size_t cell) { return run::Shared{&stage_.server(kind), offered(cell), false}; };
    stage_.walk(cells, options, [&](std::size_t cell, const Ending& ending, const run::Walked& walked) {
      measurement_.add(kind, situation, ending);
      if (sessions != nullptr) (*sessions)[cell] = walked.session;
    });
  }

  Stage& stage_;
  std::uint32_t sessions_;
  cutover::Measurement& measurement_;
};

/// One policy, walked in the bench's time.
class Rehearsal {
 public:
  Rehearsal(Stage& stage, const scenario::Population& population, const scenario::LifetimePolicy& policy,
            const std::vector<cutover::Visit>& visits)
      : stage_(stage),
        population_(population),
        policy_(policy),
        visits_(visits),
        tally_(population, policy),
        held_(population.clients) {}

  cutover::Curve run() {
    stage_.set_lifetime(policy_.lifetime);
    // Sessions are counted in whole seconds, and so is what was computed, from the change on.
    const time::Instant change = stage_.next_second() + population_.before;
    // Which handshake a client begins is known only when its time has come.
    std::vector<const scenario::Scenario*> cells;
    run::Options options;
    for (const cutover::Visit& visit : visits_) {
      const bool fresh = visit.kind == ClientKind::Fresh;
      cells.push_back(&stage_.visit(visit.kind, fresh ? Handshake::First : Handshake::Resumed));
      options.begins.push_back(change + visit.at);
    }
    options.share = [this](std::size_t visit) { return begin(visit); };
    stage_.walk(cells, options, [this](std::size_t visit, const Ending& ending, const run::Walked& walked) {
      end(visit, ending, walked);
    });
    return tally_.curve();
  }

 private:
  run::Shared begin(std::size_t index) {
    const cutover::Visit& visit = visits_[index];
    if (policy_.lowered_to && !lowered_ && visit.at >= -policy_.lowered_before) {
      stage_.set_lifetime(*policy_.lowered_to);
      if (policy_.forgets) stage_.forget_sessions();
      lowered_ = true;
    }
    if (!changed_ && visit.at >= time::Duration::zero()) {
      stage_.change();
      changed_ = true;
    }
    offering_.insert_or_assign(index, held_[visit.client].has_value());
    return {&stage_.server(visit.kind), held_[visit.client], true};
  }

  void end(std::size_t index, const Ending& ending, const run::Walked& walked) {
    const cutover::Visit& visit = visits_[index];
    tally_.add(visit, offering_.at(index) ? cutover::Offer::Session : cutover::Offer::None, ending.outcome);
    if (visit.kind == ClientKind::Fresh) return;
    if (walked.session) {
      held_[visit.client] = walked.session;
    } else if (cutover::is_broken(ending.outcome) && !population_.keeps_broken) {
      held_[visit.client].reset();
    }
  }

  Stage& stage_;
  const scenario::Population& population_;
  const scenario::LifetimePolicy& policy_;
  const std::vector<cutover::Visit>& visits_;
  cutover::Tally tally_;
  Sessions held_;  ///< by client
  std::map<std::size_t, bool> offering_;
  bool lowered_ = false, changed_ = false;
};

/// A device passes if nothing breaks that worked before the change.
void settle_verdict(Cutover& result) {
  const cutover::Measurement& measured = result.finding.measurement;
  for (const Situation before : {Situation::Primed, Situation::Control}) {
    if (measured.broken(before) == 0) continue;
    result.verdict = Verdict::Inconclusive;
    result.reason = "handshakes break before the change is made, so nothing can be said of it";
    return;
  }
  for (const Situation after : {Situation::Old, Situation::Declined, Situation::Full, Situation::New}) {
    if (measured.broken(after) > 0) result.verdict = Verdict::Fail;
  }
  for (const cutover::Curve& curve : result.finding.walked) {
    if (curve.broken > 0) result.verdict = Verdict::Fail;
  }
}

}  // namespace

Cutover cut_over(const scenario::Scenario& cell, const scenario::BenchSpec& spec, std::uint64_t seed,
                 const run::Options& options) {
  const scenario::Population& population = *cell.population;
  Cutover result;
  cutover::Measurement measurement;
  measurement.bench = spec.name;
  {
    Stage stage(cell, spec, seed, options, result);
    Measuring(stage, population.sessions, measurement).run();
  }
  std::vector<cutover::Curve> walked;
  if (population.walked) {
    const auto visits = cutover::visits(population, seed);
    for (const scenario::LifetimePolicy& policy : population.policies) {
      if (options.interrupted()) break;
      Stage stage(cell, spec, seed, options, result);
      walked.push_back(Rehearsal(stage, population, policy, visits).run());
    }
  }
  result.finding = cutover::conclude(population, seed, measurement, std::move(walked));
  settle_verdict(result);
  if (options.interrupted()) {
    result.verdict = Verdict::Inconclusive;
    result.reason = "interrupted: what was measured until then is kept";
  }
  return result;
}

report::CellResult conclude(const scenario::Scenario& cell, const Cutover& found, report::Charset charset) {
  auto result = found.visit
                    ? conclude(*found.visit, {found.walked.transcript, found.walked.error}, found.judged, "", charset)
                    : report::without_walk(cell, found.verdict, found.reason);
  result.cutover = found.finding;
  result.verdict = found.verdict;
  result.reason = found.reason;
  return result;
}

}  // namespace twinwire::cli
