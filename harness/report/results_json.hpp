// SPDX-License-Identifier: Apache-2.0
// `result.json` and the lines of `events.jsonl`. The keys are a contract: docs/result.schema.json.
#pragma once

#include <string>

#include "harness/report/result.hpp"

namespace twinwire::report {

/// The whole file, indented, with a line end.
std::string result_json(const RunResult& run);

/// One line each, with its line end. `at` is in RFC 3339.
std::string run_started_line(const RunResult& run, std::size_t cells);
std::string cell_finished_line(const CellResult& cell, const std::string& at);
std::string run_finished_line(const RunResult& run, const std::string& at);

}  // namespace twinwire::report
