// SPDX-License-Identifier: Apache-2.0
// [client] tls and [server] tls: what the peers are asked, with what follows from one key for another.
#pragma once

#include <optional>

#include "harness/scenario/document.hpp"
#include "harness/scenario/scenario.hpp"

namespace twinwire::scenario {

/// Both tables of a checked document; nothing if neither is there. Throws LoadError if two keys contradict each other.
std::optional<TlsConfig> read_tls(const Node& document);

/// What a session is resumed by where a ladder resumes one and no key says by what.
void imply_resumption(TlsConfig& tls);

}  // namespace twinwire::scenario
