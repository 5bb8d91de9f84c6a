// SPDX-License-Identifier: Apache-2.0
// TCP options in tcpdump's words. A table names each with the number of its words; options of any other shape are
// written raw, as `kind N 0xHEX`. The lengths are summed, since a header holds 40 octets of options at most.
#include <algorithm>
#include <array>

#include "harness/scenario/numbers.hpp"
#include "harness/scenario/segment.hpp"

namespace twinwire::scenario {
namespace {

constexpr std::size_t room = 40;      // RFC 9293 section 3.1: Data Offset counts 15 words, 5 of them are the header
constexpr std::size_t raw_room = 38;  // less kind and length
constexpr Limits sequence{-(std::int64_t{1} << 31), (std::int64_t{1} << 32) - 1};
constexpr Limits bits32{0, (std::int64_t{1} << 32) - 1};
constexpr std::string_view option_words =
    "mss N, nop, eol, wscale N, sackOK, sack N {a:b}, ts val N ecr N, tfo HEX, kind N 0xHEX";

struct OptionName {
  std::string_view name;
  std::uint8_t kind;
};
constexpr std::array names{OptionName{"mss", option_kind::Mss},
                           OptionName{"nop", option_kind::Nop},
                           OptionName{"eol", option_kind::Eol},
                           OptionName{"wscale", option_kind::WindowScale},
                           OptionName{"sackOK", option_kind::SackPermitted},
                           OptionName{"sack", option_kind::Sack},
                           OptionName{"ts", option_kind::Timestamps},
                           OptionName{"tfo", option_kind::FastOpen}};

class OptionReader {
 public:
  OptionReader(Cursor& cursor, Scope& scope, Standing standing) : cursor_(cursor), scope_(scope), standing_(standing) {}

  Option read() {
    Token word = cursor_.peek();
    if (word.kind != TokenKind::Word)
      cursor_.fail_here("missing option before " + cursor_.found() + "; expected one of " + std::string(option_words));
    cursor_.take();
    Option option;
    if (word.text.starts_with('-')) {
      if (standing_ != Standing::Becomes) fail(word.where, "an option can be taken away only behind 'becomes'");
      option.removed = true;
      word.text.erase(0, 1);
    }
    if (word.text == "kind") {
      read_raw(option);
    } else {
      option.kind = known_kind(word);
      if (!option.removed) read_values(option, word);
    }
    return option;
  }

 private:
  static std::uint8_t known_kind(const Token& word) {
    const auto found =
        std::find_if(names.begin(), names.end(), [&](const OptionName& n) { return n.name == word.text; });
    if (found != names.end()) return found->kind;
    Words known{"kind"};
    for (const OptionName& name : names) known.push_back(name.name);
    fail(word.where, "unknown option " + in_quotes(word.text) + "; expected one of " + std::string(option_words) +
                         did_you_mean(word.text, known));
  }

  Phrase take_value(const std::string& what) {
    if (!cursor_.at(TokenKind::Word)) cursor_.fail_here("missing " + what + " before " + cursor_.found());
    return phrase_of(cursor_.take());
  }

  void add_number(Option& option, const Limits& limits, const std::string& what) {
    const Phrase phrase = take_value(what);
    if (!is_range(phrase.text)) {
      option.values.emplace_back(literal(read_literal(phrase, scope_, limits, what)));
      return;
    }
    if (standing_ == Standing::Sent) fail(phrase.where, "a range cannot be sent; expected one number for " + what);
    option.values.emplace_back(read_range(phrase, scope_, limits, what));
  }

  void expect_word(std::string_view word) {
    if (!cursor_.at_word(word))
      cursor_.fail_here("missing '" + std::string(word) + "' before " + cursor_.found() +
                        "; expected 'ts val N ecr N'");
    cursor_.take();
  }

  void read_values(Option& option, const Token& word) {
    switch (option.kind) {
      case option_kind::Mss:
        return add_number(option, {0, 65'535}, "the octets of 'mss N'");
      case option_kind::WindowScale:
        return add_number(option, {0, 255}, "the shift of 'wscale N'");
      case option_kind::Timestamps:
        expect_word("val");
        add_number(option, bits32, "the number of 'ts val N'");
        expect_word("ecr");
        return add_number(option, bits32, "the number of 'ecr N'");
      case option_kind::Sack:
        return read_sack(option, word);
      case option_kind::FastOpen:
        return read_cookie(option);
      default:
        return;
    }
  }

  Number read_edge() {
    const TokenKind kind = cursor_.peek().kind;
    if (kind != TokenKind::Word && kind != TokenKind::Label) {
      cursor_.fail_here("missing edge of a SACK block before " + cursor_.found() + "; expected such as '{1001:1501}'");
    }
    const Phrase phrase = phrase_of(cursor_.take());
    const Number number = read_number(phrase, scope_);
    if (number.base == Number::Base::Literal) read_literal(phrase, scope_, sequence, "an edge of a SACK block");
    return number;
  }

  void read_sack(Option& option, const Token& word) {
    const Phrase count = take_value("the number of blocks of 'sack N {a:b}'");
    const std::int64_t blocks = read_literal(count, scope_, {0, 4}, "the number of blocks of 'sack N {a:b}'");
    while (cursor_.take_if(TokenKind::OpenBrace)) {
      SackBlock block;
      block.left = read_edge();
      if (!cursor_.take_if(TokenKind::Colon))
        cursor_.fail_here("missing ':' between the edges of a SACK block before " + cursor_.found());
      block.right = read_edge();
      if (!cursor_.take_if(TokenKind::CloseBrace))
        cursor_.fail_here("missing '}' behind a SACK block before " + cursor_.found());
      option.sack.push_back(std::move(block));
    }
    if (static_cast<std::int64_t>(option.sack.size()) != blocks) {
      fail(word.where, "'sack " + count.text + "' needs " + std::to_string(blocks) + " blocks behind it, found " +
                           std::to_string(option.sack.size()) + "; expected such as 'sack 1 {1001:1501}'");
    }
  }

  static std::string octets_of(std::string_view digits, const Phrase& phrase) {
    const bool hexadecimal = digits.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
    if (!hexadecimal || digits.empty())
      fail(phrase.where, in_quotes(phrase.text) + " is not hexadecimal; expected pairs of digits 0-9 a-f");
    if (digits.size() % 2 != 0)
      fail(phrase.where, in_quotes(phrase.text) + " has an odd number of digits; expected two for each octet");
    std::string octets;
    for (std::size_t at = 0; at < digits.size(); at += 2) {
      octets += static_cast<char>(std::stoi(std::string(digits.substr(at, 2)), nullptr, 16));
    }
    if (octets.size() > raw_room) {
      fail(phrase.where, std::to_string(octets.size()) + " octets are too long for an option; expected at most " +
                             std::to_string(raw_room));
    }
    return octets;
  }

  // A cookie has 4 to 16 octets, an even number of them; without one the option asks for a cookie (RFC 7413
  // section 4.1.1).
  void read_cookie(Option& option) {
    option.raw.emplace();
    if (!cursor_.at(TokenKind::Word)) return;
    const Phrase phrase = phrase_of(cursor_.take());
    option.raw = octets_of(phrase.text, phrase);
    const std::size_t length = option.raw->size();
    if (length < 4 || length > 16 || length % 2 != 0) {
      fail(phrase.where, "a cookie of " + std::to_string(length) +
                             " octets; expected 4 to 16, an even number (any other: 'kind 34 0xHEX')");
    }
  }

  void read_raw(Option& option) {
    const Phrase kind = take_value("the kind of a raw option, 'kind N 0xHEX'");
    option.kind = static_cast<std::uint8_t>(read_literal(kind, scope_, {0, 255}, "an option kind"));
    if (option.kind <= option_kind::Nop) {
      fail(kind.where, "kind " + kind.text + " has neither length nor data; expected '" +
                           (option.kind == option_kind::Nop ? "nop'" : "eol'"));
    }
    if (option.removed) return;
    option.raw.emplace();
    if (!cursor_.at(TokenKind::Word)) return;
    const Phrase phrase = phrase_of(cursor_.take());
    if (!phrase.text.starts_with("0x"))
      fail(phrase.where,
           "unknown data " + in_quotes(phrase.text) + " of a raw option; expected hexadecimal digits behind 0x");
    option.raw = octets_of(std::string_view(phrase.text).substr(2), phrase);
  }

  Cursor& cursor_;
  Scope& scope_;
  Standing standing_;
};

std::size_t octets(const Option& option) {
  if (option.removed) return 0;
  if (option.raw) return 2 + option.raw->size();
  switch (option.kind) {
    case option_kind::Eol:
    case option_kind::Nop:
      return 1;
    case option_kind::Mss:
      return 4;
    case option_kind::WindowScale:
      return 3;
    case option_kind::SackPermitted:
      return 2;
    case option_kind::Sack:
      return 2 + 8 * option.sack.size();
    default:
      return 10;  // timestamps
  }
}

}  // namespace

std::vector<Option> read_options(Cursor& cursor, Scope& scope, Standing standing) {
  const Span opening = cursor.take().where;
  std::vector<Option> options;
  std::size_t total = 0;
  while (!cursor.at(TokenKind::Greater)) {
    if (!options.empty() && !cursor.take_if(TokenKind::Comma)) {
      cursor.fail_here("missing ',' or '>' behind an option before " + cursor.found());
    }
    options.push_back(OptionReader(cursor, scope, standing).read());
    total += octets(options.back());
  }
  cursor.take();
  if (total > room)
    fail(opening, "these options take " + std::to_string(total) + " octets; expected at most " + std::to_string(room));
  return options;
}

}  // namespace twinwire::scenario
