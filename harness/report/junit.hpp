// SPDX-License-Identifier: Apache-2.0
// JUnit's XML, which every build server reads: a test case per cell, the ladder as the text of its failure.
#pragma once

#include <string>

#include "harness/report/result.hpp"

namespace twinwire::report {

std::string junit_xml(const RunResult& run);

/// `text` for use between tags and in attributes: the five characters of XML 1.0 escaped, what XML 1.0 forbids
/// replaced.
std::string escape_xml(std::string_view text);

}  // namespace twinwire::report
