// SPDX-License-Identifier: Apache-2.0
// `run.json`: what a run set out to do, written before it begins. Together with the copies of the scenario files,
// bench.json and the transcripts it is all that a later judgement needs.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "generator/wire/address.hpp"

namespace twinwire::report {

/// Names one walk of one cell; the transcript's file carries the same name.
struct PlannedCell {
  std::string scenario, cell;
  wire::Family family = wire::Family::Ipv4;
  int repetition = 0;
  std::string stem;    ///< of the transcript's file
  std::string reason;  ///< not empty: it was not to be walked, and why
};

/// Where the copy of a scenario file lies, and the folder its id counts from; both relative to the run directory.
struct PlannedFile {
  std::string file, root;
};

struct StoredPlan {
  std::string run, version, started;
  std::uint64_t seed = 0;
  std::string command;  ///< as it was typed, for the reader
  std::map<std::string, std::string> settings;
  std::vector<PlannedFile> files;
  std::vector<PlannedCell> cells;
};

std::string plan_json(const StoredPlan& plan);
/// Throws StoredRunError.
StoredPlan read_plan_json(const std::string& text, const std::string& file);

}  // namespace twinwire::report
