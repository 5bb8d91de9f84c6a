// SPDX-License-Identifier: Apache-2.0
// How fast the run is, beside the bound that the machine sets: a bare loop that sends a frame on one wire of the same
// bench and reads it on the other, in the same run. It prints figures and ratios and passes no judgement on them.
#include "harness/run/run.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "generator/craft/builder.hpp"
#include "generator/wire/packet.hpp"
#include "harness/judge/verdict.hpp"
#include "harness/scenario/load.hpp"

using namespace twinwire;
using scenario::Party;

namespace {

using Clock = std::chrono::steady_clock;

double microseconds(Clock::duration duration) { return std::chrono::duration<double, std::micro>(duration).count(); }

template <typename Call>
double time_of(const Call& call) {
  const auto begun = Clock::now();
  call();
  return microseconds(Clock::now() - begun);
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  return values[values.size() / 2];
}

scenario::BenchSpec built_in(const std::string& name) {
  return scenario::load_bench(TWINWIRE_SOURCE_DIR "/harness/bench/builtin/" + name + ".toml");
}

std::vector<scenario::Scenario> catalogue() {
  std::vector<scenario::Scenario> cells;
  for (const auto& file : scenario::find_scenarios(TWINWIRE_SOURCE_DIR "/scenarios")) {
    for (auto& cell : scenario::load_scenario(file, TWINWIRE_SOURCE_DIR "/scenarios")) {
      // Cells with real waits are counted apart: they would measure their own waiting.
      if (std::ranges::count(cell.tags, "slow") == 0) cells.push_back(std::move(cell));
    }
  }
  return cells;
}

struct Outcome {
  std::size_t cells = 0, passed = 0;
  std::vector<double> crossed, dropped;  ///< from probe sent to verdict known, in microseconds
};

/// Per line with one probe: from the frame's departure to the end of its step.
void measure_lines(const observe::Transcript& transcript, const judge::Result& result, Outcome& outcome) {
  for (const auto& transit : result.transits) {
    if (!transit.sent || transit.step < 0 || transit.packet != 0) continue;
    const auto& events = transcript.events;
    const auto done = std::ranges::find_if(
        events.begin() + static_cast<std::ptrdiff_t>(*transit.sent), events.end(),
        [&](const auto& e) { return e.kind == observe::Event::Kind::Done && e.step == transit.step; });
    if (done == events.end()) continue;
    const double spent = std::chrono::duration<double, std::micro>(done->at - events[*transit.sent].at).count();
    if (transit.fate == observe::Transit::Fate::Crossed) outcome.crossed.push_back(spent);
    if (transit.proof == observe::Transit::Proof::Marker) outcome.dropped.push_back(spent);
  }
}

Outcome walk(bench::Bench& bench, const std::vector<scenario::Scenario>& cells, int side_by_side) {
  std::vector<const scenario::Scenario*> suitable;
  for (const auto& cell : cells) {
    if (!bench::unsuitable(bench.spec(), cell)) suitable.push_back(&cell);
  }
  Outcome outcome;
  run::Options options;
  static std::uint64_t walks = 0;
  options.side_by_side = side_by_side;
  // Other ports each time: the device still has the connections of the time before.
  run::Floor(bench, ++walks).walk(suitable, options, [&](const run::Walked& walked) {
    const auto result = judge::judge(*suitable[walked.cell], bench.spec(), walked.transcript);
    ++outcome.cells;
    if (result.verdict == judge::Verdict::Pass) ++outcome.passed;
    measure_lines(walked.transcript, result, outcome);
  });
  return outcome;
}

/// The machine's bound: one frame sent on the client's wire and read on the server's, with nothing of ours in between.
double bare_crossing(bench::Bench& bench) {
  craft::Builder builder;
  craft::Segment segment;
  segment.src = bench.spec().client.address.front().address;
  segment.dst = bench.spec().server.address.front().address;
  segment.dst_mac = {{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}};
  segment.flags = wire::tcp_flag::Syn;
  const craft::Frame frame = builder.tcp(segment);
  bool arrived = false;
  bench.wire(Party::Server).on_frame([&](time::Instant, wire::Bytes) { arrived = true; });
  std::vector<double> spent;
  for (int i = 0; i < 2000; ++i) {
    arrived = false;
    const double one = time_of([&] {
      bench.wire(Party::Client).send(frame);
      bench.wire(Party::Server).poll();
    });
    if (arrived) spent.push_back(one);
  }
  bench.wire(Party::Server).on_frame(nullptr);
  return median(spent);
}

void measure(const std::string& name, const std::vector<scenario::Scenario>& cells, double bound) {
  std::vector<double> up, together, alone;
  Outcome outcome;
  for (int i = 0; i < 5; ++i) {
    std::unique_ptr<bench::Bench> made;
    up.push_back(time_of([&] { made = bench::bind(built_in(name)); }));
    together.push_back(time_of([&] { outcome = walk(*made, cells, 64); }));
    alone.push_back(time_of([&] { outcome = walk(*made, cells, 1); }));
  }
  const double count = static_cast<double>(outcome.cells);
  std::printf("%-12s %zu cells, %zu passed\n", name.c_str(), outcome.cells, outcome.passed);
  std::printf("  bench up                      %9.1f ms\n", median(up) / 1000);
  std::printf("  whole set, side by side       %9.1f ms  with the bench %.1f ms\n", median(together) / 1000,
              (median(together) + median(up)) / 1000);
  std::printf("  whole set, one after another  %9.1f ms  %.0f cells/s\n", median(alone) / 1000,
              count * 1e6 / median(alone));
  if (bound <= 0) return;
  std::printf("  probe to verdict, crossed     %9.1f us  %.1f x a bare crossing\n", median(outcome.crossed),
              median(outcome.crossed) / bound);
  std::printf("  probe to verdict, dropped     %9.1f us  %.1f x a bare crossing\n", median(outcome.dropped),
              median(outcome.dropped) / bound);
}

}  // namespace

int main() {
  const auto cells = catalogue();
  double bound = 0;
  {
    const auto wire = bench::bind(built_in("wire"));
    bound = bare_crossing(*wire);
  }
  std::printf("bare crossing of a veth pair: %.1f us (send and receive, one thread)\n", bound);
  for (const char* name : {"nftables", "wire", "simulation"})
    measure(name, cells, name == std::string("simulation") ? 0 : bound);
  return 0;
}
