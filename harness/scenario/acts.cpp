// SPDX-License-Identifier: Apache-2.0
// Acts: a table of verbs with the parties that may do them, and what each needs behind it.
#include <algorithm>
#include <array>

#include "harness/scenario/line.hpp"
#include "harness/scenario/numbers.hpp"

namespace twinwire::scenario {
namespace {

enum class Verb : std::uint8_t { Forgets, Connects, Closes, Applies };

struct VerbName {
  std::string_view name;
  Verb verb;
  std::array<Party, 3> parties;
  std::size_t party_count;
  std::string_view why;  ///< why the others may not
};
constexpr std::array verbs{
    VerbName{"forgets", Verb::Forgets, {Party::Client, Party::Server, Party::Device}, 3, ""},
    VerbName{"connects", Verb::Connects, {Party::Client}, 1, "only the client connects; expected 'client connects'"},
    VerbName{"closes",
             Verb::Closes,
             {Party::Client, Party::Server},
             2,
             "the device has no connection to close; expected 'client closes' or 'server closes'"},
    VerbName{"applies",
             Verb::Applies,
             {Party::Device},
             1,
             "only the device applies a change; expected 'device applies \"NAME\"'"}};

Words verb_words() {
  Words words;
  for (const VerbName& verb : verbs) words.push_back(verb.name);
  return words;
}

time::Duration take_duration(Cursor& cursor, Scope& scope, const std::string& verb) {
  if (!cursor.at(TokenKind::Word))
    cursor.fail_here("missing duration before " + cursor.found() + "; expected such as '" + verb + " 60s'");
  return read_duration(phrase_of(cursor.take()), scope);
}

Applies read_applies(Cursor& cursor, const Scope& scope) {
  if (cursor.at(TokenKind::Text) && !cursor.peek().text.empty()) return {cursor.take().text};
  const Node* value = cursor.at(TokenKind::Word) ? scope.value(cursor.peek().text) : nullptr;
  if (value == nullptr || !value->is(Node::Kind::String)) {
    cursor.fail_here("missing change before " + cursor.found() +
                     "; expected the name of a change of the bench in quotes, such as 'device applies \"block\"'");
  }
  cursor.take();
  return {value->text};
}

const VerbName& read_verb(Cursor& cursor, Party party) {
  const Words known = verb_words();
  if (!cursor.at(TokenKind::Word)) {
    cursor.fail_here("missing arrow or verb before " + cursor.found() + "; expected an arrow such as -->, or one of " +
                     spaced(known));
  }
  const Token& token = cursor.peek();
  const auto found = std::find_if(verbs.begin(), verbs.end(), [&](const VerbName& v) { return v.name == token.text; });
  if (found == verbs.end()) {
    fail(token.where, "unknown verb " + in_quotes(token.text) + "; expected one of " + spaced(known) +
                          did_you_mean(token.text, known));
  }
  const auto* end = found->parties.begin() + found->party_count;
  if (std::find(found->parties.begin(), end, party) == end) fail(token.where, std::string(found->why));
  return *found;
}

}  // namespace

bool is_bare_act(std::string_view word) { return word == "wait" || word == "silence"; }

Words act_words() {
  Words words = verb_words();
  words.insert(words.end(), {"wait", "silence", "do", "sends", "resets", "starts", "resumes"});
  return words;
}

Act read_act(Cursor& cursor, Scope& scope) {
  const Token first = cursor.take();
  Act act;
  if (first.text == "wait") {
    act.what = Wait{take_duration(cursor, scope, "wait")};
    return act;
  }
  if (first.text == "silence") {
    act.what = Silence{take_duration(cursor, scope, "silence")};
    return act;
  }
  act.who = read_endpoint(first);
  const VerbName& verb = read_verb(cursor, act.who.party);
  cursor.take();
  switch (verb.verb) {
    case Verb::Forgets:
      act.what = Forgets{};
      break;
    case Verb::Connects:
      act.what = Connects{};
      break;
    case Verb::Closes:
      act.what = Closes{};
      break;
    case Verb::Applies:
      act.what = read_applies(cursor, scope);
      break;
  }
  if (act.who.port == "*") fail(first.where, "an act needs one connection; expected a port that is a name or a number");
  return act;
}

}  // namespace twinwire::scenario
