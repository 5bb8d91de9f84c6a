// SPDX-License-Identifier: Apache-2.0
// The words for what a peer can be asked.
#include "generator/tls/settings.hpp"

namespace twinwire::tls {

std::string_view name(Version version) { return version == Version::Tls12 ? "1.2" : "1.3"; }

}  // namespace twinwire::tls
