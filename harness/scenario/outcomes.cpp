// SPDX-License-Identifier: Apache-2.0
// Lines and acts have words of their own; a word of the other kind is told as such and not as unknown.
#include "harness/scenario/outcomes.hpp"

#include <algorithm>
#include <array>

#include "harness/scenario/keys.hpp"
#include "harness/scenario/live_acts.hpp"
#include "harness/scenario/numbers.hpp"

namespace twinwire::scenario {
namespace {

using Kind = Outcome::Kind;

struct OutcomeName {
  std::string_view text;
  Kind kind;
};
constexpr std::array line_outcomes{OutcomeName{"crossed", Kind::Crossed}, OutcomeName{"dropped", Kind::Dropped},
                                   OutcomeName{"answered", Kind::Answered}};
constexpr std::array act_outcomes{
    OutcomeName{"completes", Kind::Completes}, OutcomeName{"resumed", Kind::Resumed},
    OutcomeName{"full", Kind::Full},           OutcomeName{"alert", Kind::Alert},
    OutcomeName{"reset", Kind::Reset},         OutcomeName{"half-open", Kind::HalfOpen},
    OutcomeName{"closed", Kind::Closed},       OutcomeName{"wrong-certificate", Kind::WrongCertificate},
    OutcomeName{"hangs", Kind::Hangs}};
constexpr std::string_view expected_of_acts =
    R"(expected "completes", "resumed", "full", "alert", "reset", "half-open", "closed", "wrong-certificate", "hangs" or an array of these)";
constexpr std::string_view expected_outcomes =
    R"(expected "crossed", "dropped", "answered", "becomes ...", { crossed = "1..200" } or an array of these)";

constexpr KeySpec count_keys[] = {{"crossed",
                                   Type::IntegerOrString,
                                   "how many of a repeated line crossed, such as \"1..200\"",
                                   0,
                                   0,
                                   {},
                                   {},
                                   Need::Required}};

template <std::size_t N>
const OutcomeName* find_outcome(const std::array<OutcomeName, N>& outcomes, std::string_view text) {
  const auto found =
      std::find_if(outcomes.begin(), outcomes.end(), [&](const OutcomeName& o) { return o.text == text; });
  return found == outcomes.end() ? nullptr : &*found;
}

bool is_becomes(std::string_view text) { return text == "becomes" || text.starts_with("becomes "); }

[[noreturn]] void fail_no_outcome(const Node& node, std::string_view expected) {
  fail(node.where, "this is " + std::string(name(node.kind)) + ", which is no outcome; " + std::string(expected));
}

class LineOutcomes {
 public:
  LineOutcomes(const Packet& packet, const std::vector<ParsedLine>& lines, Scope& scope)
      : packet_(packet), lines_(lines), scope_(scope) {}

  Outcome read(const Node& node) {
    if (node.is(Node::Kind::Table)) return read_count(node);
    if (!node.is(Node::Kind::String)) fail_no_outcome(node, expected_outcomes);
    const Phrase phrase = phrase_of(node);
    if (is_becomes(phrase.text)) return read_becomes(node);
    const OutcomeName* found = find_outcome(line_outcomes, phrase.text);
    if (found == nullptr) fail_unknown(phrase);
    if (found->kind == Kind::Answered && packet_.from.party == Party::Device) {
      fail(phrase.where, "a packet of the device comes or does not; expected \"crossed\" or \"dropped\"");
    }
    return {.kind = found->kind, .becomes = {}, .text = phrase.text};
  }

 private:
  [[noreturn]] static void fail_unknown(const Phrase& phrase) {
    if (find_outcome(act_outcomes, phrase.text) != nullptr)
      fail(phrase.where, in_quotes(phrase.text) + " is how an act ends, and this is the label of a packet; " +
                             std::string(expected_outcomes));
    fail(phrase.where, "unknown outcome " + in_quotes(phrase.text) + "; " + std::string(expected_outcomes) +
                           did_you_mean(phrase.text, {"crossed", "dropped", "answered", "becomes"}));
  }

  Outcome read_becomes(const Node& node) {
    const Phrase phrase = phrase_of(node);
    if (packet_.from.party == Party::Device || packet_.to.party == Party::Device) {
      fail(phrase.where,
           "'becomes' compares what arrives with what was sent; expected a label between client and server");
    }
    const LexedLine lexed = lex(lines_of(node).front());
    Cursor cursor(lexed.tokens);
    cursor.take();
    Outcome outcome{.kind = Kind::Becomes, .becomes = read_change(cursor, scope_), .text = phrase.text};
    if (!cursor.at(TokenKind::End))
      cursor.fail_here("unexpected " + cursor.found() + " in an outcome; expected fields, then options in <>");
    for (const LabelUse& use : scope_.take_label_uses()) {
      if (find_label(lines_, use.label) == nullptr)
        fail(use.where, "unknown label '@" + use.label + "'; expected a label of the ladder" +
                            did_you_mean(use.label, label_names(lines_)));
    }
    return outcome;
  }

  Outcome read_count(const Node& node) {
    check_keys(node, count_keys, "an outcome");
    check_required(node, count_keys, "an outcome");
    if (packet_.repeat.most == 1)
      fail(node.where,
           "only a repeated line is counted, and this label's line has no 'x N'; expected \"crossed\" or \"dropped\"");
    const Node& count = *node.find("crossed");
    const Phrase phrase{scalar_text(count), phrase_of(count).where};
    const Limits limits{0, packet_.repeat.most};
    Outcome outcome{.kind = Kind::Count, .becomes = {}, .text = "crossed = " + phrase.text};
    if (is_range(phrase.text)) {
      const Range range = read_range(phrase, scope_, limits, "a count");
      outcome.least = static_cast<std::uint32_t>(range.low.value_or(0));
      outcome.most = static_cast<std::uint32_t>(range.high.value_or(packet_.repeat.most));
    } else {
      outcome.least = outcome.most = static_cast<std::uint32_t>(read_literal(phrase, scope_, limits, "a count"));
    }
    return outcome;
  }

  const Packet& packet_;
  const std::vector<ParsedLine>& lines_;
  Scope& scope_;
};

/// Only a TLS handshake resumes a session, and only one that offers it.
Outcome read_act_outcome(const Node& node, const Act& act) {
  if (!node.is(Node::Kind::String)) fail_no_outcome(node, expected_of_acts);
  const Phrase phrase = phrase_of(node);
  const OutcomeName* found = find_outcome(act_outcomes, phrase.text);
  if (found == nullptr && (is_becomes(phrase.text) || find_outcome(line_outcomes, phrase.text) != nullptr))
    fail(phrase.where, in_quotes(phrase.text) + " is what becomes of a packet, and this is the label of an act; " +
                           std::string(expected_of_acts));
  if (found == nullptr) {
    Words known;
    for (const OutcomeName& outcome : act_outcomes) known.push_back(outcome.text);
    fail(phrase.where, "unknown outcome " + in_quotes(phrase.text) + "; " + std::string(expected_of_acts) +
                           did_you_mean(phrase.text, known));
  }
  const bool of_tls =
      found->kind == Kind::Resumed || found->kind == Kind::Full || found->kind == Kind::WrongCertificate;
  if (of_tls && !is_handshake(act))
    fail(phrase.where, in_quotes(phrase.text) +
                           " is how a TLS handshake ends, and this act is none; expected "
                           "\"completes\" or a way to fail");
  if (found->kind == Kind::Resumed && std::holds_alternative<StartsTls>(act.what))
    fail(phrase.where,
         "'starts tls' offers no session, so none is resumed; expected 'resumes tls' there, or \"completes\"");
  return {.kind = found->kind, .becomes = {}, .text = phrase.text};
}

}  // namespace

bool has_outcome(const Act& act) {
  const auto silent = [](const auto& what) {
    using What = std::decay_t<decltype(what)>;
    return std::is_same_v<What, Forgets> || std::is_same_v<What, Wait> || std::is_same_v<What, Silence> ||
           std::is_same_v<What, Applies> || std::is_same_v<What, ForgetsSessions>;
  };
  return !std::visit(silent, act.what);
}

std::vector<Outcome> read_outcomes(const Node& node, const ParsedLine& line, const std::vector<ParsedLine>& lines,
                                   Scope& scope) {
  const auto read = [&](const Node& item) {
    if (const auto* act = std::get_if<Act>(&line.step.what)) return read_act_outcome(item, *act);
    return LineOutcomes(std::get<Packet>(line.step.what), lines, scope).read(item);
  };
  if (!node.is(Node::Kind::Array)) return {read(node)};
  if (node.items.empty()) {
    const bool act = std::holds_alternative<Act>(line.step.what);
    fail(node.where, "an empty list expects nothing; " + std::string(act ? expected_of_acts : expected_outcomes));
  }
  std::vector<Outcome> all;
  for (const Node& item : node.items) all.push_back(read(item));
  return all;
}

}  // namespace twinwire::scenario
