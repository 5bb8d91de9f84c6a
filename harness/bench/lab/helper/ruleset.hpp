// SPDX-License-Identifier: Apache-2.0
// The only door for libnftables.
#pragma once

#include <string>

namespace twinwire::bench {

/// Loads an nft text into the network namespace that the process is in, all or nothing; throws std::runtime_error that
/// holds what nft said. An empty text is nothing to do.
void load_ruleset(const std::string& text);

}  // namespace twinwire::bench
