// SPDX-License-Identifier: Apache-2.0
// An entry is one outcome or a list of them. Each is checked against the line that carries the label, since an arrow
// that already says what must happen leaves nothing to expect.
#include "harness/scenario/expect.hpp"

#include <algorithm>
#include <array>

#include "harness/scenario/keys.hpp"
#include "harness/scenario/numbers.hpp"

namespace twinwire::scenario {
namespace {

using Kind = Outcome::Kind;

constexpr std::array profiles{Profile::Transparent, Profile::Strict, Profile::Nat, Profile::Proxy};

struct OutcomeName {
  std::string_view text;
  Kind kind;
};
constexpr std::array outcomes{OutcomeName{"crossed", Kind::Crossed}, OutcomeName{"dropped", Kind::Dropped},
                              OutcomeName{"answered", Kind::Answered}};
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

class OutcomeReader {
 public:
  OutcomeReader(const ParsedLine& line, const std::vector<ParsedLine>& lines, Scope& scope)
      : packet_(std::get<Packet>(line.step.what)), lines_(lines), scope_(scope) {}

  std::vector<Outcome> read_all(const Node& node) {
    if (!node.is(Node::Kind::Array)) return {read(node)};
    if (node.items.empty()) fail(node.where, "an empty list expects nothing; " + std::string(expected_outcomes));
    std::vector<Outcome> all;
    for (const Node& item : node.items) all.push_back(read(item));
    return all;
  }

 private:
  Outcome read(const Node& node) {
    if (node.is(Node::Kind::Table)) return read_count(node);
    if (!node.is(Node::Kind::String))
      fail(node.where,
           "this is " + std::string(name(node.kind)) + ", which is no outcome; " + std::string(expected_outcomes));
    const Phrase phrase = phrase_of(node);
    if (phrase.text == "becomes" || phrase.text.starts_with("becomes ")) return read_becomes(node);
    const auto found =
        std::find_if(outcomes.begin(), outcomes.end(), [&](const OutcomeName& o) { return o.text == phrase.text; });
    if (found == outcomes.end()) {
      fail(phrase.where, "unknown outcome " + in_quotes(phrase.text) + "; " + std::string(expected_outcomes) +
                             did_you_mean(phrase.text, {"crossed", "dropped", "answered", "becomes"}));
    }
    if (found->kind == Kind::Answered && packet_.from.party == Party::Device) {
      fail(phrase.where, "a packet of the device comes or does not; expected \"crossed\" or \"dropped\"");
    }
    return {.kind = found->kind, .becomes = {}, .text = phrase.text};
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

void check_undecided(const ParsedLine& line, const Member& entry) {
  const auto* packet = std::get_if<Packet>(&line.step.what);
  if (packet == nullptr)
    fail(entry.key_where, "'" + entry.key + "' is the label of an act; expected that of a --? or ?-- line");
  if (packet->crossing == Crossing::May) return;
  fail(entry.key_where, "'" + entry.key + "' is on a line whose arrow already says what must happen (line " +
                            std::to_string(line.step.where.line) + "); expected --? or ?-- there, or no expectation");
}

class TableReader {
 public:
  TableReader(const std::vector<ParsedLine>& lines, Scope& scope) : lines_(lines), scope_(scope) {}

  void read_entry(const Member& entry, std::map<std::string, std::vector<Outcome>>& into) {
    const ParsedLine* line = find_label(lines_, entry.key);
    if (line == nullptr) {
      unmatched_.push_back({entry.key, entry.key_where});
      return;
    }
    check_undecided(*line, entry);
    into[entry.key] = OutcomeReader(*line, lines_, scope_).read_all(entry.value);
  }

  void check_is_label(const Member& entry) const {
    if (!entry.value.is(Node::Kind::Table) || entry.value.find("crossed") != nullptr) return;
    if (find_label(lines_, entry.key) != nullptr) return;
    Words known;
    for (const Profile profile : profiles) known.push_back(name(profile));
    fail(entry.key_where, "unknown profile " + in_quotes(entry.key) + "; expected one of " + spaced(known) +
                              did_you_mean(entry.key, known));
  }

  std::vector<UnmatchedLabel> take_unmatched() { return std::move(unmatched_); }

 private:
  const std::vector<ParsedLine>& lines_;
  Scope& scope_;
  std::vector<UnmatchedLabel> unmatched_;
};

}  // namespace

std::vector<UnmatchedLabel> read_expect(const Node& table, const std::vector<ParsedLine>& lines, Scope& scope,
                                        Scenario& scenario) {
  TableReader reader(lines, scope);
  for (const Member& entry : table.members) {
    const auto profile =
        std::find_if(profiles.begin(), profiles.end(), [&](Profile p) { return name(p) == entry.key; });
    if (profile == profiles.end()) {
      reader.check_is_label(entry);
      reader.read_entry(entry, scenario.expect);
      continue;
    }
    if (!entry.value.is(Node::Kind::Table))
      fail(entry.value.where,
           "'" + entry.key + "' is a profile; expected a table of labels, [expect." + entry.key + "]");
    for (const Member& inner : entry.value.members) reader.read_entry(inner, scenario.expect_profile[*profile]);
  }
  return reader.take_unmatched();
}

}  // namespace twinwire::scenario
