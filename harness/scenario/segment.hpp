// SPDX-License-Identifier: Apache-2.0
// Segments in tcpdump's words: flags, fields, options.
#pragma once

#include <string>
#include <vector>

#include "harness/scenario/lexer.hpp"
#include "harness/scenario/scenario.hpp"
#include "harness/scenario/scope.hpp"

namespace twinwire::scenario {

/// Whether a field or option says what is sent, or what an arriving packet is compared with; ranges, `!=` and
/// taken-away options make sense only there.
enum class Standing : std::uint8_t { Sent, Judged, Becomes };

/// `SYN,ACK` or `null`
std::uint16_t read_flags(Cursor& cursor);

/// Whether the next token begins a field.
bool at_field(const Cursor& cursor);
/// All fields that follow, each at most once.
std::vector<Field> read_fields(Cursor& cursor, Scope& scope, Standing standing);

/// Throws at the cursor if `data=other` stands without `len`.
void check_pattern_has_length(const std::vector<Field>& fields, const Cursor& cursor);

/// `<mss 1460,sackOK>`; the cursor stands on the `<`.
std::vector<Option> read_options(Cursor& cursor, Scope& scope, Standing standing);

/// The keys of fields, for messages.
Words field_names();

/// The phrase of one token.
inline Phrase phrase_of(const Token& token) { return {token.text, token.where}; }

}  // namespace twinwire::scenario
