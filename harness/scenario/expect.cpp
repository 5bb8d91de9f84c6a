// SPDX-License-Identifier: Apache-2.0
// An entry is one outcome or a list of them. Each is checked against the line that carries the label, since an arrow
// that already says what must happen leaves nothing to expect.
#include "harness/scenario/expect.hpp"

#include <algorithm>
#include <array>

#include "harness/scenario/live_acts.hpp"
#include "harness/scenario/outcomes.hpp"

namespace twinwire::scenario {
namespace {

constexpr std::array profiles{Profile::Transparent, Profile::Strict, Profile::Nat, Profile::Proxy};

constexpr std::string_view hello_key = "client_hello";
constexpr std::string_view ticket_key = "ticket";

void check_undecided(const ParsedLine& line, const Member& entry) {
  const std::string at = " (line " + std::to_string(line.step.where.line) + ")";
  if (const auto* act = std::get_if<Act>(&line.step.what)) {
    if (!has_outcome(*act))
      fail(entry.key_where,
           "'" + entry.key + "' is the label of an act that ends in one way only" + at +
               "; expected that of a --? or ?-- line, or of an act of an end such as 'client connects'");
    return;
  }
  if (std::get<Packet>(line.step.what).crossing != Crossing::May)
    fail(entry.key_where, "'" + entry.key + "' is on a line whose arrow already says what must happen" + at +
                              "; expected --? or ?-- there, or no expectation");
}

/// `client_hello = "whole"`: not of a label, but of what a TLS act sends.
void read_client_hello(const Member& entry, const std::vector<ParsedLine>& lines, Scenario& scenario) {
  const Node& value = entry.value;
  if (!value.is(Node::Kind::String) || value.text != "whole")
    fail(phrase_of(value).where,
         "a ClientHello is expected to arrive as it was sent or not at all; expected "
         "client_hello = \"whole\"");
  const bool sent = std::any_of(lines.begin(), lines.end(), [](const ParsedLine& line) {
    const auto* act = std::get_if<Act>(&line.step.what);
    return act != nullptr && (is_handshake(*act) || std::holds_alternative<Runs>(act->what));
  });
  if (!sent)
    fail(entry.key_where, "no line of the ladder sends a ClientHello; expected such as 'client starts tls' in it");
  scenario.whole_hello = true;
}

/// `ticket = "kept"`: of no label either, but of all tickets that the server gives.
void read_ticket(const Member& entry, const std::vector<ParsedLine>& lines, Scenario& scenario) {
  const Node& value = entry.value;
  if (!value.is(Node::Kind::String) || value.text != "kept")
    fail(phrase_of(value).where,
         "a ticket is expected to be no larger at the client than the server gave it; expected ticket = \"kept\"");
  const bool given = std::any_of(lines.begin(), lines.end(), [](const ParsedLine& line) {
    const auto* act = std::get_if<Act>(&line.step.what);
    return act != nullptr && is_handshake(*act);
  });
  if (!given)
    fail(entry.key_where, "no line of the ladder brings a ticket; expected such as 'client starts tls' in it");
  if (scenario.server.program)
    fail(entry.key_where, "what a program gives as a ticket is not known; expected no 'program' in [server]");
  if (scenario.tls && !scenario.tls->server.tickets)
    fail(entry.key_where,
         "this server keeps sessions itself and gives no ticket; expected tickets = true and another resume");
  scenario.ticket_kept = true;
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
    into[entry.key] = read_outcomes(entry.value, *line, lines_, scope_);
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
    if (entry.key == hello_key) {
      read_client_hello(entry, lines, scenario);
      continue;
    }
    if (entry.key == ticket_key) {
      read_ticket(entry, lines, scenario);
      continue;
    }
    if (profile == profiles.end()) {
      reader.check_is_label(entry);
      reader.read_entry(entry, scenario.expect);
      continue;
    }
    if (!entry.value.is(Node::Kind::Table))
      fail(entry.value.where,
           "'" + entry.key + "' is a profile; expected a table of labels, [expect." + entry.key + "]");
    for (const Member& inner : entry.value.members) {
      if (inner.key == hello_key)
        fail(inner.key_where, "a ClientHello is whole on every device or on none; expected 'client_hello' in [expect]");
      if (inner.key == ticket_key)
        fail(inner.key_where, "a ticket is kept on every device or on none; expected 'ticket' in [expect]");
      reader.read_entry(inner, scenario.expect_profile[*profile]);
    }
  }
  return reader.take_unmatched();
}

}  // namespace twinwire::scenario
