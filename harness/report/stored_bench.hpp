// SPDX-License-Identifier: Apache-2.0
// What judging needs to know of a bench, and nothing else of it, as `bench.json` in a run directory. The names in it
// are for the reader: no verdict depends on them.
#pragma once

#include <stdexcept>
#include <string>

#include "harness/scenario/bench_spec.hpp"

namespace twinwire::report {

/// A file of a run directory that cannot be read: what() names the file and what was expected.
class StoredRunError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The kind of the device, or the bench's own name where the kind alone ("process", "model") tells nobody what it was.
std::string device_name(const scenario::BenchSpec& bench);

std::string bench_json(const scenario::BenchSpec& bench);

struct StoredBench {
  scenario::BenchSpec spec;
  std::string device;  ///< as device_name() had it; "" if the file does not say
};
StoredBench read_bench_json(const std::string& text, const std::string& file);

}  // namespace twinwire::report
