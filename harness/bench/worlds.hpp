// SPDX-License-Identifier: Apache-2.0
// The three worlds, each a Bench; `bind` chooses among them and nobody else knows that there are three.
#pragma once

#include <memory>

#include "harness/bench/bench.hpp"
#include "harness/device/middlebox.hpp"

namespace twinwire::bench {

/// `device`: the model between the wires; null: there is none.
std::unique_ptr<Bench> bind_simulation(const scenario::BenchSpec& spec, std::unique_ptr<device::Middlebox> device);
std::unique_ptr<Bench> bind_namespaces(const scenario::BenchSpec& spec, std::unique_ptr<device::Middlebox> device);
std::unique_ptr<Bench> bind_nics(const scenario::BenchSpec& spec);

/// The change of that name; throws BenchError, which names those that there are.
const scenario::ApplySpec& find_change(const scenario::BenchSpec& spec, const std::string& name);

}  // namespace twinwire::bench
