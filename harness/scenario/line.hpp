// SPDX-License-Identifier: Apache-2.0
// One line of a ladder: an event (a packet between two parties) or an act.
#pragma once

#include <vector>

#include "harness/scenario/lexer.hpp"
#include "harness/scenario/scenario.hpp"
#include "harness/scenario/scope.hpp"
#include "harness/scenario/segment.hpp"

namespace twinwire::scenario {

/// A step, and the places that later checks point at.
struct ParsedLine {
  Step step;
  Span where;        ///< of the whole line
  Span label_where;  ///< of its label, if it has one
  Span guard_where;  ///< of its guard's label, if it has one
  std::vector<LabelUse> uses;
};

ParsedLine read_line(const LexedLine& lexed, Scope& scope);

/// `client.a` as a party; throws for anything else.
Endpoint read_endpoint(const Token& token);
/// Whether the word names a party, perhaps with a port.
bool is_party(std::string_view word);
bool is_end(Party party);

/// `forgets`, `wait` and the other acts; the cursor stands on the first word.
Act read_act(Cursor& cursor, Scope& scope);
/// Whether the word begins an act that no party does: `wait`, `silence`.
bool is_bare_act(std::string_view word);
/// All words that begin or make an act.
Words act_words();

/// All clauses up to the label or the end of the line.
void read_packet_clauses(Cursor& cursor, Scope& scope, ParsedLine& line, Packet& packet);
/// Of an act: only `if` and `unless`.
void read_act_clauses(Cursor& cursor, Scope& scope, ParsedLine& line);
Words clause_words();
/// What stands behind `becomes`, in a ladder or in an expectation.
Change read_change(Cursor& cursor, Scope& scope);

/// The name behind an @ that stands for a whole label.
std::string read_label(const Token& token);

/// What cannot be true of a packet whatever the rest of the ladder says.
void check_packet(const Packet& packet, const Token& arrow);

}  // namespace twinwire::scenario
