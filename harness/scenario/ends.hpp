// SPDX-License-Identifier: Apache-2.0
// [client] and [server], apart from what they say of TLS.
#pragma once

#include "harness/scenario/document.hpp"
#include "harness/scenario/scenario.hpp"

namespace twinwire::scenario {

/// `table` may be null, and was checked; `place` is "[client]" or "[server]". Throws LoadError if two of its keys
/// contradict each other.
EndConfig read_end(const Node* table, const std::string& place);

/// The member of a table with its key's place; null if it is not there.
const Member* find_member(const Node* table, std::string_view key);

}  // namespace twinwire::scenario
