// SPDX-License-Identifier: Apache-2.0
// How an end's connection came to its end during an act, and who made it so: the other end, or the device.
#pragma once

#include <map>
#include <string>

#include "harness/judge/case.hpp"
#include "harness/judge/hello.hpp"

namespace twinwire::judge {

using Facts = std::map<std::string, std::string>;

/// "" where the end did not say it.
std::string fact(const Facts& facts, const char* name);
const Facts& said_by(const Sayings& said, Party end);

/// Who made the RST, the FIN or the alert that `end` heard of during act `index`.
Author author(const Case& now, int index, const Sayings& said, Party end);

/// What `end` met during act `index`, with its author where that is known: "the client was reset by the device".
std::string view(const Case& now, int index, const Sayings& said, Party end);

/// What the device, and neither end, did to break off act `index`: "the device reset both ends", "the device sent the
/// client alert 51"; "" if it did nothing that shows.
std::string broken_off(const Case& now, int index, const Sayings& said);

}  // namespace twinwire::judge
