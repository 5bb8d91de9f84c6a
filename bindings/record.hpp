// SPDX-License-Identifier: Apache-2.0
// All that is known of one cell on one bench: what Python's Result, Transit and Frame look into. A record is complete
// when it is handed over and never changes after that, so that views of its frames stay valid as long as it lives.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/cli/cutover.hpp"
#include "harness/judge/verdict.hpp"
#include "harness/limits/finding.hpp"
#include "harness/observe/transcript.hpp"
#include "harness/report/result.hpp"
#include "harness/scenario/scenario.hpp"

namespace twinwire::bindings {

using Cell = std::shared_ptr<const scenario::Scenario>;

struct Record {
  Cell cell;
  std::string skipped;  ///< not empty: never walked, and why
  observe::Transcript transcript;
  std::string error;  ///< not empty: our side failed, and this says how
  judge::Result judged;
  std::string baseline_fault;
  std::optional<limits::Finding> limits;
  std::optional<cli::Cutover> cutover;  ///< of a cell with a population; transcript and judged are of its sample
  report::CellResult result;
};

using RecordPointer = std::shared_ptr<const Record>;

/// The result of what the record has, as the command line concludes it.
report::CellResult conclude(const Record& record, report::Charset charset);

/// A cell that was not walked.
RecordPointer skipped(Cell cell, const std::string& reason);

/// The headline, the ladder as it happened, the findings, the diagnosis, the limit: as the terminal shows them. The
/// ladder of a pass is shown too.
std::string explain(const Record& record, report::Charset charset);

}  // namespace twinwire::bindings
