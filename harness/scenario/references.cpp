// SPDX-License-Identifier: Apache-2.0
// Labels, checked in the order of the ladder: whatever names a label must stand behind the line that carries it, and
// that line must be of the kind that can give what is asked of it.
#include <algorithm>
#include <array>
#include <map>

#include "harness/scenario/ladder.hpp"
#include "harness/scenario/live_acts.hpp"

namespace twinwire::scenario {
namespace {

bool is_profile(const std::string& word) {
  static constexpr std::array profiles{Profile::Transparent, Profile::Strict, Profile::Nat, Profile::Proxy};
  return std::any_of(profiles.begin(), profiles.end(), [&](Profile profile) { return name(profile) == word; });
}

[[noreturn]] void fail_unknown(const std::vector<ParsedLine>& lines, const LabelUse& use) {
  const Words known = label_names(lines);
  if (std::find(known.begin(), known.end(), use.label) != known.end()) {
    fail(use.where, "the label '@" + use.label + "' is used before its line; expected it further up");
  }
  fail(use.where, "unknown label '@" + use.label + "'; expected a label that stands at the end of an earlier line" +
                      did_you_mean(use.label, known));
}

const Packet& packet_of(const ParsedLine& line, const LabelUse& use) {
  const auto* packet = std::get_if<Packet>(&line.step.what);
  if (packet == nullptr)
    fail(use.where, "'@" + use.label + "' is an act and has no packet; expected the label of a packet");
  return *packet;
}

void check_again(const Packet& repeated, const Packet& packet, const LabelUse& use) {
  if (repeated.from.party == packet.from.party) return;
  fail(use.where, "'@" + use.label + "' was sent by another party; expected a packet of the party that sends it again");
}

void check_guard(const ParsedLine& line, const LabelUse& use) {
  if (packet_of(line, use).crossing != Crossing::May) {
    fail(use.where,
         "whether '@" + use.label + "' arrives is settled by its arrow; expected the label of a --? or ?-- line");
  }
  if (line.step.guard) {
    fail(use.where,
         "'@" + use.label + "' has a condition itself, and conditions do not chain; expected a label without one");
  }
}

void check_session(const ParsedLine& line, const LabelUse& use) {
  const auto* act = std::get_if<Act>(&line.step.what);
  if (act != nullptr && is_handshake(*act)) return;
  fail(use.where, "'@" + use.label +
                      "' is no TLS handshake and brings no session; expected the label of an earlier 'starts tls' or "
                      "'resumes tls'");
}

void check_use(const ParsedLine& labelled, const ParsedLine& line, const LabelUse& use) {
  switch (use.role) {
    case LabelRole::Field:
      packet_of(labelled, use);
      break;
    case LabelRole::Again:
      check_again(packet_of(labelled, use), std::get<Packet>(line.step.what), use);
      break;
    case LabelRole::Guard:
      check_guard(labelled, use);
      break;
    case LabelRole::Session:
      check_session(labelled, use);
      break;
    case LabelRole::Moment:
      break;
  }
}

}  // namespace

void check_references(const std::vector<ParsedLine>& lines) {
  std::map<std::string, const ParsedLine*> defined;
  for (const ParsedLine& line : lines) {
    for (const LabelUse& use : line.uses) {
      const auto found = defined.find(use.label);
      if (found == defined.end()) fail_unknown(lines, use);
      check_use(*found->second, line, use);
    }
    const std::string& label = line.step.label;
    if (label.empty()) continue;
    if (is_profile(label)) {
      fail(line.label_where, "'@" + label + "' is the name of a profile, which [expect] needs; expected another name");
    }
    if (label == "client_hello") {
      fail(line.label_where, "'@client_hello' is what [expect] calls the ClientHello itself; expected another name");
    }
    if (label == "ticket") {
      fail(line.label_where, "'@ticket' is what [expect] calls the server's tickets; expected another name");
    }
    if (const auto [at, added] = defined.emplace(label, &line); !added) {
      fail(line.label_where, "the label '@" + label + "' stands at line " +
                                 std::to_string(at->second->step.where.line) + " already; expected another name");
    }
  }
}

const ParsedLine* find_label(const std::vector<ParsedLine>& lines, const std::string& label) {
  const auto found =
      std::find_if(lines.begin(), lines.end(), [&](const ParsedLine& line) { return line.step.label == label; });
  return found == lines.end() ? nullptr : &*found;
}

Words label_names(const std::vector<ParsedLine>& lines) {
  Words names;
  for (const ParsedLine& line : lines) {
    if (!line.step.label.empty()) names.push_back(line.step.label);
  }
  return names;
}

}  // namespace twinwire::scenario
