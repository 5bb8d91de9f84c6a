// SPDX-License-Identifier: Apache-2.0
// One line of a ladder as tokens. Arrows are taken first, as whole tokens between blanks, since their characters serve
// elsewhere too.
#pragma once

#include <string>
#include <vector>

#include "harness/scenario/document.hpp"

namespace twinwire::scenario {

enum class TokenKind : std::uint8_t {
  Word,   ///< letters, digits, and . _ * + -
  Label,  ///< @name or @name.field+1, with the @
  Text,   ///< "...", escapes resolved
  Arrow,  ///< whatever looks like one
  Colon,
  Comma,
  Less,
  Greater,
  OpenBrace,
  CloseBrace,
  Equal,
  NotEqual,
  Together,
  Other,  ///< a character that the ladder has no use for
  End,
};

struct Token {
  TokenKind kind = TokenKind::End;
  std::string text;
  Span where;
  bool blank_before = false;
  bool blank_after = false;
};

struct LexedLine {
  std::vector<Token> tokens;  ///< the last is TokenKind::End
  std::string text;           ///< blanks trimmed, comment removed
  std::string comment;
  Span where;  ///< of `text`
};

/// Throws LoadError for a string that does not end and for an arrow without blanks.
LexedLine lex(const Line& line);

/// Walks the tokens of a line; never beyond its End.
class Cursor {
 public:
  explicit Cursor(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  const Token& peek(std::size_t ahead = 0) const;
  const Token& take();
  bool at(TokenKind kind) const { return peek().kind == kind; }
  bool at_word(std::string_view word) const { return at(TokenKind::Word) && peek().text == word; }
  bool take_if(TokenKind kind);
  /// "'x'", or "the end of the line".
  std::string found() const;
  [[noreturn]] void fail_here(const std::string& sentence) const;

 private:
  std::vector<Token> tokens_;
  std::size_t next_ = 0;
};

/// Whether a label, a part or a port may be called so: a letter, then letters, digits, - and _.
bool is_name(std::string_view text);

}  // namespace twinwire::scenario
