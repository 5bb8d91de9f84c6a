// SPDX-License-Identifier: Apache-2.0
// Walks the lines; a `do` walks the lines of its part, and the names of the parts that are open are kept so that a part
// that leads back to itself is found.
#include "harness/scenario/ladder.hpp"

#include <algorithm>

namespace twinwire::scenario {
namespace {

// Parts that walk parts can multiply; nobody reads a ladder of this length.
constexpr std::size_t most_lines = 2'000;

class Expander {
 public:
  Expander(const Node* parts, Scope& scope) : parts_(parts), scope_(scope) {}

  void walk(const Node& text) {
    for (const Line& line : lines_of(text)) {
      const LexedLine lexed = lex(line);
      const Token& first = lexed.tokens.front();
      if (first.kind == TokenKind::End) continue;
      if (lines_.size() >= most_lines)
        fail(first.where, "the ladder has more than " + std::to_string(most_lines) + " lines");
      if (first.kind == TokenKind::Word && first.text == "do" && lexed.tokens[1].kind != TokenKind::Arrow) {
        walk_part(Cursor(lexed.tokens));
      } else {
        lines_.push_back(read_line(lexed, scope_));
      }
    }
  }

  std::vector<ParsedLine> take() { return std::move(lines_); }

 private:
  Words part_names() const {
    Words names;
    if (parts_ == nullptr) return names;
    for (const Member& part : parts_->members) names.push_back(part.key);
    return names;
  }

  const Node* part(const std::string& name) const { return parts_ == nullptr ? nullptr : parts_->find(name); }

  [[noreturn]] void fail_part(const std::string& name, const Span& where) const {
    const Words known = part_names();
    const std::string expected =
        known.empty() ? "; there is no part in [script.parts]" : "; expected one of " + spaced(known);
    fail(where, "unknown part " + in_quotes(name) + expected + did_you_mean(name, known));
  }

  void walk_part(Cursor cursor) {
    cursor.take();
    if (!cursor.at(TokenKind::Word))
      cursor.fail_here("missing name of a part before " + cursor.found() + "; expected 'do NAME'");
    const Token token = cursor.take();
    if (!cursor.at(TokenKind::End))
      cursor.fail_here("unexpected " + cursor.found() + " behind 'do NAME'; expected the end of the line");
    std::string name = token.text;
    Span where = token.where;
    const Node* text = part(name);
    const Node* value = text == nullptr ? scope_.value(name) : nullptr;
    if (value != nullptr && value->is(Node::Kind::String)) {
      name = value->text;
      where = phrase_of(*value).where;
      text = part(name);
    }
    if (text == nullptr) fail_part(name, where);
    if (std::find(open_.begin(), open_.end(), name) != open_.end()) {
      fail(token.where, "the part " + in_quotes(name) + " leads back to itself; expected another part");
    }
    open_.push_back(name);
    walk(*text);
    open_.pop_back();
  }

  const Node* parts_;
  Scope& scope_;
  std::vector<std::string> open_;
  std::vector<ParsedLine> lines_;
};

void check_together(const std::vector<ParsedLine>& lines, std::size_t at) {
  const ParsedLine& line = lines[at];
  if (!line.step.together) return;
  const auto is_sent = [](const Step& step) {
    const auto* packet = std::get_if<Packet>(&step.what);
    return packet != nullptr && is_end(packet->from.party);
  };
  if (at == 0) fail(line.where, "'&' sends a packet together with the line before; expected a line before");
  if (!is_sent(line.step))
    fail(line.where, "'&' is for packets that an end sends; expected no '&' before a line of the device");
  if (!is_sent(lines[at - 1].step))
    fail(line.where, "'&' sends a packet together with the line before, which sends none; expected no '&'");
}

}  // namespace

std::vector<ParsedLine> read_ladder(const Node& ladder, const Node* parts, Scope& scope) {
  Expander expander(parts, scope);
  expander.walk(ladder);
  auto lines = expander.take();
  if (lines.empty())
    fail(ladder.where, "the ladder is empty; expected at least one line, such as 'client --> server : SYN'");
  for (std::size_t at = 0; at < lines.size(); ++at) check_together(lines, at);
  return lines;
}

}  // namespace twinwire::scenario
