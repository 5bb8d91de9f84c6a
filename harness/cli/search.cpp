// SPDX-License-Identifier: Apache-2.0
// Each probe is a cell of its own, walked and judged like any other, on fresh ports; what the finder is told of it is
// measured on the wire. The least value that failed is tried once more over the simulated plain wire: what fails there
// too is our own fault and no limit of a device.
#include "harness/cli/search.hpp"

#include "harness/cli/conclude.hpp"
#include "harness/judge/hello.hpp"

namespace twinwire::cli {
namespace {

using judge::Verdict;

/// The last TLS act, or client program, that was walked.
std::optional<int> last_hello_step(const scenario::Scenario& probe, const observe::Transcript& transcript) {
  std::optional<int> last;
  for (const auto& event : transcript.events) {
    if (event.kind != observe::Event::Kind::Says || event.step < 0) continue;
    const auto* act = std::get_if<scenario::Act>(&probe.steps[static_cast<std::size_t>(event.step)].what);
    if (act != nullptr &&
        (std::holds_alternative<scenario::StartsTls>(act->what) ||
         std::holds_alternative<scenario::ResumesTls>(act->what) || std::holds_alternative<scenario::Runs>(act->what)))
      last = event.step;
  }
  return last;
}

/// When the client first heard after `begun` that its connection is over.
std::optional<time::Instant> heard_of_the_end(const observe::Transcript& transcript, time::Instant begun) {
  for (const auto& event : transcript.events) {
    const bool heard = event.kind == observe::Event::Kind::Received && !event.marker &&
                       event.wire == scenario::Party::Client && event.at >= begun;
    const auto packet = heard ? wire::decode(event.frame) : std::nullopt;
    if (packet && packet->tcp && (packet->tcp->flags & (wire::tcp_flag::Rst | wire::tcp_flag::Fin)) != 0)
      return event.at;
  }
  return std::nullopt;
}

limits::Observation observation_of(const scenario::Scenario& probe, const scenario::BenchSpec& spec,
                                   const run::Walked& walked, const judge::Result& judged) {
  limits::Observation seen;
  seen.passed = judged.verdict == Verdict::Pass && walked.error.empty();
  seen.settled = walked.error.empty() && (judged.verdict == Verdict::Pass || judged.verdict == Verdict::Fail);
  seen.took = walked.duration;
  seen.verdict = std::string(judge::name(judged.verdict));
  if (!walked.error.empty()) {
    seen.verdict = walked.error;
  } else if (!judged.diagnosis.empty()) {
    seen.verdict = judged.diagnosis;
  } else if (!seen.settled && !judged.findings.empty()) {
    seen.verdict = judged.findings.front().text;
  }
  const auto step = last_hello_step(probe, walked.transcript);
  if (!step) return seen;
  const judge::Sayings said = judge::sayings(walked.transcript, *step);
  seen.client_saw = judge::saw(said.client);
  seen.server_saw = judge::saw(said.server);
  const auto passage = judge::hello_of_step(walked.transcript, spec, probe, *step);
  if (!passage) return seen;
  seen.octets = passage->octets;
  seen.packets = passage->packets();
  seen.records = passage->hello.records;
  seen.payload_per_segment = passage->payload_per_segment;
  seen.timestamps = passage->timestamps ? limits::Timestamps::Present : limits::Timestamps::Absent;
  seen.span = passage->span;
  const auto over = seen.passed ? std::nullopt : heard_of_the_end(walked.transcript, passage->begun);
  if (over) seen.failed_after = *over - passage->begun;
  return seen;
}

std::string fault_over_a_plain_wire(const scenario::Scenario& probe) {
  if (!has_baseline(probe)) return "";
  const auto wire = bench::bind(plain_wire({&probe}));
  std::string fault;
  run::Floor(*wire, 1).walk({&probe}, {}, [&](run::Walked walked) {
    observe::Transcript transcript = with_error(std::move(walked));
    fault = fault_of_baseline(probe, take_error(std::move(transcript)));
  });
  return fault;
}

}  // namespace

Search search(run::Floor& floor, const scenario::Scenario& cell, const scenario::BenchSpec& spec,
              const run::Options& options) {
  Search found;
  const auto wanted = cell.tls ? cell.tls->client.hello_bytes : std::nullopt;
  limits::Finder finder(*cell.sweep, wanted ? std::optional<std::uint64_t>(*wanted) : std::nullopt);
  std::optional<limits::Settings> failing;
  // Of the scenario as it stands rather than of values across, and of these the least.
  std::pair<std::size_t, std::uint64_t> least;
  while (const auto settings = finder.next()) {
    if (options.interrupted()) break;
    const scenario::Scenario probe = cell.sweep->probe(*settings);
    floor.walk({&probe}, options, [&](run::Walked walked) {
      judge::Result judged = judge::judge(probe, spec, walked.transcript);
      const limits::Observation seen = observation_of(probe, spec, walked, judged);
      finder.add(seen);
      const std::pair<std::size_t, std::uint64_t> rank{settings->size(), seen.octets};
      const bool tells_more = !seen.passed && seen.settled && (!failing || rank <= least);
      if (!tells_more && failing) return;
      if (tells_more) {
        failing = *settings;
        least = rank;
      }
      found.walked = std::move(walked);
      found.judged = std::move(judged);
    });
  }
  found.finding = finder.result();
  if (failing) found.fault = fault_over_a_plain_wire(cell.sweep->probe(*failing));
  return found;
}

}  // namespace twinwire::cli
