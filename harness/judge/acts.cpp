// SPDX-License-Identifier: Apache-2.0
// What the two ends said when an act was over makes its outcome; the frames say who did it. Between two of our own ends
// with nothing but a device that carries packets between them, a RST, a FIN or an alert that neither sent is the
// device's.
#include <algorithm>
#include <utility>
#include <vector>

#include "harness/judge/case.hpp"
#include "harness/judge/endings.hpp"
#include "harness/judge/hello.hpp"
#include "harness/judge/words.hpp"

namespace twinwire::judge {
namespace {

using Fate = Transit::Fate;
using Outcome = scenario::Outcome;
using Kind = Outcome::Kind;

bool is_tls(const scenario::Act& act) {
  return std::holds_alternative<scenario::StartsTls>(act.what) ||
         std::holds_alternative<scenario::ResumesTls>(act.what);
}

bool is_reset(const Facts& end) { return fact(end, "tcp") == "reset"; }
bool has_alert(const Facts& end) { return end.contains("alert-received") || end.contains("alert-sent"); }
/// No connection of ours is there to be asked.
bool absent(const Facts& end) {
  const std::string tcp = fact(end, "tcp");
  return tcp.empty() || tcp == "nothing" || tcp == "program";
}

bool completed(const Case& now, int index, const scenario::Act& act, const Sayings& said) {
  if (std::holds_alternative<scenario::Runs>(act.what)) return fact(said.program, "program") == "completes";
  // Transcripts of other makers may not say it: then an act is complete whose time was not up.
  if (!is_tls(act) && said.client.empty()) return !now.replay.step(static_cast<std::size_t>(index)).time_up;
  const bool raw = now.scenario.tls && !now.scenario.tls->raw_hello.empty();
  if (!is_tls(act) || raw) return fact(said.client, "act") == "completes";
  // Who takes a connection for itself may leave the server alone until there is something to ask.
  const bool unasked =
      now.bench.path.kind == scenario::PathSpec::Kind::Intercept && fact(said.server, "tcp") == "nothing";
  const bool server = unasked || fact(said.server, "tls") == "complete" || fact(said.server, "tcp") == "program";
  return fact(said.client, "tls") == "complete" && server;
}

/// The client was shown another certificate than the server has. A resumed handshake shows none.
bool shows_another_certificate(const Sayings& said) {
  const std::string shown = fact(said.client, "certificate"), own = fact(said.server, "certificate");
  return fact(said.client, "resumed") != "yes" && !shown.empty() && !own.empty() && shown != own;
}

Kind outcome_of(const Case& now, int index, const scenario::Act& act, const Sayings& said) {
  if (completed(now, index, act, said))
    return is_tls(act) && shows_another_certificate(said) ? Kind::WrongCertificate : Kind::Completes;
  if (has_alert(said.client) || has_alert(said.server)) return Kind::Alert;
  const bool client = is_reset(said.client), server = is_reset(said.server);
  const bool other_gone = client ? absent(said.server) || fact(said.server, "tcp") == "finished"
                                 : absent(said.client) || fact(said.client, "tcp") == "finished";
  if ((client && server) || ((client || server) && other_gone)) return Kind::Reset;
  if (client || server) return Kind::HalfOpen;
  if (said.client.contains("fin") || said.server.contains("fin")) return Kind::Closed;
  return Kind::Hangs;
}

bool is_expected(Kind kind, const Outcome& wanted, const Sayings& said) {
  const bool resumed = fact(said.client, "resumed") == "yes";
  if (wanted.kind == Kind::Resumed) return kind == Kind::Completes && resumed;
  if (wanted.kind == Kind::Full) return kind == Kind::Completes && !resumed;
  return wanted.kind == kind;
}

std::string_view word(Kind kind) {
  switch (kind) {
    case Kind::Completes:
      return "it completed";
    case Kind::Alert:
      return "an alert ended it";
    case Kind::Reset:
      return "it was reset";
    case Kind::HalfOpen:
      return "it is half open";
    case Kind::Closed:
      return "it was closed";
    default:
      return "it hangs";
  }
}

std::string name_of(const scenario::Act& act) {
  if (std::holds_alternative<scenario::Connects>(act.what)) return "the connection";
  if (std::holds_alternative<scenario::ResumesTls>(act.what)) return "the resumed handshake";
  if (std::holds_alternative<scenario::StartsTls>(act.what)) return "the handshake";
  if (std::holds_alternative<scenario::Sends>(act.what)) return "sending";
  if (std::holds_alternative<scenario::Closes>(act.what)) return "closing";
  if (std::holds_alternative<scenario::Resets>(act.what)) return "the reset";
  return "the program";
}

std::string count(std::size_t number, const std::string& what) {
  return std::to_string(number) + " " + what + (number == 1 ? "" : "s");
}

void note(Case& now, int index, std::string text) { now.find(Layer::Progress, Verdict::Pass, index, std::move(text)); }

/// How much the client sent. Of a hello that was cut short, the records cannot be counted.
std::string departure(const HelloPassage& passage) {
  const std::string text = "the ClientHello was " + count(passage.octets, "octet") + " on the wire";
  const std::string segments = count(passage.packets_sent, "segment");
  if (passage.hello.whole) return text + " in " + count(passage.hello.records, "record") + " and " + segments;
  return text + ", of which the client sent " + std::to_string(passage.sent.size()) + " in " + segments;
}

std::string arrival(const HelloPassage& passage, bool direct) {
  if (!direct && !passage.arrived_as_sent()) return "another one reached the server";
  if (passage.received.size() == passage.sent.size()) {
    if (!passage.unchanged()) return "it reached the server changed";
    return std::string(passage.hello.whole ? "all of it" : "all of that") + " reached the server";
  }
  if (passage.received.empty()) return "nothing of it reached the server";
  std::string text = count(passage.packets_received, "segment") + " of it with " +
                     count(passage.received.size(), "octet") + " reached the server";
  // A proxy cuts anew, so the client's next segment is not the one that is missing.
  if (direct) text += ", segment " + std::to_string(passage.packets_received + 1) + " did not";
  return text;
}

/// How the ClientHello fared, where the handshake did not come about as expected.
void explain_hello(Case& now, int index, const HelloPassage& passage) {
  const bool direct = now.bench.path.kind == scenario::PathSpec::Kind::Direct;
  note(now, index, departure(passage) + "; " + arrival(passage, direct));
  if (!passage.syn_ack_seen) return;
  const std::string whose =
      direct ? "the server's SYN,ACK reached the client " : "the server answered the proxy's SYN ";
  const std::string payload = "segments carried at most " + std::to_string(passage.payload_per_segment) + " octets";
  if (!passage.syn_ack_mss) {
    note(now, index, whose + "without an MSS option, so " + payload + " (RFC 9293 section 3.7.1)");
  } else {
    note(now, index, whose + "with MSS " + std::to_string(*passage.syn_ack_mss) + "; " + payload);
  }
}

void explain(Case& now, int index, const scenario::Act& act, const Sayings& said) {
  for (const std::string& line : said.log) note(now, index, "the device's log: " + line);
  if (!is_tls(act) && !std::holds_alternative<scenario::Runs>(act.what)) return;
  if (const auto passage = hello_of_step(now.transcript, now.bench, now.scenario, index)) {
    explain_hello(now, index, *passage);
  }
}

void judge_dropped(Case& now, int index) {
  if (now.bench.path.kind != scenario::PathSpec::Kind::Direct) return;
  std::vector<std::pair<std::string, std::size_t>> died;  // in the order of the first of each
  for (const Transit* transit : now.of_step(index)) {
    if (transit->fate != Fate::Dropped && transit->fate != Fate::Unsettled) continue;
    const std::string packet = describe_sent(*now.sent(*transit), transit->from);
    const auto like = std::ranges::find(died, packet, &std::pair<std::string, std::size_t>::first);
    if (like == died.end()) {
      died.emplace_back(packet, 1);
    } else {
      ++like->second;
    }
  }
  std::string text;
  for (const auto& [packet, times] : died) {
    if (text.size() > 200) {  // the first few tell it
      text += ", ...";
      break;
    }
    text += (text.empty() ? "" : " and ") + packet;
    if (times > 1) text += " (" + std::to_string(times) + " of them)";
  }
  if (!text.empty()) note(now, index, text + " never arrived");
}

/// The first octets of a fingerprint tell two apart.
std::string abbreviated(const std::string& fingerprint) { return fingerprint.substr(0, 16) + "..."; }

ActEnding ending_of(const Case& now, int index, const scenario::Act& act, const Sayings& said, Kind kind) {
  ActEnding ending{kind, {}, Author::Unknown};
  if (kind == Kind::Completes && is_tls(act))
    ending.kind = fact(said.client, "resumed") == "yes" ? Kind::Resumed : Kind::Full;
  for (const Facts* end : {&said.client, &said.server}) {
    for (const char* word : {"alert-received", "alert-sent"}) {
      if (kind == Kind::Alert && !ending.alert && end->contains(word)) ending.alert = std::stoi(fact(*end, word));
    }
  }
  if (kind == Kind::Alert && !said.client.contains("alert-received")) ending.author = Author::End;
  // The client's view is the one that counts, unless it has heard of nothing.
  for (const Party end : {Party::Client, Party::Server}) {
    if (ending.author == Author::Unknown) ending.author = author(now, index, said, end);
  }
  return ending;
}

void judge_outcome(Case& now, int index, const scenario::Act& act, const Sayings& said) {
  const scenario::Step& step = now.scenario.steps[static_cast<std::size_t>(index)];
  std::vector<Outcome> expected =
      step.label.empty() ? std::vector<Outcome>{} : now.scenario.expected(step.label, now.bench.profile);
  if (expected.empty()) {
    expected.emplace_back();
    expected.front().kind = Kind::Completes;
    expected.front().text = "completes";
  }
  const Kind kind = outcome_of(now, index, act, said);
  now.acts[index] = ending_of(now, index, act, said, kind);
  const bool met = std::ranges::any_of(expected, [&](const Outcome& o) { return is_expected(kind, o, said); });
  if (met) {
    if (kind == Kind::Completes) return;
    for (const Party end : {Party::Client, Party::Server}) {
      for (const Transit* made : now.made_during(index, end)) now.explained.insert(made);
    }
    return;
  }
  std::string wanted;
  for (const Outcome& outcome : expected) wanted += (wanted.empty() ? "" : " or ") + outcome.text;
  std::string text = name_of(act) + ": expected " + wanted + ", but ";
  if (!said.program.empty()) {
    text += "the program ended with status " + fact(said.program, "status") + ": " + fact(said.program, "output");
  } else if (said.client.contains("session")) {
    text += "there was no session to resume: no connection before had brought one";
  } else if (kind == Kind::Completes) {
    text += fact(said.client, "resumed") == "yes" ? "the session was resumed"
                                                  : "it completed as a full handshake, the session was not taken";
  } else if (kind == Kind::WrongCertificate) {
    text += "it completed with a certificate of the device's: the client was shown " +
            abbreviated(fact(said.client, "certificate")) + ", the server's is " +
            abbreviated(fact(said.server, "certificate"));
  } else {
    text += std::string(word(kind)) + ": " + view(now, index, said, Party::Client) + ", " +
            view(now, index, said, Party::Server);
  }
  now.find(Layer::Progress, Verdict::Fail, index, text);
  explain(now, index, act, said);
  if (kind != Kind::Completes && kind != Kind::WrongCertificate) judge_dropped(now, index);
}

/// Damage to what crossed, and what our own side did not manage.
void judge_frames(Case& now, int index) {
  if (now.bench.path.kind != scenario::PathSpec::Kind::Direct) return;  // there each wire has packets of its own
  for (const Transit* transit : now.of_step(index)) {
    if (transit->fate == Fate::Refused) {
      now.find(Layer::Harness, Verdict::Inconclusive, index, "our own socket refused a packet (no buffer space)");
      return;
    }
    for (const auto& change : transit->changes) {
      if (change.allowed || change.layer == Layer::Progress) continue;
      now.find(change.layer, change.layer == Layer::Integrity ? Verdict::Fail : Verdict::Pass, index,
               describe_change(*now.sent(*transit), transit->from, change));
    }
  }
}

void judge_answer(Case& now, int index, const Sayings& said) {
  const std::uint16_t asked = now.scenario.server_port();
  const std::string port = fact(said.server, "port");
  const bool relay = now.bench.path.connects_anew();
  if (relay && fact(said.server, "tcp") != "nothing" && !port.empty() && port != std::to_string(asked)) {
    const std::string text =
        "the device led the connection to port " + port + " of the server instead of " + std::to_string(asked);
    // Each later act on the connection would say it again.
    const bool known = std::ranges::any_of(now.findings, [&](const Finding& f) { return f.text == text; });
    if (!known) now.find(Layer::Integrity, Verdict::Fail, index, text);
  }
  if (fact(said.client, "data") == "altered" || fact(said.server, "data") == "altered") {
    now.find(Layer::Integrity, Verdict::Fail, index, "other octets came out than were sent");
  }
}

void judge_whole_hello(Case& now, int index) {
  const auto passage = hello_of_step(now.transcript, now.bench, now.scenario, index);
  if (!passage || passage->unchanged()) return;
  const bool partly = passage->received.size() < passage->sent.size();
  now.find(Layer::Integrity, Verdict::Fail, index,
           partly ? "the ClientHello did not reach the server whole: " + std::to_string(passage->received.size()) +
                        " of " + count(passage->octets, "octet")
                  : "the ClientHello reached the server with other octets");
}

/// What two tickets of one server may differ by: OpenSSL pads what is in them to whole blocks of its cipher.
constexpr std::uint64_t ticket_padding = 16;

/// A client puts the ticket into its next ClientHello, so that one which grew makes that larger by as much.
void judge_ticket(Case& now, int index, const Sayings& said) {
  const std::string given = fact(said.server, "ticket"), received = fact(said.client, "ticket");
  if (given.empty() || fact(said.client, "tls") != "complete") return;
  if (received.empty() && fact(said.client, "resumed") == "yes") return;  // a session that goes on needs no other
  if (received.empty()) {
    now.find(Layer::Integrity, Verdict::Fail, index,
             "the server gave a ticket of " + given + " octets, and the client received none");
    return;
  }
  const std::uint64_t at_server = std::stoull(given), at_client = std::stoull(received);
  if (at_client <= at_server + ticket_padding) return;
  now.find(Layer::Integrity, Verdict::Fail, index,
           "the ticket grew: the server gave one of " + given + " octets, and the client received one of " + received +
               ", so that its next ClientHello is " + count(at_client - at_server, "octet") + " larger");
}

/// The last TLS act: what `client_hello` is about.
bool last_tls(const scenario::Scenario& scenario, int index) {
  for (std::size_t i = static_cast<std::size_t>(index) + 1; i < scenario.steps.size(); ++i) {
    const auto* act = std::get_if<scenario::Act>(&scenario.steps[i].what);
    if (act != nullptr && is_tls(*act)) return false;
  }
  return true;
}

}  // namespace

bool is_live(const scenario::Act& act) {
  return is_tls(act) || std::holds_alternative<scenario::Connects>(act.what) ||
         std::holds_alternative<scenario::Closes>(act.what) || std::holds_alternative<scenario::Resets>(act.what) ||
         std::holds_alternative<scenario::Sends>(act.what) || std::holds_alternative<scenario::Runs>(act.what);
}

void judge_live_act(Case& now, int index) {
  const StepRecord& record = now.replay.step(static_cast<std::size_t>(index));
  const auto& act = std::get<scenario::Act>(now.scenario.steps[static_cast<std::size_t>(index)].what);
  judge_frames(now, index);
  if (record.failed || !record.done) return;
  const Sayings said = sayings(now.transcript, index);
  judge_outcome(now, index, act, said);
  judge_answer(now, index, said);
  if (now.scenario.ticket_kept && is_tls(act)) judge_ticket(now, index, said);
  if (now.scenario.whole_hello && is_tls(act) && last_tls(now.scenario, index)) judge_whole_hello(now, index);
}

}  // namespace twinwire::judge
