// SPDX-License-Identifier: Apache-2.0
// The ladder that follows from the ends is a text like any other and read as one; each line of it stands, for messages
// and reports, where the key stands from which it follows.
#include "harness/scenario/live_acts.hpp"

#include <algorithm>

#include "harness/scenario/ends.hpp"
#include "harness/scenario/tls_tables.hpp"

namespace twinwire::scenario {
namespace {

constexpr std::string_view one_handshake = R"(client connects @connect
client starts tls @handshake
client closes)";
constexpr std::string_view two_handshakes = R"(client.first connects
client.first starts tls @full
client.first closes
client.again connects
client.again resumes tls @handshake
client.again closes)";
constexpr std::string_view one_visit = R"(client connects @connect
client starts tls @handshake
client closes @close)";
constexpr std::string_view one_run = "client runs @run";

const Member* end_member(const Node& document, std::string_view end, std::string_view key) {
  return find_member(document.find(end), key);
}

Node ladder_at(const Member& reason, std::string_view text) {
  Node ladder;
  ladder.kind = Node::Kind::String;
  ladder.text = text;
  ladder.where = reason.key_where;
  return ladder;
}

bool is_program(const Scenario& scenario, Party party) {
  return (party == Party::Client && scenario.client.program) || (party == Party::Server && scenario.server.program);
}

std::string party_name(Party party) { return party == Party::Client ? "client" : "server"; }

[[noreturn]] void fail_program(const ParsedLine& line, Party party) {
  fail(line.where, "the " + party_name(party) + " is a program and follows no ladder; expected " +
                       (party == Party::Client ? "'client runs'" : "only acts of the client") +
                       ", or no 'program' in [" + party_name(party) + "]");
}

class ActChecker {
 public:
  ActChecker(const Node& document, Scenario& scenario) : document_(document), scenario_(scenario) {}

  void check(const ParsedLine& line) {
    if (const auto* packet = std::get_if<Packet>(&line.step.what)) {
      for (const Party party : {packet->from.party, packet->to.party}) {
        if (is_program(scenario_, party)) fail_program(line, party);
      }
      return;
    }
    const Act& act = std::get<Act>(line.step.what);
    const bool runs = std::holds_alternative<Runs>(act.what);
    if (runs && !is_program(scenario_, act.who.party))
      fail(line.where, "the client is no program; expected 'program' in [client], such as \"curl https://{name}\"");
    const bool passive = std::holds_alternative<Wait>(act.what) || std::holds_alternative<Silence>(act.what);
    if (!runs && !passive && is_program(scenario_, act.who.party)) fail_program(line, act.who.party);
    if (is_handshake(act)) check_handshake(line, act);
    if (std::holds_alternative<ForgetsSessions>(act.what) && !shaken_)
      fail(line.where, "the server has no session yet that it could forget; expected 'client starts tls' further up");
  }

  /// A key that says how to resume, with nothing that resumes, would make the reader believe what does not happen.
  void check_resume_used() const {
    if (const Member* resuming = find_member(find_path(document_, "client.tls"), "resuming");
        resuming != nullptr && !resumed_)
      fail(resuming->key_where,
           "no line of the ladder resumes a session; expected 'resume' beside it, or 'client resumes tls' in the "
           "ladder");
    const Node* resume = find_path(document_, "client.tls.resume");
    if (resume != nullptr && resume->text != "none" && !resumed_)
      fail(phrase_of(*resume).where, "no line of the ladder resumes a session; expected 'client resumes tls' in it");
  }

 private:
  void check_handshake(const ParsedLine& line, const Act& act) {
    if (!scenario_.tls) scenario_.tls.emplace();
    if (std::holds_alternative<ResumesTls>(act.what)) {
      check_session(line);
      resumed_ = true;
    }
    shaken_ = true;
  }

  void check_session(const ParsedLine& line) {
    if (!shaken_) fail(line.where, "there is no session to resume yet; expected 'client starts tls' further up");
    if (!scenario_.tls->raw_hello.empty())
      fail(line.where, "a raw ClientHello begins no session; expected no 'raw' in [client.tls]");
    if (scenario_.tls->resume != tls::Resumption::None) return;
    if (const Node* resume = find_path(document_, "client.tls.resume"))
      fail(phrase_of(*resume).where, "resume = \"none\" contradicts line " + std::to_string(line.step.where.line) +
                                         ", which resumes a session; expected \"id\", \"ticket\" or \"psk\"");
    imply_resumption(*scenario_.tls);
  }

  const Node& document_;
  Scenario& scenario_;
  bool shaken_ = false;
  bool resumed_ = false;
};

/// Two settings of TLS that no peer of ours would ever read.
void check_programs_without_tls(const Node& document, const Scenario& scenario) {
  for (const std::string_view end : {"client", "server"}) {
    const Member* tls = end_member(document, end, "tls");
    const bool program = end == "client" ? scenario.client.program.has_value() : scenario.server.program.has_value();
    if (tls != nullptr && program)
      fail(tls->key_where, "the " + std::string(end) +
                               " is a program, which speaks TLS in its own way; expected no 'tls' beside 'program'");
  }
}

}  // namespace

bool is_handshake(const Act& act) {
  return std::holds_alternative<StartsTls>(act.what) || std::holds_alternative<ResumesTls>(act.what);
}

std::optional<Node> implied_ladder(const Node& document, const Scenario& scenario) {
  if (scenario.client.program) return ladder_at(*end_member(document, "client", "program"), one_run);
  if (scenario.population) return ladder_at(*find_member(&document, "population"), one_visit);
  const Member* tls = end_member(document, "client", "tls");
  if (tls == nullptr) tls = end_member(document, "server", "tls");
  if (tls == nullptr) return std::nullopt;
  return ladder_at(*tls, scenario.tls->resume == tls::Resumption::None ? one_handshake : two_handshakes);
}

void imply_expectations(Scenario& scenario) {
  const auto expect = [&](const std::string& label, Outcome::Kind kind, const std::string& text) {
    const bool there = std::any_of(scenario.steps.begin(), scenario.steps.end(),
                                   [&](const Step& step) { return step.label == label; });
    if (there && !scenario.expect.contains(label))
      scenario.expect[label] = {{.kind = kind, .becomes = {}, .text = text}};
  };
  const bool resumed = scenario.tls && scenario.tls->resume != tls::Resumption::None;
  expect("connect", Outcome::Kind::Completes, "completes");
  expect("full", Outcome::Kind::Completes, "completes");
  expect("handshake", resumed ? Outcome::Kind::Resumed : Outcome::Kind::Completes, resumed ? "resumed" : "completes");
  expect("close", Outcome::Kind::Completes, "completes");
  expect("run", Outcome::Kind::Completes, "completes");
}

void check_acts(const std::vector<ParsedLine>& lines, const Node& document, Scenario& scenario) {
  check_programs_without_tls(document, scenario);
  ActChecker checker(document, scenario);
  for (const ParsedLine& line : lines) checker.check(line);
  checker.check_resume_used();
}

}  // namespace twinwire::scenario
