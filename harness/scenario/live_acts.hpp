// SPDX-License-Identifier: Apache-2.0
// Acts that live ends do: the ladder that a scenario has without writing one, and what acts ask of the ends.
#pragma once

#include <optional>
#include <vector>

#include "harness/scenario/line.hpp"

namespace twinwire::scenario {

/// Whether the act is a TLS handshake.
bool is_handshake(const Act& act);

/// The ladder of a scenario that writes none but says what its ends are: connect, shake hands, close; with `resume` all
/// of it once before that; or the client's program. Nothing if the ends do not say so much.
std::optional<Node> implied_ladder(const Node& document, const Scenario& scenario);

/// What its labels expect where nothing is written: that all goes well.
void imply_expectations(Scenario& scenario);

/// Throws LoadError if a line or an act asks something of an end that is a program, or of one that is none, or if a
/// session is resumed that nothing gave. Settles in `scenario.tls` what the acts imply.
void check_acts(const std::vector<ParsedLine>& lines, const Node& document, Scenario& scenario);

}  // namespace twinwire::scenario
