// SPDX-License-Identifier: Apache-2.0
// Each file is written whole, where it was asked for.
#include "harness/cli/outputs.hpp"

#include "harness/report/junit.hpp"
#include "harness/report/results_json.hpp"
#include "harness/report/run_directory.hpp"

namespace twinwire::cli {

void write_outputs(const report::RunResult& run, const Outputs& outputs) {
  if (!outputs.json.empty()) report::write_file(outputs.json, report::result_json(run));
  if (!outputs.junit.empty()) report::write_file(outputs.junit, report::junit_xml(run));
}

}  // namespace twinwire::cli
