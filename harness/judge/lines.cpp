// SPDX-License-Identifier: Apache-2.0
// A packet that crossed is compared with the one that was sent. Damage (integrity) always counts. A field that a polite
// device would have left alone (transparency) counts where the line wrote it; where it did not, it is only noted, so
// that one habit of a device does not redden every scenario.
#include <algorithm>

#include "harness/judge/case.hpp"
#include "harness/judge/words.hpp"

namespace twinwire::judge {
namespace {

using scenario::Crossing;
using Fate = Transit::Fate;

const scenario::SegmentSpec& written_segment(const scenario::Packet& line) {
  const auto* again = std::get_if<scenario::Again>(&line.segment);
  return again != nullptr ? again->overrides : std::get<scenario::SegmentSpec>(line.segment);
}

bool writes(const scenario::Packet& line, const std::string& field) {
  const auto& spec = written_segment(line);
  const auto same = [&](const scenario::Field& f) { return scenario::name(f.key) == field; };
  if (field == "flags" || std::ranges::any_of(spec.fields, same)) return true;
  if (!spec.options) return false;
  // `<>` writes that there are none, so an option that appears is against what is written.
  return spec.options->empty()
             ? field == "mss" || field == "wscale" || field == "sackOK" || field == "ts"
             : std::ranges::any_of(*spec.options, [&](const auto& o) { return observe::option_name(o.kind) == field; });
}

bool becomes(const scenario::Change& change, const std::string& field) {
  return std::ranges::any_of(change.fields, [&](const auto& f) { return scenario::name(f.key) == field; }) ||
         std::ranges::any_of(change.options, [&](const auto& o) { return observe::option_name(o.kind) == field; });
}

/// Whether everything that `becomes` writes holds of the packet that arrived.
bool change_holds(const Case& now, const scenario::Change& change, const Transit& transit) {
  const auto packet = now.received(transit);
  if (!packet || !packet->tcp) return false;
  const observe::End nobody;
  const auto labelled = now.replay.received_as();
  return std::ranges::all_of(
             change.fields,
             [&](const auto& f) { return observe::holds(f, *packet, nobody, observe::Speaker::Sender, labelled); }) &&
         std::ranges::all_of(change.options, [&](const auto& o) {
           return observe::holds(o, *packet, nobody, observe::Speaker::Sender, labelled);
         });
}

void judge_changes(Case& now, int index, const scenario::Packet& line, const Transit& transit,
                   const scenario::Change* expected) {
  const auto packet = now.sent(transit);
  for (const auto& change : transit.changes) {
    if (change.allowed || (expected != nullptr && becomes(*expected, change.field))) continue;
    const bool counts = change.layer == Layer::Integrity || writes(line, change.field);
    now.find(change.layer, counts ? Verdict::Fail : Verdict::Pass, index,
             describe_change(*packet, transit.from, change));
  }
  if (expected != nullptr && !change_holds(now, *expected, transit)) {
    now.find(Layer::Transparency, Verdict::Fail, index,
             describe_sent(*packet, transit.from) + " arrived, but not changed as `becomes` says");
  }
}

void judge_crossed(Case& now, int index, const scenario::Packet& line, const Transit& transit,
                   const scenario::Change* expected) {
  const auto packet = now.sent(transit);
  if (transit.received.size() > 1) {
    now.find(Layer::Progress, Verdict::Fail, index,
             describe_sent(*packet, transit.from) + " was sent once and arrived " +
                 std::to_string(transit.received.size()) + " times");
  }
  judge_changes(now, index, line, transit, expected);
  if (line.limit.within && transit.delay > *line.limit.within) {
    const auto ms = [](time::Duration d) {
      return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(d).count()) + " ms";
    };
    now.find(Layer::Progress, Verdict::Fail, index,
             describe_sent(*packet, transit.from) + " took " + ms(transit.delay) + ", expected at most " +
                 ms(*line.limit.within));
  }
}

/// What our own side could not establish; true if there was such a thing.
bool unestablished(Case& now, int index, const Transit& transit) {
  const auto packet = now.sent(transit);
  switch (transit.fate) {
    case Fate::Refused:
      now.find(
          Layer::Harness, Verdict::Inconclusive, index,
          describe_sent(*packet, transit.from) + " was refused by our own socket (no buffer space): it was never sent");
      return true;
    case Fate::Unsettled:
      now.find(Layer::Harness, Verdict::Inconclusive, index,
               describe_sent(*packet, transit.from) + (transit.marker_lost
                                                           ? " did not arrive, but neither did a packet of another "
                                                             "connection behind it: the device was losing packets"
                                                           : " did not arrive, and nothing proves that it will not"));
      return true;
    case Fate::Ambiguous:
      now.find(Layer::Harness, Verdict::Inconclusive, index,
               describe_sent(*packet, transit.from) +
                   " and another line's are equal, and one of them is missing: nobody can say which");
      return true;
    default:
      return false;
  }
}

std::string answers(const Case& now, int index, Party sender) {
  std::string text;
  for (const Transit* made : now.made_during(index, sender)) {
    text += text.empty() ? "" : " and ";
    text += describe_made(*now.received(*made), now.replay.end_at(made->received.front(), sender));
  }
  return text;
}

void judge_must(Case& now, int index, const scenario::Packet& line, const std::vector<const Transit*>& sent) {
  const bool any_will_do = line.repeat.least != line.repeat.most;
  const bool one_crossed = std::ranges::any_of(sent, [](const Transit* t) { return t->fate == Fate::Crossed; });
  for (const Transit* transit : sent) {
    if (unestablished(now, index, *transit)) continue;
    if (transit->fate == Fate::Crossed) {
      judge_crossed(now, index, line, *transit, line.becomes ? &*line.becomes : nullptr);
    } else if (transit->fate == Fate::Dropped && !(any_will_do && one_crossed)) {
      const std::string answer = answers(now, index, transit->from);
      now.find(Layer::Progress, Verdict::Fail, index,
               describe_sent(*now.sent(*transit), transit->from) + " never reached the " + party(transit->to) +
                   ": the device dropped it (" + describe_proof(transit->proof) + ")" +
                   (answer.empty() ? "" : ", and answered with " + answer));
    }
  }
}

void judge_must_not(Case& now, int index, const std::vector<const Transit*>& sent) {
  for (const Transit* transit : sent) {
    if (unestablished(now, index, *transit) || transit->fate != Fate::Crossed) continue;
    now.find(
        Layer::Progress, Verdict::Fail, index,
        describe_sent(*now.sent(*transit), transit->from) + " reached the " + party(transit->to) + ", and must not");
  }
}

bool outcome_is(const Case& now, const scenario::Outcome& outcome, int index, const std::vector<const Transit*>& sent) {
  const auto crossed = std::ranges::count_if(sent, [](const Transit* t) { return t->fate == Fate::Crossed; });
  const bool all = crossed == static_cast<std::ptrdiff_t>(sent.size());
  const bool answered = !sent.empty() && !now.made_during(index, sent.front()->from).empty();
  switch (outcome.kind) {
    case scenario::Outcome::Kind::Crossed:
      return all;
    case scenario::Outcome::Kind::Dropped:
      return crossed == 0 && !answered;
    case scenario::Outcome::Kind::Answered:
      return crossed == 0 && answered;
    case scenario::Outcome::Kind::Becomes:
      return all && std::ranges::all_of(sent, [&](const Transit* t) { return change_holds(now, outcome.becomes, *t); });
    default:
      break;  // Count; those of acts are never expected of a line
  }
  return crossed >= outcome.least && crossed <= outcome.most;
}

std::string what_happened(const Case& now, int index, const std::vector<const Transit*>& sent) {
  const auto crossed = std::ranges::count_if(sent, [](const Transit* t) { return t->fate == Fate::Crossed; });
  const std::string answer = answers(now, index, sent.front()->from);
  if (sent.size() > 1) return std::to_string(crossed) + " of " + std::to_string(sent.size()) + " crossed";
  if (crossed == 1) return "it crossed";
  if (!answer.empty()) return "the device did not let it through and answered with " + answer;
  return "the device dropped it (" + describe_proof(sent.front()->proof) + ")";
}

void judge_may(Case& now, int index, const scenario::Packet& line, const std::vector<const Transit*>& sent) {
  const scenario::Step& step = now.scenario.steps[static_cast<std::size_t>(index)];
  const auto& expected =
      step.label.empty() ? std::vector<scenario::Outcome>{} : now.scenario.expected(step.label, now.bench.profile);
  for (const Transit* transit : sent) {
    if (!expected.empty() && unestablished(now, index, *transit)) return;
  }
  const auto met = std::ranges::find_if(expected, [&](const auto& o) { return outcome_is(now, o, index, sent); });
  if (met != expected.end() && met->kind == scenario::Outcome::Kind::Answered) {
    for (const Transit* made : now.made_during(index, line.from.party)) now.explained.insert(made);
  }
  if (!expected.empty() && met == expected.end()) {
    std::string wanted;
    for (const auto& outcome : expected) wanted += (wanted.empty() ? "" : " or ") + outcome.text;
    now.find(Layer::Progress, Verdict::Fail, index,
             describe_sent(*now.sent(*sent.front()), line.from.party) + ": expected " + wanted + ", but " +
                 what_happened(now, index, sent));
  }
  const bool change_met = met != expected.end() && met->kind == scenario::Outcome::Kind::Becomes;
  for (const Transit* transit : sent) {
    if (transit->fate != Fate::Crossed) continue;
    judge_crossed(now, index, line, *transit, change_met ? &met->becomes : (line.becomes ? &*line.becomes : nullptr));
  }
}

}  // namespace

void judge_line(Case& now, int index) {
  const auto& line = std::get<scenario::Packet>(now.scenario.steps[static_cast<std::size_t>(index)].what);
  const auto sent = now.of_step(index);
  if (sent.empty()) return;  // could not be sent: found before
  switch (line.crossing) {
    case Crossing::Must:
      judge_must(now, index, line, sent);
      break;
    case Crossing::MustNot:
      // Over a bare wire everything arrives: that this one would, too, is what the baseline is to show.
      if (now.bare_wire()) {
        judge_must(now, index, line, sent);
      } else {
        judge_must_not(now, index, sent);
      }
      break;
    case Crossing::May:
      judge_may(now, index, line, sent);
      break;
    case Crossing::Around:
      break;  // the device never had it
  }
}

}  // namespace twinwire::judge
