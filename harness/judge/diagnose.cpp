// SPDX-License-Identifier: Apache-2.0
// Signatures are read off the transits alone. What the device made comes first, since it explains more than what is
// missing; then the first packet that died, seen together with what its sender had heard before.
#include <algorithm>

#include "harness/judge/case.hpp"
#include "harness/judge/endings.hpp"
#include "harness/judge/hello.hpp"
#include "harness/judge/words.hpp"

namespace twinwire::judge {
namespace {

using Fate = Transit::Fate;
using observe::Event;
namespace flag = scenario::flag;

constexpr std::uint16_t kind_of_segment = flag::Syn | flag::Ack | flag::Rst | flag::Fin;

std::uint16_t kind(const std::optional<wire::Packet>& packet) {
  return packet && packet->tcp ? static_cast<std::uint16_t>(packet->tcp->flags & kind_of_segment) : std::uint16_t{0};
}

bool counts(const Case& now, int step) {
  return std::ranges::any_of(now.findings,
                             [&](const Finding& f) { return f.weight == Verdict::Fail && f.step == step; });
}

/// The client's last SYN, if neither a SYN nor a RST came to the client after it.
bool client_hangs(const Case& now) {
  bool waiting = false;
  for (const Event& event : now.transcript.events) {
    if (event.marker || event.frame.empty() || event.wire != Party::Client) continue;
    const auto packet = wire::decode(event.frame);
    if (!packet || !packet->tcp) continue;
    if (event.kind == Event::Kind::Sent && kind(packet) == flag::Syn) waiting = true;
    if (event.kind == Event::Kind::Received && (packet->tcp->flags & (flag::Syn | flag::Rst)) != 0) waiting = false;
  }
  return waiting;
}

/// Whether the last thing the client had heard before `event` was an ACK in answer to a SYN of its own.
bool had_challenge(const Case& now, std::size_t event) {
  bool syn = false, challenged = false;
  for (std::size_t i = 0; i < event; ++i) {
    const Event& e = now.transcript.events[i];
    if (e.marker || e.frame.empty() || e.wire != Party::Client) continue;
    const std::uint16_t flags = kind(wire::decode(e.frame));
    if (e.kind == Event::Kind::Sent) {
      syn = flags == flag::Syn;
      challenged = false;
    }
    if (e.kind == Event::Kind::Received) challenged = syn && flags == flag::Ack;
  }
  return challenged;
}

std::string ordinal(std::size_t number) {
  const bool teen = number % 100 / 10 == 1;
  const std::size_t last = teen || number % 10 > 3 ? 0 : number % 10;
  return std::to_string(number) + std::string("thstndrd").substr(2 * last, 2);
}

std::string resetter(const Case& now, int step) {
  const auto reset = [&](Party end) {
    return std::ranges::any_of(now.made_during(step, end),
                               [&](const Transit* made) { return (kind(now.received(*made)) & flag::Rst) != 0; });
  };
  const bool client = reset(Party::Client), server = reset(Party::Server);
  if (client && server) return "the device reset both ends";
  if (client) return "the device reset the client and left the server's connection open";
  if (server) return "the device reset the server and left the client's connection open";
  return {};
}

/// All that was sent came out, but a RST came before the client had sent the rest: a time limit looks like this.
std::string of_cut_short(const Case& now, const HelloPassage& passage, int step) {
  const std::string who = resetter(now, step);
  if (who.empty() || !passage.unchanged() || passage.sent.size() >= passage.octets) return {};
  return "the ClientHello was cut short: " + std::to_string(passage.sent.size()) + " of " +
         std::to_string(passage.octets) + " octets had reached the server, then " + who;
}

/// A ClientHello of which only a part came out.
std::string of_hello(const Case& now) {
  for (std::size_t i = 0; i < now.scenario.steps.size(); ++i) {
    const int step = static_cast<int>(i);
    const auto* act = std::get_if<scenario::Act>(&now.scenario.steps[i].what);
    if (act == nullptr || !is_live(*act) || !counts(now, step)) continue;
    const auto passage = hello_of_step(now.transcript, now.bench, now.scenario, step);
    if (!passage) continue;
    const bool direct = now.bench.path.kind == scenario::PathSpec::Kind::Direct;
    if (!passage->arrived_as_sent()) continue;  // a device that ends TLS sends one of its own
    if (passage->received.size() >= passage->sent.size()) {
      std::string text = direct ? of_cut_short(now, *passage, step) : std::string();
      if (!text.empty()) return text;
      continue;
    }
    const std::size_t came = passage->packets_received;
    if (now.bench.path.kind == scenario::PathSpec::Kind::Intercept && came == 0)
      return "the device took the ClientHello for itself, and the server heard nothing of it";
    // A proxy that passes on nothing may have taken every segment.
    if (!direct && came == 0) return "the ClientHello died in the device: nothing of it reached the server";
    const std::string died = "the ClientHello died at its " + ordinal(came + 1) + " segment: ";
    const std::string before =
        came == 0   ? "nothing of it"
        : came == 1 ? "one segment with " + std::to_string(passage->received.size()) + " octets"
                    : std::to_string(came) + " segments with " + std::to_string(passage->received.size()) + " octets";
    const std::string who = resetter(now, step);
    return died + before + " reached the server" +
           (direct ? ", then " + (who.empty() ? "the device said nothing" : who) : "");
  }
  return {};
}

/// A handshake that offers a session is broken off, and one without passed: what a device does that has to know the
/// session and does not.
std::string of_session(const Case& now) {
  bool full_passed = false;
  for (std::size_t i = 0; i < now.scenario.steps.size(); ++i) {
    const int step = static_cast<int>(i);
    const auto* act = std::get_if<scenario::Act>(&now.scenario.steps[i].what);
    if (act == nullptr || !now.replay.step(i).done) continue;
    if (std::holds_alternative<scenario::StartsTls>(act->what)) full_passed = full_passed || !counts(now, step);
    if (!std::holds_alternative<scenario::ResumesTls>(act->what) || !full_passed || !counts(now, step)) continue;
    const std::string how = broken_off(now, step, sayings(now.transcript, step));
    if (!how.empty()) return "the full handshake passed, the one that offered its session did not: " + how;
  }
  return {};
}

/// A relay makes every packet, so that only what came of it can be told: another port, or other octets.
std::string of_relay(const Case& now) {
  if (!now.bench.path.connects_anew()) return {};
  for (const Finding& finding : now.findings) {
    if (finding.layer == Layer::Integrity && finding.weight == Verdict::Fail) return finding.text;
  }
  return {};
}

std::string of_made(const Case& now) {
  for (const Transit& transit : now.transits) {
    if (transit.fate != Fate::Made || now.explained.contains(&transit)) continue;
    const auto packet = now.received(transit);
    const bool promise =
        kind(packet) == (flag::Syn | flag::Ack) && transit.to == Party::Client && counts(now, transit.step);
    if (promise && leads_nowhere(now)) {
      return "a SYN-ACK that leads nowhere: the device answered the client's SYN in the server's name, and what the "
             "client then "
             "sent was swallowed";
    }
    if (promise) {
      return "a SYN-ACK made by the device: it answers handshakes in the server's name, as a SYN proxy does";
    }
    if ((kind(packet) & flag::Rst) != 0 && counts(now, transit.step)) {
      return "RST made by the device: the " + party(transit.to) + " was reset by a packet that neither end sent";
    }
  }
  return {};
}

std::string of_dropped(const Case& now) {
  for (const Transit& transit : now.transits) {
    if (transit.fate != Fate::Dropped || !counts(now, transit.step)) continue;
    const std::uint16_t flags = kind(now.sent(transit));
    if (transit.from == Party::Client && flags == flag::Syn) return "no answer to the SYN: the device dropped it";
    if (transit.from == Party::Client && (flags & flag::Rst) != 0 && had_challenge(now, *transit.sent)) {
      return "challenge ACK seen but the RST lost: the client's RST that answers the server's challenge ACK died in "
             "the device";
    }
    if (transit.from == Party::Server && flags == flag::Ack && client_hangs(now)) {
      return "no answer to the SYN: the server's challenge ACK died in the device";
    }
    return describe_sent(*now.sent(transit), transit.from) + " died in the device";
  }
  return {};
}

std::string also_dropped(const Case& now) {
  for (const Transit& transit : now.transits) {
    const bool answer = transit.from == Party::Server && kind(now.sent(transit)) == (flag::Syn | flag::Ack);
    if (transit.fate == Fate::Dropped && answer && counts(now, transit.step))
      return ", and so did the server's SYN,ACK after it";
  }
  return {};
}

}  // namespace

std::string diagnose(const Case& now) {
  std::string text = of_hello(now);
  if (text.empty()) text = of_session(now);
  if (text.empty()) text = of_relay(now);
  if (!text.empty() || now.bench.path.kind != scenario::PathSpec::Kind::Direct) return text;
  text = of_made(now);
  if (text.empty()) {
    text = of_dropped(now);
    const bool challenge = text.starts_with("challenge");
    if (challenge) text += also_dropped(now);
  }
  if (text.empty()) return text;
  if (client_hangs(now)) text += "; the client is left in SYN-SENT and hears nothing more: the connection hangs";
  return text;
}

}  // namespace twinwire::judge
