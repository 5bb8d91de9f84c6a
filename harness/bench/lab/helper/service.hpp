// SPDX-License-Identifier: Apache-2.0
// The life of the PID namespace's first process: it answers requests until the caller is gone.
#pragma once

#include "harness/bench/lab/channel.hpp"

namespace twinwire::bench {

/// Returns when the caller has closed its end.
void serve(Channel& channel);

}  // namespace twinwire::bench
