// SPDX-License-Identifier: Apache-2.0
// Where packets cross the device, a RST or FIN that neither end sent is one of the device's own making and is known
// from the frames. Where the device has connections of its own, all that an end hears is the device's, unless the other
// end says that it said the same. Of an alert only the ends can tell, since it may be encrypted: one that the other end
// did not send is the device's.
#include "harness/judge/endings.hpp"

#include <algorithm>

#include "harness/judge/words.hpp"

namespace twinwire::judge {
namespace {

namespace flag = scenario::flag;

enum class Ending : std::uint8_t { None, Alert, Reset, Fin };

bool is_direct(const Case& now) { return now.bench.path.kind == scenario::PathSpec::Kind::Direct; }

Ending ending_of(const Facts& end) {
  if (end.contains("alert-received")) return Ending::Alert;
  if (fact(end, "tcp") == "reset") return Ending::Reset;
  return end.contains("fin") ? Ending::Fin : Ending::None;
}

bool has_flag(const std::optional<wire::Packet>& packet, std::uint16_t bit) {
  return packet && packet->tcp && packet->tcp->has(bit);
}

/// Of a RST or FIN that came to `end` by a packet.
Author author_of_flag(const Case& now, int index, Party end, std::uint16_t bit) {
  const auto made = now.made_during(index, end);
  if (std::ranges::any_of(made, [&](const Transit* t) { return has_flag(now.received(*t), bit); }))
    return Author::Device;
  const auto sent = now.of_step(index);
  const bool crossed = std::ranges::any_of(sent, [&](const Transit* t) {
    return t->to == end && t->fate == Transit::Fate::Crossed && has_flag(now.sent(*t), bit);
  });
  return crossed ? Author::End : Author::Unknown;
}

/// " by the device", " by the server"; nothing where nobody knows.
std::string by(Author author, const char* word, Party end) {
  if (author == Author::Unknown) return "";
  return std::string(" ") + word + " the " + (author == Author::Device ? "device" : party(scenario::other(end)));
}

}  // namespace

Author author(const Case& now, int index, const Sayings& said, Party end) {
  const Facts& other = said_by(said, scenario::other(end));
  const Ending ending = ending_of(said_by(said, end));
  const bool asked = !other.empty() && fact(other, "tcp") != "program";
  switch (ending) {
    case Ending::None:
      return Author::Unknown;
    case Ending::Alert:
      if (!asked) return Author::Unknown;
      return other.contains("alert-sent") ? Author::End : Author::Device;
    case Ending::Reset:
      if (is_direct(now)) return author_of_flag(now, index, end, flag::Rst);
      return fact(other, "tcp") == "aborted" ? Author::End : Author::Device;
    case Ending::Fin:
      break;
  }
  if (is_direct(now)) return author_of_flag(now, index, end, flag::Fin);
  // During a handshake an end closes only behind an alert of its own.
  return !asked || fact(other, "tls") == "failed" ? Author::Unknown : Author::Device;
}

std::string fact(const Facts& facts, const char* name) {
  const auto found = facts.find(name);
  return found == facts.end() ? std::string() : found->second;
}

const Facts& said_by(const Sayings& said, Party end) { return end == Party::Client ? said.client : said.server; }

std::string view(const Case& now, int index, const Sayings& said, Party end) {
  const Facts& facts = said_by(said, end);
  const std::string who = "the " + party(end);
  const std::string tcp = fact(facts, "tcp");
  if (tcp == "nothing" || tcp.empty()) return who + " saw no connection";
  if (tcp == "program") return who + " is a program";
  const Author author = judge::author(now, index, said, end);
  if (facts.contains("alert-received"))
    return who + " received alert " + fact(facts, "alert-received") + by(author, "from", end);
  if (facts.contains("alert-sent")) return who + " refused with alert " + fact(facts, "alert-sent");
  if (tcp == "reset") return who + " was reset" + by(author, "by", end);
  if (facts.contains("connect")) return who + " was refused by the proxy: " + fact(facts, "connect");
  if (fact(facts, "tls") == "complete") return who + "'s handshake is complete";
  if (facts.contains("fin")) return who + " received a FIN" + by(author, "from", end);
  if (tcp == "timed-out") return who + " gave up retransmitting";
  if (tcp == "waiting") return who + " is still waiting for the three-way handshake";
  if (fact(facts, "tls") == "waiting") return who + " is still waiting in the handshake";
  return who + "'s connection is still there";
}

std::string broken_off(const Case& now, int index, const Sayings& said) {
  const auto by_device = [&](Party end, Ending ending) {
    return ending_of(said_by(said, end)) == ending && author(now, index, said, end) == Author::Device;
  };
  for (const Party end : {Party::Client, Party::Server}) {
    if (by_device(end, Ending::Alert))
      return "the device sent the " + party(end) + " alert " + fact(said_by(said, end), "alert-received");
  }
  const bool client = by_device(Party::Client, Ending::Reset), server = by_device(Party::Server, Ending::Reset);
  if (client && server) return "the device reset both ends";
  for (const Party end : {Party::Client, Party::Server}) {
    if (by_device(end, Ending::Reset)) return "the device reset the " + party(end);
    if (by_device(end, Ending::Fin)) return "the device closed the " + party(end) + "'s connection";
  }
  return {};
}

}  // namespace twinwire::judge
