// SPDX-License-Identifier: Apache-2.0
// What a run came to, as values. Everything that is printed or written about results is a pure function of these, so a
// report can be made again at any time and a test needs neither a bench nor a file.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "generator/time/instant.hpp"
#include "harness/cutover/finding.hpp"
#include "harness/judge/verdict.hpp"
#include "harness/limits/finding.hpp"
#include "harness/observe/transcript.hpp"
#include "harness/report/look.hpp"
#include "harness/scenario/scenario.hpp"

namespace twinwire::report {

struct Finding {
  observe::Layer layer{};
  judge::Verdict weight = judge::Verdict::Fail;
  int step = 0;      ///< counted from 1; 0: no step is meant
  std::string line;  ///< the ladder's line of that step
  std::string text;
  bool by_device = false;
};

/// A field that the device changed and that did not worsen the verdict; gathered over the whole run.
struct Alteration {
  std::string field, sent, received;
  auto operator<=>(const Alteration&) const = default;
};

struct CellResult {
  std::string scenario, cell;
  wire::Family family = wire::Family::Ipv4;
  int repetition = 0;  ///< from 1 where the run repeats its cells; else 0
  judge::Verdict verdict = judge::Verdict::Pass;
  time::Duration seconds{};
  std::vector<Finding> findings;
  std::string diagnosis;
  std::string reason;            ///< of a skip or an error
  std::string why;               ///< the scenario's own
  std::vector<TextLine> ladder;  ///< as it really happened; empty for a pass and a skip
  std::vector<Alteration> alterations;
  std::optional<limits::Finding> limits;    ///< of a cell with a sweep
  std::optional<cutover::Finding> cutover;  ///< of a cell with a population
};

struct RunResult {
  std::string id, bench, device;
  std::string started;  ///< RFC 3339
  time::Duration seconds{};
  bool interrupted = false;
  std::map<std::string, std::uint64_t> counters;  ///< the device's own at the end, where they can be read
  std::vector<CellResult> results;
};

/// "tcp/rst/exact", with the cell in brackets where there is one: "tcp/rst/exact[590]".
std::string title(const std::string& scenario, const std::string& cell);

/// Names a cell in file names: "tcp.rst.exact.590.ipv6", with ".r2" behind it for a repetition.
std::string file_stem(const std::string& scenario, const std::string& cell, wire::Family family, int repetition);

/// From the first event to the last. The run and a later judgement of its files say the same.
time::Duration span(const observe::Transcript& transcript);

/// What the judge found, with the scenario's own words and, unless it passed, the ladder as it happened.
CellResult describe(const scenario::Scenario& scenario, const observe::Transcript& transcript,
                    const judge::Result& judged, Charset charset);

/// A cell that was never walked, and why.
CellResult without_walk(const scenario::Scenario& scenario, judge::Verdict verdict, std::string reason);

/// By scenario, cell, family, repetition.
void sort(std::vector<CellResult>& results);

}  // namespace twinwire::report
