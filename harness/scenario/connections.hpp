// SPDX-License-Identifier: Apache-2.0
// What the lines of a ladder do to its connections, as far as that is known before anything is sent.
#pragma once

#include <vector>

#include "harness/scenario/line.hpp"

namespace twinwire::scenario {

/// Throws LoadError if an act goes on with a connection that nothing has opened, or with one in which a line has left a
/// hole; and if a burst is more than the window of the end that it is for.
void check_connections(const std::vector<ParsedLine>& lines, const Scenario& scenario);

}  // namespace twinwire::scenario
