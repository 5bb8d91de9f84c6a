// SPDX-License-Identifier: Apache-2.0
// [population]: read, checked, and the little scenarios of its clients. Everything that is written is tried at load, so
// that a run never meets a visit that cannot be.
#pragma once

#include "harness/scenario/document.hpp"
#include "harness/scenario/scenario.hpp"

namespace twinwire::scenario {

/// The table of a document, without `visit`; nothing if there is none. The document was checked against the known keys.
/// Throws LoadError if something in it is not as it should be, or stands beside it that cannot.
std::optional<Population> read_population(const Node& document);

/// The visits of a scenario that holds the ladder of one, a full handshake; each kind is one with settings of its own.
decltype(Population::visit) visits_of(const Scenario& scenario);

}  // namespace twinwire::scenario
