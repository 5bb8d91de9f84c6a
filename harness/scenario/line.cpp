// SPDX-License-Identifier: Apache-2.0
// The second word decides: an arrow makes the line an event, anything else an act. An event is read from left to right
// as party, arrow, party, colon, segment, clauses, label; each part says what it expected if it meets something else.
#include "harness/scenario/line.hpp"

#include <algorithm>
#include <array>

#include "harness/scenario/numbers.hpp"

namespace twinwire::scenario {
namespace {

enum class Direction : std::uint8_t { ToRight, ToLeft };

struct ArrowName {
  std::string_view text;
  Direction direction;
  Crossing crossing;
};
constexpr std::array arrows{
    ArrowName{"-->", Direction::ToRight, Crossing::Must},   ArrowName{"--x", Direction::ToRight, Crossing::MustNot},
    ArrowName{"--?", Direction::ToRight, Crossing::May},    ArrowName{"<--", Direction::ToLeft, Crossing::Must},
    ArrowName{"x--", Direction::ToLeft, Crossing::MustNot}, ArrowName{"?--", Direction::ToLeft, Crossing::May},
    ArrowName{"~~>", Direction::ToRight, Crossing::Around}, ArrowName{"<~~", Direction::ToLeft, Crossing::Around}};

constexpr std::array<std::string_view, 3> party_names{"client", "server", "device"};

const ArrowName& read_arrow(const Token& token) {
  const auto found =
      std::find_if(arrows.begin(), arrows.end(), [&](const ArrowName& a) { return a.text == token.text; });
  if (found != arrows.end()) return *found;
  Words known;
  for (const ArrowName& arrow : arrows) known.push_back(arrow.text);
  std::string thin = token.text;
  std::replace(thin.begin(), thin.end(), '=', '-');
  fail(token.where,
       "unknown arrow " + in_quotes(token.text) + "; expected one of " + spaced(known) + did_you_mean(thin, known));
}

std::string_view party_part(std::string_view word) { return word.substr(0, word.find('.')); }

std::string read_port(const Token& token, std::string_view port) {
  if (port == "*") return "*";
  if (const auto number = parse_integer(port)) {
    if (*number < 1 || *number > 65'535)
      fail(token.where, "the port " + in_quotes(port) + " is out of range; expected 1 to 65535");
    return std::to_string(*number);
  }
  if (!is_name(port)) fail(token.where, in_quotes(port) + " is no port; expected a number, a name or *");
  for (const Words& words : {act_words(), field_names(), clause_words()}) {
    if (std::find(words.begin(), words.end(), port) == words.end()) continue;
    fail(token.where,
         in_quotes(port) + " is a word of the ladder, so no port can be called so; expected another name or a number");
  }
  return std::string(port);
}

void check_parties(const Endpoint& left, const Endpoint& right, const Token& arrow, const Token& right_token) {
  const auto party = [](const Endpoint& e) { return std::string(party_names[static_cast<std::size_t>(e.party)]); };
  if (left.party == right.party) {
    fail(right_token.where,
         "a packet from " + party(left) + " to " + party(right) + " stands on no wire; expected two parties");
  }
  if (left.party != Party::Server || right.party != Party::Client) return;
  std::string turned = arrow.text;
  std::reverse(turned.begin(), turned.end());
  for (char& c : turned) c = c == '<' ? '>' : c == '>' ? '<' : c;
  fail(right_token.where, "the client stands on the left; expected 'client " + turned + " server'");
}

void read_segment(Cursor& cursor, Scope& scope, Packet& packet) {
  const Standing standing = packet.from.party == Party::Device ? Standing::Judged : Standing::Sent;
  SegmentSpec spec;
  std::optional<std::string> repeated;
  if (cursor.at_word("again")) {
    if (standing == Standing::Judged)
      cursor.fail_here("the device has no packet of its own to repeat; expected the flags that arrive");
    cursor.take();
    if (!cursor.at(TokenKind::Label))
      cursor.fail_here("missing label before " + cursor.found() + "; expected 'again @label'");
    repeated = read_label(cursor.peek());
    scope.use_label({*repeated, LabelRole::Again, cursor.take().where});
  } else {
    spec.flags = read_flags(cursor);
  }
  spec.fields = read_fields(cursor, scope, standing);
  if (!repeated && standing == Standing::Sent) check_pattern_has_length(spec.fields, cursor);
  if (cursor.at(TokenKind::Less)) {
    spec.options = read_options(cursor, scope, standing);
    if (at_field(cursor))
      cursor.fail_here("the field " + cursor.found() + " stands behind the options; expected fields before '<'");
  }
  if (repeated)
    packet.segment = Again{*repeated, std::move(spec)};
  else
    packet.segment = std::move(spec);
}

void read_colon(Cursor& cursor) {
  if (!cursor.at(TokenKind::Colon))
    cursor.fail_here("missing ':' before " + cursor.found() + "; expected 'party arrow party : segment'");
  if (!cursor.peek().blank_before || !cursor.peek().blank_after) cursor.fail_here("':' needs a blank on both sides");
  cursor.take();
}

Packet read_packet(Cursor& cursor, Scope& scope, ParsedLine& line) {
  const Endpoint left = read_endpoint(cursor.take());
  const Token arrow_token = cursor.take();
  const ArrowName& arrow = read_arrow(arrow_token);
  if (!cursor.at(TokenKind::Word))
    cursor.fail_here("missing party before " + cursor.found() + "; expected client, server or device");
  const Token right_token = cursor.take();
  const Endpoint right = read_endpoint(right_token);
  check_parties(left, right, arrow_token, right_token);
  Packet packet;
  packet.from = arrow.direction == Direction::ToRight ? left : right;
  packet.to = arrow.direction == Direction::ToRight ? right : left;
  packet.crossing = arrow.crossing;
  read_colon(cursor);
  read_segment(cursor, scope, packet);
  read_packet_clauses(cursor, scope, line, packet);
  check_packet(packet, arrow_token);
  return packet;
}

void read_label_and_end(Cursor& cursor, ParsedLine& line) {
  if (cursor.at(TokenKind::Label)) {
    line.label_where = cursor.peek().where;
    line.step.label = read_label(cursor.take());
    if (!cursor.at(TokenKind::End))
      cursor.fail_here("unexpected " + cursor.found() + " behind the label; expected the label last on its line");
  }
  if (!cursor.at(TokenKind::End)) cursor.fail_here("unexpected " + cursor.found() + "; expected the end of the line");
}

void check_beginning(const Cursor& cursor) {
  const Words known{"client", "server", "device", "wait", "silence", "do"};
  const Token& first = cursor.peek();
  const bool event = cursor.peek(1).kind == TokenKind::Arrow;
  if (first.kind == TokenKind::Word && (event || is_party(first.text) || is_bare_act(first.text))) return;
  if (first.kind == TokenKind::Arrow)
    fail(first.where, "missing party before the arrow; expected client, server or device");
  fail(first.where, "unknown beginning " + cursor.found() + " of a line; expected one of " + spaced(known) +
                        did_you_mean(party_part(first.text), known));
}

}  // namespace

bool is_party(std::string_view word) {
  return std::find(party_names.begin(), party_names.end(), party_part(word)) != party_names.end();
}

bool is_end(Party party) { return party != Party::Device; }

std::string read_label(const Token& token) {
  const std::string name = token.text.substr(1);
  if (is_name(name)) return name;
  fail(token.where, in_quotes(token.text) +
                        " is no label; expected @ and a name of letters, digits, - and _ that begins with a letter");
}

Endpoint read_endpoint(const Token& token) {
  const std::string_view party = party_part(token.text);
  const auto found = std::find(party_names.begin(), party_names.end(), party);
  if (found == party_names.end()) {
    const Words known(party_names.begin(), party_names.end());
    fail({token.where.file, token.where.offset, party.size()},
         "unknown party " + in_quotes(party) + "; expected " + alternatives(known) + did_you_mean(party, known));
  }
  Endpoint endpoint{static_cast<Party>(found - party_names.begin()), ""};
  if (party.size() == token.text.size()) return endpoint;
  if (endpoint.party == Party::Device) fail(token.where, "the device has no port; expected 'device'");
  endpoint.port = read_port(token, std::string_view(token.text).substr(party.size() + 1));
  return endpoint;
}

ParsedLine read_line(const LexedLine& lexed, Scope& scope) {
  Cursor cursor(lexed.tokens);
  ParsedLine line;
  line.where = lexed.where;
  line.step.where = lexed.where.file->locate(lexed.where.offset);
  line.step.text = lexed.text;
  line.step.comment = lexed.comment;
  const Token first = cursor.peek();
  line.step.together = cursor.take_if(TokenKind::Together);
  check_beginning(cursor);
  if (cursor.peek(1).kind == TokenKind::Arrow) {
    line.step.what = read_packet(cursor, scope, line);
  } else {
    line.step.what = read_act(cursor, scope);
    if (line.step.together)
      fail(first.where, "'&' sends a packet together with the one before; expected no '&' before an act");
    read_act_clauses(cursor, scope, line);
  }
  read_label_and_end(cursor, line);
  line.uses = scope.take_label_uses();
  return line;
}

}  // namespace twinwire::scenario
