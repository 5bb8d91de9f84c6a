// SPDX-License-Identifier: Apache-2.0
// A number is a base and at most one term, `base+term`. Names of values may hold a minus sign, so `far-away-10` is
// tried as a whole first and then cut at each sign from the left; the first cut whose two sides are both known is
// meant.
#include "harness/scenario/numbers.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>

#include "harness/scenario/lexer.hpp"

namespace twinwire::scenario {
namespace {

using Base = Number::Base;

// No number of TCP has more than 32 bits; what is beyond this is a slip, and sums of two cannot overflow.
constexpr std::int64_t far_beyond = std::int64_t{1} << 40;

struct Variable {
  std::string_view name;
  Base base;
};
constexpr std::array variables{Variable{"snd.nxt", Base::SndNxt}, Variable{"snd.una", Base::SndUna},
                               Variable{"snd.wnd", Base::SndWnd}, Variable{"rcv.nxt", Base::RcvNxt},
                               Variable{"rcv.wnd", Base::RcvWnd}, Variable{"iss", Base::Iss},
                               Variable{"irs", Base::Irs},        Variable{"seg.seq", Base::SegSeq},
                               Variable{"seg.ack", Base::SegAck}, Variable{"seg.len", Base::SegLen}};

constexpr std::array<std::string_view, 11> label_fields{"seq", "ack", "win",  "len",   "urg",  "ttl",
                                                        "tos", "df",  "ipid", "sport", "dport"};

Words variable_names() {
  Words names;
  for (const Variable& variable : variables) names.push_back(variable.name);
  return names;
}

std::optional<Number> read_variable(std::string_view text) {
  Number number;
  constexpr std::string_view old = "old.";
  if (text.starts_with(old)) {
    number.old = true;
    text.remove_prefix(old.size());
  }
  const auto found =
      std::find_if(variables.begin(), variables.end(), [&](const Variable& v) { return v.name == text; });
  if (found == variables.end()) return std::nullopt;
  number.base = found->base;
  return number;
}

std::optional<std::int64_t> integer_value(std::string_view text, const Scope& scope) {
  if (const auto integer = parse_integer(text)) return integer;
  const Node* value = scope.value(std::string(text));
  if (value == nullptr || !value->is(Node::Kind::Integer) || std::abs(value->integer) > far_beyond) return std::nullopt;
  return value->integer;
}

std::optional<Number> read_labelled(std::string_view text) {
  const std::size_t dot = text.find('.');
  if (!text.starts_with('@') || dot == std::string_view::npos || !is_name(text.substr(1, dot - 1))) return std::nullopt;
  const std::string_view field = text.substr(dot + 1);
  if (std::find(label_fields.begin(), label_fields.end(), field) == label_fields.end()) return std::nullopt;
  Number number;
  number.base = Base::Label;
  number.label = text.substr(1, dot - 1);
  number.label_field = field;
  return number;
}

std::optional<Number> read_base(std::string_view text, const Scope& scope) {
  if (auto variable = read_variable(text)) return variable;
  if (auto labelled = read_labelled(text)) return labelled;
  if (const auto integer = integer_value(text, scope)) return literal(*integer);
  return std::nullopt;
}

std::optional<Number> read_cut(std::string_view text, std::size_t cut, const Scope& scope) {
  auto number = read_base(text.substr(0, cut), scope);
  const auto term = integer_value(text.substr(cut + 1), scope);
  if (!number || !term || *term < 0) return std::nullopt;
  number->offset += text[cut] == '+' ? *term : -*term;
  return number;
}

std::optional<Number> recognise(std::string_view text, const Scope& scope) {
  if (auto whole = read_base(text, scope)) return whole;
  for (std::size_t cut = text.find_first_of("+-", 1); cut != std::string_view::npos;
       cut = text.find_first_of("+-", cut + 1)) {
    if (auto number = read_cut(text, cut, scope)) return number;
  }
  return std::nullopt;
}

[[noreturn]] void fail_label_number(const Phrase& phrase, std::string_view head) {
  const std::size_t dot = head.find('.');
  const Words fields(label_fields.begin(), label_fields.end());
  if (dot == std::string_view::npos) {
    fail(phrase.where, "a label is no number; expected one of its fields, such as '" + std::string(head) + ".seq'");
  }
  const std::string_view field = head.substr(dot + 1);
  fail(phrase.where, "unknown field " + in_quotes(field) + " of a labelled packet; expected " + alternatives(fields) +
                         did_you_mean(field, fields));
}

[[noreturn]] void fail_number(const Phrase& phrase, const Scope& scope, const Words& also) {
  const std::string_view text = phrase.text;
  const std::size_t cut = text.empty() ? std::string_view::npos : text.find_first_of("+-", 1);
  const std::string_view head = text.substr(0, cut);
  if (text.starts_with('@')) fail_label_number(phrase, head);
  Words known = also;
  const Words names = variable_names(), values = scope.value_names();
  known.insert(known.end(), names.begin(), names.end());
  known.insert(known.end(), values.begin(), values.end());
  const std::string expected = "a number, a variable (" + spaced(variable_names()) + "), @label.field" +
                               (also.empty() ? "" : ", " + spaced(also)) + " or a name of [script.values]";
  if (const Node* value = scope.value(std::string(head)); value != nullptr) {
    fail(phrase.where,
         "the value " + in_quotes(head) + " is " + std::string(name(value->kind)) + ", which is no number here");
  }
  if (cut != std::string_view::npos && read_base(head, scope)) {
    fail(phrase.where, "unknown term " + in_quotes(text.substr(cut + 1)) +
                           "; expected a number or a name of [script.values] behind the sign" +
                           did_you_mean(text.substr(cut + 1), values));
  }
  fail(phrase.where, "unknown number " + in_quotes(head) + "; expected " + expected + did_you_mean(head, known));
}

std::string limits_text(const Limits& limits) {
  return "from " + std::to_string(limits.low) + " to " + std::to_string(limits.high);
}

struct Unit {
  std::string_view name;
  std::int64_t nanoseconds;
};
constexpr std::array units{Unit{"us", 1'000}, Unit{"ms", 1'000'000}, Unit{"s", 1'000'000'000},
                           Unit{"m", 60'000'000'000}, Unit{"h", 3'600'000'000'000}};
// Longer than any timer of a firewall that is in use; the established timeout of Linux is 5 days.
constexpr std::int64_t longest = 10LL * 24 * 3'600'000'000'000;

}  // namespace

Number literal(std::int64_t value) {
  Number number;
  number.offset = value;
  return number;
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const bool hexadecimal = text.starts_with("0x");
  if (hexadecimal) text.remove_prefix(2);
  std::int64_t value = 0;
  if (text.empty() || text.front() == '-') return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, hexadecimal ? 16 : 10);
  if (error != std::errc{} || end != text.data() + text.size() || value > far_beyond) return std::nullopt;
  return negative ? -value : value;
}

const Node* Scope::value(const std::string& name) const {
  const Node* found = values_ == nullptr ? nullptr : values_->find(name);
  if (found != nullptr) used_.insert(name);
  return found;
}

Words Scope::value_names() const {
  Words names;
  if (values_ == nullptr) return names;
  for (const Member& member : values_->members) names.push_back(member.key);
  return names;
}

Number read_number(const Phrase& phrase, Scope& scope, const Words& also) {
  const auto number = recognise(phrase.text, scope);
  if (!number) fail_number(phrase, scope, also);
  if (number->base == Base::Label) scope.use_label({number->label, LabelRole::Field, phrase.where});
  return *number;
}

std::int64_t read_literal(const Phrase& phrase, Scope& scope, const Limits& limits, const std::string& what) {
  const auto number = recognise(phrase.text, scope);
  if (!number) {
    const Words values = scope.value_names();
    fail(phrase.where, in_quotes(phrase.text) + " is no number; expected " + what + " " + limits_text(limits) +
                           ", or a name of [script.values]" + did_you_mean(phrase.text, values));
  }
  if (number->base != Base::Literal) {
    fail(phrase.where,
         in_quotes(phrase.text) + " is not known before the run; expected " + what + " " + limits_text(limits));
  }
  if (number->offset < limits.low || number->offset > limits.high) {
    const std::string value = parse_integer(phrase.text) ? "" : " (" + std::to_string(number->offset) + ")";
    fail(phrase.where,
         in_quotes(phrase.text) + value + " is out of range; expected " + what + " " + limits_text(limits));
  }
  return number->offset;
}

bool is_range(std::string_view text) { return text.find("..") != std::string_view::npos; }

Range read_range(const Phrase& phrase, Scope& scope, const Limits& limits, const std::string& what) {
  const std::size_t dots = phrase.text.find("..");
  const std::string low = phrase.text.substr(0, dots), high = phrase.text.substr(dots + 2);
  Range range;
  if (!low.empty()) range.low = read_literal({low, phrase.where}, scope, limits, what);
  if (!high.empty()) range.high = read_literal({high, phrase.where}, scope, limits, what);
  if (!range.low && !range.high) fail(phrase.where, "a range needs at least one end; expected such as '536..1460'");
  if (range.low && range.high && *range.low > *range.high) {
    fail(phrase.where, "the range " + in_quotes(phrase.text) + " is empty: its low end is above its high end");
  }
  return range;
}

time::Duration read_plain_duration(const Phrase& phrase) {
  const std::string_view text = phrase.text;
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto count = parse_integer(text.substr(0, digits));
  const std::string_view unit = text.substr(digits);
  const std::string expected = "expected a whole number and a unit (us ms s m h), such as '200ms'";
  if (!count) fail(phrase.where, in_quotes(text) + " is no duration; " + expected);
  if (unit.empty()) fail(phrase.where, "the duration " + in_quotes(text) + " has no unit; " + expected);
  const auto found = std::find_if(units.begin(), units.end(), [&](const Unit& u) { return u.name == unit; });
  if (found == units.end()) fail(phrase.where, "unknown unit " + in_quotes(unit) + "; " + expected);
  if (*count == 0) fail(phrase.where, "a duration of zero does nothing; " + expected);
  if (*count > longest / found->nanoseconds)
    fail(phrase.where, in_quotes(text) + " is too long; expected at most 240h");
  return time::Duration(*count * found->nanoseconds);
}

time::Duration read_duration(const Phrase& phrase, Scope& scope) {
  const Node* value = is_name(phrase.text) ? scope.value(phrase.text) : nullptr;
  if (value != nullptr && value->is(Node::Kind::String)) return read_plain_duration(phrase_of(*value));
  if (value != nullptr) {
    fail(phrase.where, "the value " + in_quotes(phrase.text) + " is " + std::string(name(value->kind)) +
                           "; expected a string with a unit, such as \"60s\"");
  }
  if (is_name(phrase.text)) {
    fail(phrase.where,
         "unknown duration " + in_quotes(phrase.text) +
             "; expected a number with a unit (us ms s m h), such as '60s', or a name of [script.values]" +
             did_you_mean(phrase.text, scope.value_names()));
  }
  return read_plain_duration(phrase);
}

}  // namespace twinwire::scenario
