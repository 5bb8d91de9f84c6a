// SPDX-License-Identifier: Apache-2.0
// Acts: a table of verbs with the parties that may do them, and what each needs behind it.
#include <algorithm>
#include <array>

#include "harness/scenario/line.hpp"
#include "harness/scenario/numbers.hpp"

namespace twinwire::scenario {
namespace {

enum class Verb : std::uint8_t { Forgets, Connects, Closes, Resets, Sends, Starts, Resumes, Runs, Applies };

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
    VerbName{"resets",
             Verb::Resets,
             {Party::Client, Party::Server},
             2,
             "a RST of the device is a line; expected such as 'client <-- device : RST'"},
    VerbName{"sends",
             Verb::Sends,
             {Party::Client, Party::Server},
             2,
             "the device has no connection to send on; expected 'client sends 4096' or 'server sends 4096'"},
    VerbName{"starts", Verb::Starts, {Party::Client}, 1, "the client begins TLS; expected 'client starts tls'"},
    VerbName{"resumes", Verb::Resumes, {Party::Client}, 1, "the client begins TLS; expected 'client resumes tls'"},
    VerbName{"runs",
             Verb::Runs,
             {Party::Client},
             1,
             "a program of the server runs as long as the ladder does; expected 'client runs'"},
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

/// What a single act may hand to the live ends; more is a test of throughput.
constexpr std::int64_t most_octets = 100'000'000;

Sends read_sends(Cursor& cursor, Scope& scope) {
  const auto text_of = [&](const std::string& text, const Span& where) {
    if (text.empty()) fail(where, "an empty text sends nothing; expected at least one octet");
    return Sends{0, text};
  };
  if (cursor.at(TokenKind::Text)) {
    const Token token = cursor.take();
    return text_of(token.text, token.where);
  }
  if (!cursor.at(TokenKind::Word))
    cursor.fail_here("missing octets before " + cursor.found() + "; expected such as 'sends 4096' or 'sends \"text\"'");
  const Phrase phrase = phrase_of(cursor.take());
  const Node* value = scope.value(phrase.text);
  if (value != nullptr && value->is(Node::Kind::String)) return text_of(value->text, phrase_of(*value).where);
  return Sends{static_cast<std::uint32_t>(read_literal(phrase, scope, {1, most_octets}, "a number of octets")), ""};
}

/// `starts` and `resumes` are about one protocol only, which is written all the same so that the line reads aloud.
void take_tls(Cursor& cursor, const std::string& verb) {
  if (!cursor.at_word("tls"))
    cursor.fail_here("missing 'tls' before " + cursor.found() + "; expected 'client " + verb + " tls'");
  cursor.take();
}

/// `of @label`: the session of that act instead of the newest.
std::string take_session(Cursor& cursor, Scope& scope) {
  if (!cursor.at_word("of")) return {};
  cursor.take();
  if (!cursor.at(TokenKind::Label))
    cursor.fail_here("missing label before " + cursor.found() + "; expected 'client resumes tls of @label'");
  const Token token = cursor.take();
  std::string label = read_label(token);
  scope.use_label({label, LabelRole::Session, token.where});
  return label;
}

/// `forgets` is about the connection, `forgets sessions` about what a server keeps beyond any connection.
decltype(Act::what) read_forgets(Cursor& cursor, const Token& who, const Endpoint& endpoint) {
  if (!cursor.at_word("sessions")) return Forgets{};
  if (endpoint.party != Party::Server)
    cursor.fail_here("only the server has sessions that it can forget; expected 'server forgets sessions'");
  if (!endpoint.port.empty())
    fail(who.where, "sessions belong to the server and to no connection; expected 'server forgets sessions'");
  cursor.take();
  return ForgetsSessions{};
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

decltype(Act::what) read_what(Cursor& cursor, Scope& scope, Verb verb, const Token& who, const Endpoint& endpoint) {
  switch (verb) {
    case Verb::Forgets:
      return read_forgets(cursor, who, endpoint);
    case Verb::Connects:
      return Connects{};
    case Verb::Closes:
      return Closes{};
    case Verb::Resets:
      return Resets{};
    case Verb::Sends:
      return read_sends(cursor, scope);
    case Verb::Starts:
      take_tls(cursor, "starts");
      return StartsTls{};
    case Verb::Resumes:
      take_tls(cursor, "resumes");
      return ResumesTls{take_session(cursor, scope)};
    case Verb::Runs:
      return Runs{};
    case Verb::Applies:
      return read_applies(cursor, scope);
  }
  return Forgets{};
}

}  // namespace

bool is_bare_act(std::string_view word) { return word == "wait" || word == "silence"; }

Words act_words() {
  Words words = verb_words();
  words.insert(words.end(), {"wait", "silence", "do"});
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
  act.what = read_what(cursor, scope, verb.verb, first, act.who);
  if (act.who.port == "*") fail(first.where, "an act needs one connection; expected a port that is a name or a number");
  return act;
}

}  // namespace twinwire::scenario
