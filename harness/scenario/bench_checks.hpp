// SPDX-License-Identifier: Apache-2.0
// What the keys of a bench file mean together. `document` is what the bench is read from, all keys known.
#pragma once

#include "harness/scenario/bench_spec.hpp"
#include "harness/scenario/document.hpp"

namespace twinwire::scenario {

/// Throws LoadError if the device cannot stand in that world, lacks what its kind needs or has what it has no use for.
void check_kind(const Node& document);

/// Throws LoadError if changes, interfaces, addresses or the path do not fit the device.
void check_bench(const Node& document, const BenchSpec& bench);

}  // namespace twinwire::scenario
