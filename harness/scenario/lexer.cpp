// SPDX-License-Identifier: Apache-2.0
// Takes run after run of what stands between blanks. A run of nothing but arrow characters is an arrow, even a wrong
// one, so that the parser can name the one that was meant; everything else is cut into words and signs.
#include "harness/scenario/lexer.hpp"

#include <algorithm>
#include <cctype>
#include <optional>

#include "harness/scenario/mistake.hpp"

namespace twinwire::scenario {
namespace {

constexpr std::string_view blanks = " \t\r";

bool is_blank(char c) { return blanks.find(c) != std::string_view::npos; }
bool is_alphanumeric(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }
bool is_word_character(char c) {
  return is_alphanumeric(c) || std::string_view("._*+-").find(c) != std::string_view::npos;
}

/// Short with a shaft in it, or made of an arrow's characters alone. `<>` has no shaft: it is an empty list of options.
bool looks_like_arrow(std::string_view run) {
  constexpr std::size_t longest_slip = 4;
  if (run.size() <= longest_slip &&
      (run.find("--") != std::string_view::npos || run.find("~~") != std::string_view::npos)) {
    return true;
  }
  return run.size() >= 2 && run.find_first_of("-~=") != std::string_view::npos &&
         run.find_first_not_of("-~=<>?xX!|") == std::string_view::npos && run != "!=";
}

TokenKind sign(char c) {
  switch (c) {
    case ':':
      return TokenKind::Colon;
    case ',':
      return TokenKind::Comma;
    case '<':
      return TokenKind::Less;
    case '>':
      return TokenKind::Greater;
    case '{':
      return TokenKind::OpenBrace;
    case '}':
      return TokenKind::CloseBrace;
    case '=':
      return TokenKind::Equal;
    case '&':
      return TokenKind::Together;
    default:
      return TokenKind::Other;
  }
}

class Lexer {
 public:
  explicit Lexer(const Line& line) : line_(line), text_(line.text) {}

  LexedLine run() {
    skip_blanks();
    const std::size_t begin = at_;
    while (at_ < text_.size() && text_[at_] != '#') {
      take_token();
      skip_blanks();
    }
    add(TokenKind::End, "", std::min(end_, text_.size()));
    LexedLine lexed;
    lexed.tokens = std::move(tokens_);
    lexed.text = text_.substr(begin, end_ > begin ? end_ - begin : 0);
    lexed.where = line_.span(begin, lexed.text.size());
    if (at_ < text_.size()) lexed.comment = trimmed(std::string_view(text_).substr(at_ + 1));
    return lexed;
  }

 private:
  static std::string trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return "";
    return std::string(text.substr(first, text.find_last_not_of(blanks) - first + 1));
  }

  void skip_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
  }

  std::string_view run_here() const {
    std::size_t end = at_;
    while (end < text_.size() && !is_blank(text_[end]) && text_[end] != '#' && text_[end] != '"') ++end;
    return std::string_view(text_).substr(at_, end - at_);
  }

  void add(TokenKind kind, std::string text, std::size_t begin) {
    const std::size_t length = kind == TokenKind::End ? 1 : at_ - begin;
    const bool before = begin == 0 || is_blank(text_[begin - 1]);
    const bool after = at_ >= text_.size() || is_blank(text_[at_]);
    tokens_.push_back({kind, std::move(text), line_.span(begin, length), before, after});
    if (kind != TokenKind::End) end_ = at_;
  }

  void take_token() {
    const std::size_t begin = at_;
    const char c = text_[at_];
    const bool fresh = begin == 0 || is_blank(text_[begin - 1]);
    const std::string run(run_here());
    if (fresh && looks_like_arrow(run)) {
      at_ += run.size();
      return add(TokenKind::Arrow, run, begin);
    }
    if (fresh) check_arrow_has_blanks(run);
    if (c == '"') return take_text();
    if (c == '@' || is_word_character(c)) return take_word();
    if (c == '!' && text_.substr(at_, 2) == "!=") {
      at_ += 2;
      return add(TokenKind::NotEqual, "!=", begin);
    }
    do ++at_;
    while (at_ < text_.size() && (static_cast<unsigned char>(text_[at_]) & 0xC0U) == 0x80U);
    add(sign(c), text_.substr(begin, at_ - begin), begin);
  }

  void take_word() {
    const std::size_t begin = at_++;
    while (at_ < text_.size() && is_word_character(text_[at_])) ++at_;
    add(text_[begin] == '@' ? TokenKind::Label : TokenKind::Word, text_.substr(begin, at_ - begin), begin);
  }

  void check_arrow_has_blanks(const std::string& run) const {
    for (const std::string_view arrow : {"-->", "--x", "--?", "<--", "x--", "?--", "~~>", "<~~"}) {
      const std::size_t found = run.find(arrow);
      if (found == std::string::npos) continue;
      fail(line_.span(at_ + found, arrow.size()), "the arrow '" + std::string(arrow) + "' needs a blank on both sides");
    }
  }

  /// The octet that an escape stands for, with `at_` behind it; nothing if there is no such escape.
  std::optional<char> take_escape() {
    const char letter = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
    constexpr std::string_view letters = "nrt0\\\"", octets("\n\r\t\0\\\"", 6);
    if (const std::size_t which = letters.find(letter); letter != '\0' && which != std::string_view::npos) {
      at_ += 2;
      return octets[which];
    }
    const std::string hex = text_.substr(std::min(at_ + 2, text_.size()), 2);
    const bool valid = letter == 'x' && hex.size() == 2 &&
                       std::all_of(hex.begin(), hex.end(), [](unsigned char h) { return std::isxdigit(h) != 0; });
    if (!valid) return std::nullopt;
    at_ += 4;
    return static_cast<char>(std::stoi(hex, nullptr, 16));
  }

  void take_text() {
    const std::size_t begin = at_++;
    std::string octets;
    while (at_ < text_.size() && text_[at_] != '"') {
      if (text_[at_] != '\\') {
        octets += text_[at_++];
        continue;
      }
      const auto octet = take_escape();
      if (!octet)
        fail(line_.span(at_, 2),
             "unknown escape; expected \\n, \\r, \\t, \\0, \\\\, \\\" or \\x and two hexadecimal digits");
      octets += *octet;
    }
    if (at_ == text_.size()) {
      fail(line_.span(begin, text_.size() - begin),
           "this string does not end; expected a closing '\"' on the same line");
    }
    ++at_;
    add(TokenKind::Text, octets, begin);
  }

  const Line& line_;
  const std::string& text_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  std::size_t end_ = 0;
};

}  // namespace

LexedLine lex(const Line& line) { return Lexer(line).run(); }

const Token& Cursor::peek(std::size_t ahead) const { return tokens_[std::min(next_ + ahead, tokens_.size() - 1)]; }

const Token& Cursor::take() {
  const Token& token = peek();
  if (next_ + 1 < tokens_.size()) ++next_;
  return token;
}

bool Cursor::take_if(TokenKind kind) {
  if (!at(kind)) return false;
  take();
  return true;
}

std::string Cursor::found() const {
  return at(TokenKind::End) ? "the end of the line" : at(TokenKind::Text) ? "a string" : in_quotes(peek().text);
}

void Cursor::fail_here(const std::string& sentence) const { fail(peek().where, sentence); }

bool is_name(std::string_view text) {
  return !text.empty() && std::isalpha(static_cast<unsigned char>(text.front())) != 0 &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_alphanumeric(c) || c == '-' || c == '_'; });
}

}  // namespace twinwire::scenario
