// SPDX-License-Identifier: Apache-2.0
// Clauses behind a segment, one reader for each word, and the checks of what goes together on one line.
#include <algorithm>
#include <array>

#include "harness/scenario/line.hpp"
#include "harness/scenario/numbers.hpp"

namespace twinwire::scenario {
namespace {

// More would not fit between two observations of one scenario; a flood is the business of load, not of a ladder.
constexpr std::int64_t most_repeats = 100'000;

class ClauseReader {
 public:
  ClauseReader(Cursor& cursor, Scope& scope, ParsedLine& line, Packet& packet)
      : cursor_(cursor), scope_(scope), line_(line), packet_(packet) {}

  void run();

 private:
  using Reader = void (ClauseReader::*)();
  struct Clause {
    std::string_view word;
    Reader read;
  };
  static const std::array<Clause, 8> clauses;
  friend Words scenario::clause_words();

  Phrase take_word(const std::string& expected) {
    if (!cursor_.at(TokenKind::Word)) cursor_.fail_here("missing " + expected + " before " + cursor_.found());
    return phrase_of(cursor_.take());
  }

  Token take_label(const std::string& expected) {
    if (!cursor_.at(TokenKind::Label))
      cursor_.fail_here("missing label before " + cursor_.found() + "; expected '" + expected + "'");
    return cursor_.take();
  }

  void read_becomes() {
    check_becomes_belongs();
    cursor_.take();
    packet_.becomes = read_change(cursor_, scope_);
  }

  void check_becomes_belongs() const {
    if (!is_end(packet_.from.party) || !is_end(packet_.to.party)) {
      cursor_.fail_here(
          "'becomes' compares what arrives with what was sent; on a line with the device expected the packet as it "
          "arrives");
    }
    if (packet_.crossing == Crossing::MustNot)
      cursor_.fail_here(
          "'becomes' tells how the packet arrives, but this one must not; expected another arrow or no 'becomes'");
    if (packet_.crossing == Crossing::Around)
      cursor_.fail_here("this packet goes around the device, so nothing changes it; expected no 'becomes'");
  }

  void read_repeat() {
    cursor_.take();
    const Phrase count = take_word("count of 'x N'");
    const Limits limits{1, most_repeats};
    if (!is_range(count.text)) {
      packet_.repeat.least = packet_.repeat.most =
          static_cast<std::uint32_t>(read_literal(count, scope_, limits, "a count"));
      return;
    }
    const Range range = read_range(count, scope_, limits, "a count");
    if (!range.low || !range.high)
      fail(count.where, "'x " + count.text + "' has an open end; expected both, such as 'x 1..3'");
    packet_.repeat.least = static_cast<std::uint32_t>(*range.low);
    packet_.repeat.most = static_cast<std::uint32_t>(*range.high);
  }

  void read_every() {
    const Span where = cursor_.take().where;
    packet_.repeat.every = read_duration(take_word("duration of 'every'"), scope_);
    if (packet_.from.party == Party::Device)
      fail(where, "the device's packets come when they come; expected no 'every'");
    if (!seen("x")) fail(where, "'every' is the pause between repeated packets; expected 'x N' before it");
  }

  void read_limit() {
    const std::string word = cursor_.take().text;
    auto& limit = word == "within" ? packet_.limit.within : packet_.limit.after;
    limit = read_duration(take_word("duration of '" + word + "'"), scope_);
    if (!cursor_.at_word("of")) return;
    cursor_.take();
    const Token token = take_label(word + " 1s of @label");
    const std::string label = read_label(token);
    if (!packet_.limit.of_label.empty() && packet_.limit.of_label != label) {
      fail(token.where, "'within' and 'after' count from two labels; expected the same one");
    }
    packet_.limit.of_label = label;
    scope_.use_label({label, LabelRole::Moment, token.where});
  }

  void read_guard();
  void read_lost() {
    const Span where = cursor_.take().where;
    const bool between_ends = is_end(packet_.from.party) && is_end(packet_.to.party);
    if (!between_ends || packet_.crossing != Crossing::Must) {
      fail(where,
           "'lost' is a packet that must arrive on the far wire and is lost behind it; expected --> or <-- between "
           "client and server");
    }
    packet_.lost = true;
  }

  bool seen(std::string_view word) const { return std::find(seen_.begin(), seen_.end(), word) != seen_.end(); }
  void check_pauses(const Token& x) const;

  Cursor& cursor_;
  Scope& scope_;
  ParsedLine& line_;
  Packet& packet_;
  std::vector<std::string> seen_;
};

void read_guard_of(Cursor& cursor, Scope& scope, ParsedLine& line) {
  const Token word = cursor.take();
  if (line.step.guard) fail(word.where, "a line has one condition; expected no second 'if' or 'unless'");
  if (!cursor.at(TokenKind::Label))
    cursor.fail_here("missing label before " + cursor.found() + "; expected '" + word.text + " @label'");
  line.guard_where = cursor.peek().where;
  const std::string label = read_label(cursor.take());
  line.step.guard = Guard{label, word.text == "if"};
  scope.use_label({label, LabelRole::Guard, line.guard_where});
}

void ClauseReader::read_guard() { read_guard_of(cursor_, scope_, line_); }

const std::array<ClauseReader::Clause, 8> ClauseReader::clauses{{{"becomes", &ClauseReader::read_becomes},
                                                                 {"x", &ClauseReader::read_repeat},
                                                                 {"every", &ClauseReader::read_every},
                                                                 {"within", &ClauseReader::read_limit},
                                                                 {"after", &ClauseReader::read_limit},
                                                                 {"if", &ClauseReader::read_guard},
                                                                 {"unless", &ClauseReader::read_guard},
                                                                 {"lost", &ClauseReader::read_lost}}};

void ClauseReader::run() {
  Token x;
  while (!cursor_.at(TokenKind::End) && !cursor_.at(TokenKind::Label)) {
    const Token token = cursor_.peek();
    const auto clause = std::find_if(clauses.begin(), clauses.end(), [&](const Clause& c) {
      return token.kind == TokenKind::Word && c.word == token.text;
    });
    if (clause == clauses.end()) {
      Words known = clause_words();
      const std::string expected =
          "; expected a field such as seq=1, options in <>, a clause (" + spaced(known) + ") or @label";
      const Words fields = field_names();
      known.insert(known.end(), fields.begin(), fields.end());
      cursor_.fail_here("unexpected " + cursor_.found() + expected + did_you_mean(token.text, known));
    }
    if (seen(token.text)) cursor_.fail_here("the clause " + in_quotes(token.text) + " is written twice");
    if (token.text == "x") x = token;
    seen_.push_back(token.text);
    (this->*clause->read)();
  }
  if (seen("x")) check_pauses(x);
}

void ClauseReader::check_pauses(const Token& x) const {
  const bool by_device = packet_.from.party == Party::Device;
  if (!by_device && packet_.repeat.least != packet_.repeat.most && !seen("every")) {
    fail(x.where,
         "a range repeats the packet until it arrives, so it needs a pause; expected 'every DURATION' behind it");
  }
}

}  // namespace

Change read_change(Cursor& cursor, Scope& scope) {
  Change change;
  change.fields = read_fields(cursor, scope, Standing::Becomes);
  const Token options = cursor.peek();
  if (cursor.at(TokenKind::Less)) {
    change.options = read_options(cursor, scope, Standing::Becomes);
    if (change.options.empty())
      fail(options.where, "an empty list behind 'becomes' says nothing; expected options that change, such as <-mss>");
  }
  if (change.fields.empty() && change.options.empty()) {
    cursor.fail_here("missing field or option behind 'becomes' before " + cursor.found() +
                     "; expected such as 'seq!=5' or '<-mss>'");
  }
  return change;
}

Words clause_words() {
  Words words;
  for (const auto& clause : ClauseReader::clauses) words.push_back(clause.word);
  return words;
}

void read_packet_clauses(Cursor& cursor, Scope& scope, ParsedLine& line, Packet& packet) {
  ClauseReader(cursor, scope, line, packet).run();
}

void read_act_clauses(Cursor& cursor, Scope& scope, ParsedLine& line) {
  while (!cursor.at(TokenKind::End) && !cursor.at(TokenKind::Label)) {
    if (cursor.at_word("if") || cursor.at_word("unless")) {
      read_guard_of(cursor, scope, line);
      continue;
    }
    const Words known = clause_words();
    const bool of_packet =
        cursor.at(TokenKind::Word) && std::find(known.begin(), known.end(), cursor.peek().text) != known.end();
    cursor.fail_here(of_packet ? "the clause " + cursor.found() +
                                     " belongs to a packet; expected 'if', 'unless' or @label behind an act"
                               : "unexpected " + cursor.found() +
                                     " behind an act; expected 'if', 'unless', @label or the end of the line");
  }
}

void check_packet(const Packet& packet, const Token& arrow) {
  const bool with_device = !is_end(packet.from.party) || !is_end(packet.to.party);
  if (with_device && packet.crossing == Crossing::Around) {
    fail(arrow.where,
         "'" + arrow.text + "' goes around the device, so the device is no party to it; expected client and server");
  }
  if (packet.to.party == Party::Device && packet.crossing != Crossing::Must) {
    fail(arrow.where, "nobody sees what the device does with a packet meant for it; expected --> or <--");
  }
}

}  // namespace twinwire::scenario
