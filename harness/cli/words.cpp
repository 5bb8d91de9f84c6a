// SPDX-License-Identifier: Apache-2.0
// Every field of a step becomes a clause of a sentence, in the order in which it takes effect: who sends what, how
// often, what is to become of it, when, and under which condition.
#include "harness/cli/words.hpp"

#include "harness/report/look.hpp"

namespace twinwire::cli {
namespace {

using scenario::Crossing;
using scenario::Endpoint;
using scenario::Number;
using scenario::Party;
using Base = Number::Base;

std::string name_of(const Endpoint& endpoint) {
  const char* who =
      endpoint.party == Party::Client ? "the client" : (endpoint.party == Party::Server ? "the server" : "the device");
  if (endpoint.port.empty()) return who;
  return endpoint.port == "*" ? std::string(who) + " (each time from a fresh port)"
                              : std::string(who) + " (port " + endpoint.port + ")";
}

std::string capital(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

std::string meaning(const Number& number) {
  switch (number.base) {
    case Base::Literal:
      return "";
    case Base::SndNxt:
      return "the next octet it would send";
    case Base::SndUna:
      return "its oldest octet not yet acknowledged";
    case Base::SndWnd:
      return "the window it may send into";
    case Base::RcvNxt:
      return "the next octet it expects";
    case Base::RcvWnd:
      return "the window it announced";
    case Base::Iss:
      return "its own initial number";
    case Base::Irs:
      return "the other's initial number";
    case Base::SegSeq:
      return "the sequence number of the last segment it received";
    case Base::SegAck:
      return "the acknowledgement number of the last segment it received";
    case Base::SegLen:
      return "the length of the last segment it received";
    case Base::Label:
      break;
  }
  return number.label_field + " of the packet @" + number.label;
}

std::string amount(const Number& number) {
  const std::string base = meaning(number);
  if (base.empty()) return std::to_string(number.offset);
  std::string text = (number.old ? "in the lost connection, " : "") + base;
  if (number.offset > 0) text += " plus " + std::to_string(number.offset);
  if (number.offset < 0) text += " less " + std::to_string(-number.offset);
  return text;
}

std::string amount(const scenario::Range& range) {
  if (!range.low) return "at most " + (range.high ? std::to_string(*range.high) : std::string("anything"));
  return range.high ? std::to_string(*range.low) + " to " + std::to_string(*range.high)
                    : "at least " + std::to_string(*range.low);
}

std::string amount(const scenario::Word& word) { return word.text; }
std::string amount(const scenario::Text& text) { return "\"" + text.octets + "\""; }

std::string field_words(const scenario::Field& field) {
  const auto* word = std::get_if<scenario::Word>(&field.value);
  if (field.key == scenario::Key::Iss && word != nullptr) return "a " + word->text + " initial sequence number";
  if (field.key == scenario::Key::Checksum && word != nullptr) return "a " + word->text + " checksum";
  const std::string value = std::visit([](const auto& v) { return amount(v); }, field.value);
  return std::string(scenario::name(field.key)) + (field.negated ? " other than " : " = ") + value;
}

std::string option_words(const scenario::Option& option) {
  static constexpr std::pair<std::uint8_t, const char*> names[] = {
      {scenario::option_kind::Eol, "eol"},
      {scenario::option_kind::Nop, "nop"},
      {scenario::option_kind::Mss, "mss"},
      {scenario::option_kind::WindowScale, "window scale"},
      {scenario::option_kind::SackPermitted, "SACK permitted"},
      {scenario::option_kind::Sack, "SACK"},
      {scenario::option_kind::Timestamps, "timestamps"},
      {scenario::option_kind::FastOpen, "Fast Open"}};
  std::string text = "kind " + std::to_string(option.kind);
  for (const auto& [kind, name] : names) {
    if (kind == option.kind) text = name;
  }
  for (const auto& value : option.values) text += " " + std::visit([](const auto& v) { return amount(v); }, value);
  for (const auto& block : option.sack) text += " " + amount(block.left) + " to " + amount(block.right);
  return (option.removed ? "without " : "") + text;
}

std::string list(const std::vector<std::string>& parts) {
  std::string text;
  for (std::size_t i = 0; i < parts.size(); ++i)
    text += (i == 0 ? "" : (i + 1 == parts.size() ? " and " : ", ")) + parts[i];
  return text;
}

std::string details_of(const std::vector<scenario::Field>& fields, const std::vector<scenario::Option>* options) {
  std::vector<std::string> parts;
  parts.reserve(fields.size() + 1);
  for (const auto& field : fields) parts.push_back(field_words(field));
  std::vector<std::string> names;
  if (options != nullptr) {
    for (const auto& option : *options) names.push_back(option_words(option));
    parts.push_back(names.empty() ? "no options" : "options " + list(names));
  }
  return parts.empty() ? "" : " with " + list(parts);
}

std::string segment_words(const scenario::Packet& packet) {
  if (const auto* again = std::get_if<scenario::Again>(&packet.segment)) {
    const auto& changed = again->overrides;
    return "the packet @" + again->label + " once more" +
           details_of(changed.fields, changed.options ? &*changed.options : nullptr);
  }
  const auto& segment = std::get<scenario::SegmentSpec>(packet.segment);
  return scenario::flags_text(segment.flags) +
         details_of(segment.fields, segment.options ? &*segment.options : nullptr);
}

std::string repeat_words(const scenario::Repeat& repeat) {
  if (repeat.most == 1) return "";
  const std::string pace =
      repeat.every == time::Duration{} ? " in one burst" : " every " + report::short_time(repeat.every.count());
  if (repeat.least == repeat.most) return ", " + std::to_string(repeat.most) + " times" + pace;
  return ", at most " + std::to_string(repeat.most) + " times" + pace + " until one arrives";
}

std::string limit_words(const scenario::TimeLimit& limit) {
  const std::string from = limit.of_label.empty() ? "the line before" : "@" + limit.of_label;
  std::string text;
  if (limit.after) text += "; not before " + report::short_time(limit.after->count()) + " after " + from;
  if (limit.within) text += "; within " + report::short_time(limit.within->count()) + " of " + from;
  return text;
}

std::string change_words(const scenario::Change& change) {
  const auto* options = change.options.empty() ? nullptr : &change.options;
  return details_of(change.fields, options);
}

/// A packet that no end sends: the device is to make it, or must not.
std::string made_words(const scenario::Packet& packet) {
  const std::string what = segment_words(packet);
  const std::string to = name_of(packet.to);
  switch (packet.crossing) {
    case Crossing::Must:
      return "the device itself sends " + what + " to " + to + ", which neither end sent";
    case Crossing::MustNot:
      return "the device must not send " + what + " to " + to;
    case Crossing::May:
    case Crossing::Around:
      break;
  }
  return "the device may send " + what + " to " + to;
}

std::string fate_words(const scenario::Packet& packet) {
  const std::string to = name_of(packet.to);
  if (packet.to.party == Party::Device) return "; it is meant for the device and must not reach the other end";
  const std::string changed =
      packet.becomes ? "changed on the way, arriving" + change_words(*packet.becomes) : "as it was sent";
  switch (packet.crossing) {
    case Crossing::Must:
      return "; it must arrive at " + to + ", once and " + changed;
    case Crossing::MustNot:
      return "; it must not arrive at " + to;
    case Crossing::Around:
      return "; twinwire carries it to " + to + " past the device, which never sees it";
    case Crossing::May:
      break;
  }
  return "; whether it arrives at " + to + " is recorded";
}

std::string words(const scenario::Packet& packet) {
  if (packet.from.party == Party::Device) return made_words(packet) + limit_words(packet.limit);
  std::string text = name_of(packet.from) + " sends " + segment_words(packet) + repeat_words(packet.repeat) +
                     fate_words(packet) + limit_words(packet.limit);
  if (packet.lost) text += "; that end then behaves as if it had not";
  return text;
}

struct ActWords {
  std::string who;
  std::string operator()(const scenario::Forgets&) const {
    return who + (who == "the device" ? " loses its state of the connection"
                                      : " loses the connection without a word, as after a crash");
  }
  std::string operator()(const scenario::Connects&) const {
    return who + " opens the connection with the three-way handshake";
  }
  std::string operator()(const scenario::Closes&) const {
    return who + " closes the connection, and both ends finish it with FINs";
  }
  std::string operator()(const scenario::Wait& act) const {
    return report::short_time(act.duration.count()) + " pass; whatever either end hears meanwhile is a finding";
  }
  std::string operator()(const scenario::Silence& act) const {
    return report::short_time(act.duration.count()) + " pass, in which neither end may hear anything";
  }
  std::string operator()(const scenario::Applies& act) const {
    return "the bench makes its change \"" + act.change + "\" to the device";
  }
  std::string operator()(const scenario::Resets&) const { return who + " aborts the connection with a RST"; }
  std::string operator()(const scenario::Sends& act) const {
    return who + " sends " + (act.text.empty() ? std::to_string(act.octets) + " octets" : '"' + act.text + '"') +
           ", and all of it is acknowledged";
  }
  std::string operator()(const scenario::StartsTls&) const { return who + " begins a TLS handshake"; }
  std::string operator()(const scenario::ResumesTls& act) const {
    return who + " begins a TLS handshake and offers the session that it got " +
           (act.of.empty() ? std::string("before") : "by the act @" + act.of);
  }
  std::string operator()(const scenario::ForgetsSessions&) const {
    return who + " does not know the sessions of before any more, as after a change of its keys";
  }
  std::string operator()(const scenario::Runs&) const { return who + "'s program runs to its end"; }
};

}  // namespace

std::string in_words(const scenario::Step& step) {
  std::string text = step.together ? "at once, together with the line before: " : "";
  if (step.guard) text += std::string(step.guard->arrived ? "if @" : "unless @") + step.guard->label + " arrived: ";
  if (const auto* packet = std::get_if<scenario::Packet>(&step.what)) {
    text += words(*packet);
  } else {
    const auto& act = std::get<scenario::Act>(step.what);
    text += std::visit(ActWords{name_of(act.who)}, act.what);
  }
  return capital(text) + ".";
}

std::string in_words(const scenario::Outcome& outcome) {
  switch (outcome.kind) {
    case scenario::Outcome::Kind::Crossed:
      return "it arrives at the other end";
    case scenario::Outcome::Kind::Dropped:
      return "it does not arrive";
    case scenario::Outcome::Kind::Answered:
      return "it does not arrive, and the device answers the sender";
    case scenario::Outcome::Kind::Becomes:
      return "it arrives changed," + change_words(outcome.becomes);
    case scenario::Outcome::Kind::Count:
      break;
    case scenario::Outcome::Kind::Completes:
      return "it completes at both ends";
    case scenario::Outcome::Kind::Resumed:
      return "the handshake completes with the session that was offered";
    case scenario::Outcome::Kind::Full:
      return "the handshake completes, without a session";
    case scenario::Outcome::Kind::Alert:
      return "an alert ends it";
    case scenario::Outcome::Kind::Reset:
      return "a RST ends it at both ends";
    case scenario::Outcome::Kind::HalfOpen:
      return "one end's connection is gone and the other's is not";
    case scenario::Outcome::Kind::Closed:
      return "a FIN ends it";
    case scenario::Outcome::Kind::WrongCertificate:
      return "the handshake completes, with a certificate that is not the server's";
    case scenario::Outcome::Kind::Hangs:
      return "neither end hears anything any more";
  }
  if (outcome.least == outcome.most) return std::to_string(outcome.least) + " of them arrive";
  return std::to_string(outcome.least) + " to " + std::to_string(outcome.most) + " of them arrive";
}

std::string range_words(const scenario::SweepAxis& axis) {
  const auto value = [&](std::int64_t number) {
    return axis.duration ? report::short_time(number) : std::to_string(number);
  };
  return axis.path + " from " + value(axis.from) + " to " + value(axis.to);
}

std::string in_words(const scenario::Sweep& sweep) {
  std::string text = "The first value of " + range_words(sweep.search) + " that fails is searched";
  for (const scenario::SweepAxis& axis : sweep.across)
    text += ", once with each of " + axis.path + " = " + list(axis.values);
  return text + "; the values on both sides of it are tried " +
         (sweep.repeats == 1 ? "once" : std::to_string(sweep.repeats) + " times") + " each.";
}

}  // namespace twinwire::cli
