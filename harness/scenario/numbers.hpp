// SPDX-License-Identifier: Apache-2.0
// Numbers, ranges and durations of the ladder, with values of [script.values] filled in.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "harness/scenario/scenario.hpp"
#include "harness/scenario/scope.hpp"

namespace twinwire::scenario {

struct Limits {
  std::int64_t low = 0, high = 0;
};

/// Decimal, or hexadecimal behind 0x; nothing if the text is no such number or beyond all reason (2^40).
std::optional<std::int64_t> parse_integer(std::string_view text);

/// A number that stands for itself.
Number literal(std::int64_t value);

/// `rcv.nxt+1000`, `@syn.seq`, `far` ...; `also` are further words that would do here, for the message.
Number read_number(const Phrase& phrase, Scope& scope, const Words& also = {});

/// A number that is known before anything is sent: digits, or a value that is an integer.
std::int64_t read_literal(const Phrase& phrase, Scope& scope, const Limits& limits, const std::string& what);

bool is_range(std::string_view text);
/// `1..3`, `..1300`, `536..`
Range read_range(const Phrase& phrase, Scope& scope, const Limits& limits, const std::string& what);

/// `60s`, `idle`
time::Duration read_duration(const Phrase& phrase, Scope& scope);
/// Only with a unit, for files of benches.
time::Duration read_plain_duration(const Phrase& phrase);

}  // namespace twinwire::scenario
