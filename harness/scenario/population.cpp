// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/population.hpp"

namespace twinwire::scenario {

std::string_view name(ClientKind kind) { return client_kind_words.at(static_cast<std::size_t>(kind)); }

std::string_view name(Returns::Distribution distribution) {
  return distribution_words.at(static_cast<std::size_t>(distribution));
}

}  // namespace twinwire::scenario
