// SPDX-License-Identifier: Apache-2.0
// The only door for libnl-nf.
#pragma once

#include "harness/bench/lab/protocol.hpp"

namespace twinwire::bench {

/// Deletes the entry of one four-tuple from the connection tracking table of the network namespace that the process is
/// in, whichever end began it. It is no error if there is none. Throws std::runtime_error.
void forget_connection(const ForgetRequest& tuple);

}  // namespace twinwire::bench
