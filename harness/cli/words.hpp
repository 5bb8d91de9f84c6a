// SPDX-License-Identifier: Apache-2.0
// A line of the ladder in plain English, for somebody who has never seen the language.
#pragma once

#include <string>

#include "harness/scenario/scenario.hpp"

namespace twinwire::cli {

/// "The client sends SYN; it must arrive at the server, once and as it was sent."
std::string in_words(const scenario::Step& step);

/// "crossed: it arrived at the other end"
std::string in_words(const scenario::Outcome& outcome);

/// "client.tls.hello_bytes from 256 to 60000"
std::string range_words(const scenario::SweepAxis& axis);

/// "The first value of client.tls.hello_bytes from 256 to 60000 that fails is searched, ..."
std::string in_words(const scenario::Sweep& sweep);

}  // namespace twinwire::cli
