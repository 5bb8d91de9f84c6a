// SPDX-License-Identifier: Apache-2.0
// Flags and fields. One table holds every key with its limits and meaning; what a key's value may look like beyond a
// number
// (`iss=new`, `data="..."`) is told by the words and the text that the table allows.
#include <algorithm>
#include <array>
#include <optional>

#include "harness/scenario/numbers.hpp"
#include "harness/scenario/segment.hpp"

namespace twinwire::scenario {
namespace {

constexpr Limits sequence{-(std::int64_t{1} << 31), (std::int64_t{1} << 32) - 1};
// 65,535 octets of IPv4 less both headers.
constexpr std::int64_t longest_payload = 65'495;

struct KeyInfo {
  Key key;
  std::string_view name;
  Limits limits;
  std::string_view doc;
  std::string_view sent_words;     ///< words that may stand where a packet is sent, blank between them
  std::string_view becomes_words;  ///< and behind `becomes`
};

constexpr std::array keys{
    KeyInfo{Key::Seq, "seq", sequence, "a sequence number", "", ""},
    KeyInfo{Key::Ack, "ack", sequence, "a sequence number", "", ""},
    KeyInfo{Key::Win, "win", {0, 65'535}, "the window as it stands in the header", "", ""},
    KeyInfo{Key::Len, "len", {0, longest_payload}, "octets of payload", "", ""},
    KeyInfo{Key::Urg, "urg", {0, 65'535}, "the urgent pointer", "", ""},
    KeyInfo{Key::Iss, "iss", {0, (std::int64_t{1} << 32) - 1}, "an initial sequence number", "new", ""},
    KeyInfo{Key::Data,
            "data",
            {0, -1},
            "a string, the name of a value that is one, or a pattern (other, a)",
            "other a",
            "other a"},
    KeyInfo{Key::Checksum, "checksum", {0, -1}, "the word 'bad'", "bad", ""},
    KeyInfo{Key::Ttl, "ttl", {0, 255}, "TTL or Hop Limit", "", ""},
    KeyInfo{Key::Tos, "tos", {0, 255}, "TOS with ECN, or Traffic Class", "", ""},
    KeyInfo{Key::Df, "df", {0, 1}, "do not fragment", "", ""},
    KeyInfo{Key::IpId, "ipid", {0, 65'535}, "the identification of an IPv4 packet", "", ""},
    KeyInfo{Key::Reserved, "reserved", {0, 7}, "the three reserved bits", "", ""},
    KeyInfo{Key::Sport, "sport", {0, 65'535}, "the source port", "", ""},
    KeyInfo{Key::Dport, "dport", {0, 65'535}, "the destination port", "", ""}};

const KeyInfo& info(Key key) {
  return *std::find_if(keys.begin(), keys.end(), [&](const KeyInfo& k) { return k.key == key; });
}

struct FlagName {
  std::string_view name;
  std::uint16_t bit;
};
constexpr std::array flag_names{FlagName{"SYN", flag::Syn}, FlagName{"ACK", flag::Ack}, FlagName{"FIN", flag::Fin},
                                FlagName{"RST", flag::Rst}, FlagName{"PSH", flag::Psh}, FlagName{"URG", flag::Urg},
                                FlagName{"ECE", flag::Ece}, FlagName{"CWR", flag::Cwr}, FlagName{"AE", flag::Ae}};

const FlagName* find_flag(std::string_view text) {
  const auto found =
      std::find_if(flag_names.begin(), flag_names.end(), [&](const FlagName& f) { return f.name == text; });
  return found == flag_names.end() ? nullptr : &*found;
}

/// "SYNACK", "SYN.ACK" or "syn+ack" taken apart into flags; "" if that is not what it is.
std::string taken_apart(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  std::string result;
  while (!text.empty()) {
    const auto flag =
        std::find_if(flag_names.begin(), flag_names.end(), [&](const FlagName& f) { return text.starts_with(f.name); });
    if (flag == flag_names.end()) return "";
    result += (result.empty() ? "" : ",") + std::string(flag->name);
    text.erase(0, flag->name.size());
    if (text.size() > 1 && std::string_view(".+-_").find(text.front()) != std::string_view::npos) text.erase(0, 1);
  }
  return result;
}

[[noreturn]] void fail_flag(const Cursor& cursor) {
  Words names;
  for (const FlagName& flag : flag_names) names.push_back(flag.name);
  const std::string expected = "; expected a flag of " + spaced(names) + ", joined by commas";
  if (!cursor.at(TokenKind::Word)) cursor.fail_here("missing flag before " + cursor.found() + expected);
  const std::string& word = cursor.peek().text;
  const std::string apart = taken_apart(word);
  names.insert(names.end(), {"null", "again"});
  cursor.fail_here("unknown flag " + in_quotes(word) + expected +
                   (apart.empty() ? did_you_mean(word, names) : " (did you mean '" + apart + "'?)"));
}

Words allowed_words(const KeyInfo& key, Standing standing) {
  std::string_view text = standing == Standing::Sent      ? key.sent_words
                          : standing == Standing::Becomes ? key.becomes_words
                                                          : std::string_view();
  Words words;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    words.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

using Value = decltype(Field::value);

Value number_value(const KeyInfo& key, const Phrase& phrase, Scope& scope, const Words& words) {
  const Number number = read_number(phrase, scope, words);
  const bool literal = number.base == Number::Base::Literal;
  if (literal && (number.offset < key.limits.low || number.offset > key.limits.high)) {
    read_literal(phrase, scope, key.limits, std::string(key.doc));
  }
  return number;
}

/// The value of a field whose text may come from the line or from [script.values].
Value read_text_value(const KeyInfo& key, const Phrase& phrase, Scope& scope, Standing standing) {
  const Words words = allowed_words(key, standing);
  if (std::find(words.begin(), words.end(), phrase.text) != words.end()) return Word{phrase.text};
  if (key.limits.high < key.limits.low) {
    fail(phrase.where, "unknown value " + in_quotes(phrase.text) + " of '" + std::string(key.name) + "'; expected " +
                           std::string(key.doc) + did_you_mean(phrase.text, words));
  }
  if (!is_range(phrase.text)) return number_value(key, phrase, scope, words);
  if (standing == Standing::Sent) {
    fail(phrase.where,
         "a range cannot be sent; expected one number (ranges stand on lines that the device sends and behind "
         "'becomes')");
  }
  return read_range(phrase, scope, key.limits, std::string(key.doc));
}

Value read_value(const KeyInfo& key, Cursor& cursor, Scope& scope, Standing standing) {
  const Token token = cursor.take();
  if (token.kind == TokenKind::Text) {
    if (key.key != Key::Data)
      fail(token.where, "'" + std::string(key.name) + "' is a number; only 'data' takes a string");
    return Text{token.text};
  }
  const Node* value = scope.value(token.text);
  const bool is_string = value != nullptr && value->is(Node::Kind::String);
  if (is_string && key.key == Key::Data) return Text{value->text};
  // A value's text may be a whole number of the ladder, such as "snd.nxt+1000", so that a matrix can choose among them.
  if (is_string) return read_text_value(key, phrase_of(*value), scope, standing);
  return read_text_value(key, phrase_of(token), scope, standing);
}

void check_standing(const KeyInfo& key, const Field& field, const Token& token, Standing standing) {
  const bool only_sent = key.key == Key::Iss || key.key == Key::Checksum;
  if (only_sent && standing != Standing::Sent) {
    fail(token.where, "'" + std::string(key.name) +
                          "' says how an end makes a packet; it cannot be written where arrival is judged");
  }
  if (field.negated && standing == Standing::Sent) {
    fail(token.where,
         "'!=' is for packets that arrive (lines that the device sends, and 'becomes'); a sent packet needs '='");
  }
}

Field read_field(Cursor& cursor, Scope& scope, Standing standing) {
  const Token token = cursor.take();
  const auto key = std::find_if(keys.begin(), keys.end(), [&](const KeyInfo& k) { return k.name == token.text; });
  if (key == keys.end()) {
    const Words names = field_names();
    fail(token.where, "unknown field " + in_quotes(token.text) + "; expected one of " + spaced(names) +
                          did_you_mean(token.text, names));
  }
  Field field{.key = key->key, .value = literal(1), .where = token.where.file->locate(token.where.offset)};
  const bool bare = key->key == Key::Df && !cursor.at(TokenKind::Equal) && !cursor.at(TokenKind::NotEqual);
  if (!bare) {
    if (cursor.peek().blank_before || cursor.peek().blank_after) {
      cursor.fail_here("no blanks around " + cursor.found() + "; expected such as '" + std::string(key->name) + "=1'");
    }
    field.negated = cursor.take().kind == TokenKind::NotEqual;
    const TokenKind next = cursor.peek().kind;
    if (next != TokenKind::Word && next != TokenKind::Label && next != TokenKind::Text) {
      cursor.fail_here("missing value of '" + std::string(key->name) + "' before " + cursor.found() + "; expected " +
                       std::string(key->doc));
    }
    field.value = read_value(*key, cursor, scope, standing);
  }
  check_standing(*key, field, token, standing);
  return field;
}

/// What a field means together with others; only where a packet is made.
void check_together(const std::vector<Field>& fields, const Field& added, const Token& token, Standing standing) {
  const auto find = [&](Key key) {
    return std::find_if(fields.begin(), fields.end(), [&](const Field& f) { return f.key == key; });
  };
  if (find(added.key) != fields.end())
    fail(token.where, "'" + std::string(name(added.key)) + "' is written twice; expected each field once");
  if (standing == Standing::Becomes) return;
  const Field* data = added.key == Key::Data ? &added : find(Key::Data) == fields.end() ? nullptr : &*find(Key::Data);
  const bool has_length = added.key == Key::Len || find(Key::Len) != fields.end();
  if (data != nullptr && has_length && std::holds_alternative<Text>(data->value)) {
    fail(token.where, "'len' and 'data' both say how long the payload is; expected one of them");
  }
}

}  // namespace

std::string_view name(Key key) { return info(key).name; }

std::string flags_text(std::uint16_t flags) {
  // What begins, ends or pushes comes before its ACK: SYN,ACK and FIN,ACK, as everybody says it.
  constexpr std::array order{flag::Syn, flag::Fin, flag::Rst, flag::Psh, flag::Ack,
                             flag::Urg, flag::Ece, flag::Cwr, flag::Ae};
  std::string text;
  for (const std::uint16_t bit : order) {
    if ((flags & bit) == 0) continue;
    const auto named =
        std::find_if(flag_names.begin(), flag_names.end(), [bit](const FlagName& f) { return f.bit == bit; });
    text += (text.empty() ? "" : ",") + std::string(named->name);
  }
  return text.empty() ? "null" : text;
}

Words field_names() {
  Words names;
  for (const KeyInfo& key : keys) names.push_back(key.name);
  return names;
}

std::uint16_t read_flags(Cursor& cursor) {
  if (cursor.at_word("null")) {
    cursor.take();
    if (cursor.at(TokenKind::Comma)) cursor.fail_here("'null' stands for no flag at all; expected no flag beside it");
    return 0;
  }
  std::uint16_t bits = 0;
  do {
    const FlagName* flag = cursor.at(TokenKind::Word) ? find_flag(cursor.peek().text) : nullptr;
    if (flag == nullptr) fail_flag(cursor);
    if ((bits & flag->bit) != 0) cursor.fail_here("the flag " + in_quotes(flag->name) + " is written twice");
    bits = static_cast<std::uint16_t>(bits | flag->bit);
    cursor.take();
  } while (cursor.take_if(TokenKind::Comma));
  return bits;
}

bool at_field(const Cursor& cursor) {
  if (!cursor.at(TokenKind::Word)) return false;
  const TokenKind next = cursor.peek(1).kind;
  return cursor.at_word("df") || next == TokenKind::Equal || next == TokenKind::NotEqual;
}

std::vector<Field> read_fields(Cursor& cursor, Scope& scope, Standing standing) {
  std::vector<Field> fields;
  while (at_field(cursor)) {
    const Token token = cursor.peek();
    Field field = read_field(cursor, scope, standing);
    check_together(fields, field, token, standing);
    fields.push_back(std::move(field));
  }
  return fields;
}

void check_pattern_has_length(const std::vector<Field>& fields, const Cursor& cursor) {
  const auto has = [&](auto matches) { return std::any_of(fields.begin(), fields.end(), matches); };
  const bool pattern = has([](const Field& f) { return f.key == Key::Data && std::holds_alternative<Word>(f.value); });
  if (pattern && !has([](const Field& f) { return f.key == Key::Len; })) {
    cursor.fail_here("a pattern has no length of its own; expected 'len=' beside 'data='");
  }
}

}  // namespace twinwire::scenario
