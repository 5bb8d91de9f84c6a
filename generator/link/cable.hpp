// SPDX-License-Identifier: Apache-2.0
// A simulated cable: what goes in at one plug comes out at the other, in order, after a fixed delay of the timeline.
#pragma once

#include <memory>
#include <utility>

#include "generator/link/link.hpp"
#include "generator/time/timeline.hpp"

namespace twinwire::link {

/// The two plugs of one cable. The timeline must outlive them, and both must be kept until no frame is under way.
std::pair<std::unique_ptr<Link>, std::unique_ptr<Link>> make_cable(time::Timeline& timeline, time::Duration delay,
                                                                   std::size_t mtu);

}  // namespace twinwire::link
