// SPDX-License-Identifier: Apache-2.0
// All cells of a run: found, loaded, selected and repeated, and for each what speaks against walking it.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/cli/catalogue.hpp"
#include "harness/cli/command.hpp"
#include "harness/report/run_directory.hpp"
#include "harness/report/stored_plan.hpp"
#include "harness/scenario/scenario.hpp"

namespace twinwire::cli {

struct PlannedWalk {
  const scenario::Scenario* scenario = nullptr;
  report::PlannedCell cell;
};

struct Plan {
  std::vector<ScenarioFile> files;                                   ///< of the selected cells
  std::vector<std::unique_ptr<const scenario::Scenario>> scenarios;  ///< the selected cells, once each
  std::vector<PlannedWalk> walks;                                    ///< cells times repetitions

  /// Marks the walks for which `unsuitable` has a reason.
  void exclude(const std::function<std::optional<std::string>(const scenario::Scenario&)>& unsuitable);
  /// The walks that nothing speaks against, in order.
  std::vector<std::size_t> suitable() const;
};

/// The cells that `selection` means; throws UsageError and scenario::LoadError.
Plan make_plan(const Selection& selection, int repeat);

/// Where copies of the scenario files, with all that they extend, go inside a run directory.
struct StoredFiles {
  std::vector<report::CopiedFile> copies;
  std::vector<report::PlannedFile> planned;  ///< one for each of Plan::files
};
StoredFiles stored_files(const std::vector<ScenarioFile>& files);

}  // namespace twinwire::cli
