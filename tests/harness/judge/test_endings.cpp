// SPDX-License-Identifier: Apache-2.0
// Handshakes judged by what both ends said: whose certificate was shown, what became of a ticket, and who broke off.
#include <functional>

#include "harness/judge/verdict.hpp"
#include "harness/scenario/load.hpp"
#include "tests/harness/observe/frames.hpp"
#include "tests/support/catch.hpp"

using namespace twinwire;
using judge::Verdict;
using scenario::Party;
using test::Tape;
namespace flag = wire::tcp_flag;

namespace {

using Facts = std::map<std::string, std::string>;

const Facts complete{{"act", "completes"}, {"tcp", "established"}, {"tls", "complete"}, {"resumed", "no"}};

Facts with(Facts facts, const Facts& more) {
  for (const auto& [name, value] : more) facts[name] = value;
  return facts;
}

const std::string full_then_resumed =
    "client connects\nclient starts tls @full\nclient connects\nclient resumes tls @again\n";

scenario::Scenario handshakes(const std::string& more = {}) {
  return scenario::parse_scenario("format = 1\ntitle = \"t\"\nfamily = \"ipv4\"\n[script]\nladder = '''\n" +
                                      full_then_resumed + "'''\n" + more,
                                  "test.toml")
      .front();
}

scenario::BenchSpec bench(scenario::PathSpec::Kind path = scenario::PathSpec::Kind::Direct) {
  scenario::BenchSpec spec;
  spec.device.kind = "process";
  spec.profile = scenario::Profile::Strict;
  spec.ordered = true;
  spec.path.kind = path;
  return spec;
}

/// One act with what both ends said when it was over.
class Acts {
 public:
  Tape tape;

  void connects(int step) { over(step, {{"act", "completes"}, {"tcp", "established"}}); }
  void over(int step, const Facts& both) { over(step, both, both); }
  /// `frames` come between the act's begin and what the ends say of it.
  void over(
      int step, const Facts& client, const Facts& server, const std::function<void()>& frames = [] {}) {
    tape.begins(step);
    frames();
    says(step, Party::Client, client);
    says(step, Party::Server, server);
    tape.done(step);
  }
  void device_resets(Party end) {
    craft::Segment rst =
        end == Party::Client ? Tape::server_segment(flag::Rst, 700) : Tape::client_segment(flag::Rst, 700);
    rst.ip_id = 60000;
    tape.received(end, rst);
  }
  judge::Result judged(const scenario::Scenario& scenario, const scenario::BenchSpec& spec = bench()) {
    tape.closes();
    return judge::judge(scenario, spec, tape.transcript);
  }

 private:
  void says(int step, Party end, const Facts& facts) {
    observe::Event event;
    event.kind = observe::Event::Kind::Says;
    event.step = step;
    event.wire = end;
    event.facts = facts;
    tape.transcript.events.push_back(event);
  }
};

/// Both handshakes of the ladder, the second broken off as these say.
class Broken : public Acts {
 public:
  Broken(const Facts& client, const Facts& server) {
    connects(0);
    over(1, complete);
    connects(2);
    over(3, client, server);
  }
};

std::string failure(const judge::Result& result) {
  for (const auto& finding : result.findings) {
    if (finding.weight == Verdict::Fail) return finding.text;
  }
  return "";
}

const Facts waiting{{"act", "fails"}, {"tcp", "established"}, {"tls", "waiting"}};

}  // namespace

// ---------------------------------------------------------------------------------------------------------------------
// Certificates

TEST_CASE("a certificate that is not the server's fails a handshake, and its owner is named", "[judge][tls]") {
  Acts acts;
  acts.connects(0);
  acts.over(1, with(complete, {{"certificate", "1111111111111111aa"}}),
            with(complete, {{"certificate", "2222222222222222bb"}}));
  const auto result = acts.judged(handshakes());
  CHECK(result.verdict == Verdict::Fail);
  CHECK(failure(result) ==
        "the handshake: expected completes, but it completed with a certificate of the device's: the client was shown "
        "1111111111111111..., the server's is 2222222222222222...");
}

TEST_CASE("the server's own certificate, or none in a resumed handshake, is no other", "[judge][tls]") {
  Acts acts;
  acts.connects(0);
  acts.over(1, with(complete, {{"certificate", "11"}}));
  acts.connects(2);
  acts.over(3, with(complete, {{"resumed", "yes"}}), with(complete, {{"resumed", "yes"}, {"certificate", "11"}}));
  CHECK(acts.judged(handshakes()).verdict == Verdict::Pass);
}

TEST_CASE("another certificate may be what is expected, and is then neither full nor complete", "[judge][tls]") {
  for (const auto& [wanted, verdict] : std::map<std::string, Verdict>{
           {"wrong-certificate", Verdict::Pass}, {"full", Verdict::Fail}, {"completes", Verdict::Fail}}) {
    INFO(wanted);
    Acts acts;
    acts.connects(0);
    acts.over(1, with(complete, {{"certificate", "11"}}), with(complete, {{"certificate", "22"}}));
    acts.connects(2);
    acts.over(3, complete);
    CHECK(acts.judged(handshakes("[expect]\nfull = \"" + wanted + "\"\n")).verdict == verdict);
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// Tickets

namespace {

judge::Result with_ticket(const std::string& server, const std::string& client, const std::string& more) {
  Acts acts;
  acts.connects(0);
  acts.over(1, client.empty() ? complete : with(complete, {{"ticket", client}}), with(complete, {{"ticket", server}}));
  acts.connects(2);
  acts.over(3, complete);
  return acts.judged(handshakes(more));
}

}  // namespace

TEST_CASE("a ticket that grew on the way fails, with what it does to the next hello", "[judge][tls]") {
  const std::string kept = "[expect]\nticket = \"kept\"\n";
  const auto grown = with_ticket("208", "1032", kept);
  CHECK(grown.verdict == Verdict::Fail);
  CHECK(failure(grown) ==
        "the ticket grew: the server gave one of 208 octets, and the client received one of 1032, so that its next "
        "ClientHello is 824 octets larger");
  CHECK(with_ticket("208", "1032", "").verdict == Verdict::Pass);
  CHECK(with_ticket("208", "208", kept).verdict == Verdict::Pass);
  CHECK(with_ticket("208", "224", kept).verdict == Verdict::Pass);  // a block of padding
  CHECK(with_ticket("208", "225", kept).verdict == Verdict::Fail);
  CHECK(failure(with_ticket("208", "", kept)) ==
        "the server gave a ticket of 208 octets, and the client received none");
}

// ---------------------------------------------------------------------------------------------------------------------
// Who broke off

TEST_CASE("a RST that neither end sent is the device's", "[judge][tls]") {
  const Facts reset = with(waiting, {{"tcp", "reset"}});
  Acts acts;
  acts.connects(0);
  acts.over(1, complete);
  acts.connects(2);
  acts.over(3, reset, reset, [&] {
    acts.device_resets(Party::Client);
    acts.device_resets(Party::Server);
  });
  const auto result = acts.judged(handshakes());
  CHECK(failure(result) ==
        "the resumed handshake: expected completes, but it was reset: the client was reset by the device, the server "
        "was reset by the device");
  CHECK(result.diagnosis ==
        "the full handshake passed, the one that offered its session did not: the device reset both ends");
}

TEST_CASE("a RST of the other end is told as such, and no device is blamed", "[judge][tls]") {
  Acts acts;
  acts.connects(0);
  acts.over(1, complete);
  acts.connects(2);
  acts.over(3, with(waiting, {{"tcp", "reset"}}), with(waiting, {{"tcp", "aborted"}}), [&] {
    acts.tape.sent(3, Party::Server, Tape::server_segment(flag::Rst, 700));
    acts.tape.received(Party::Client, Tape::server_segment(flag::Rst, 700));
  });
  const auto result = acts.judged(handshakes());
  CHECK_THAT(failure(result), ContainsSubstring("the client was reset by the server"));
  CHECK(result.diagnosis.empty());
}

TEST_CASE("an alert that the other end did not send is the device's", "[judge][tls]") {
  const Facts alert = with(waiting, {{"alert-received", "51"}});
  const auto by_device = Broken(alert, with(waiting, {{"tcp", "reset"}})).judged(handshakes());
  CHECK_THAT(failure(by_device), ContainsSubstring("the client received alert 51 from the device"));
  CHECK(by_device.diagnosis ==
        "the full handshake passed, the one that offered its session did not: the device sent the client alert 51");
  const auto by_server = Broken(alert, with(waiting, {{"alert-sent", "51"}, {"tls", "failed"}})).judged(handshakes());
  CHECK_THAT(failure(by_server), ContainsSubstring("the client received alert 51 from the server, the server refused "
                                                   "with alert 51"));
  CHECK(by_server.diagnosis.empty());
}

TEST_CASE("where the device has the client's connection, it is the device that ends it", "[judge][tls]") {
  for (const auto path : {scenario::PathSpec::Kind::Relay, scenario::PathSpec::Kind::Intercept}) {
    const auto reset =
        Broken(with(waiting, {{"tcp", "reset"}}), {{"tcp", "nothing"}}).judged(handshakes(), bench(path));
    CHECK_THAT(failure(reset), ContainsSubstring("the client was reset by the device, the server saw no connection"));
    CHECK(reset.diagnosis ==
          "the full handshake passed, the one that offered its session did not: the device reset the client");
    const auto closed = Broken(with(waiting, {{"fin", "received"}}), waiting).judged(handshakes(), bench(path));
    CHECK_THAT(failure(closed), ContainsSubstring("it was closed: the client received a FIN from the device"));
  }
}

TEST_CASE("a program that cannot be asked leaves the author of an alert open", "[judge][tls]") {
  const auto result = Broken(with(waiting, {{"alert-received", "40"}}), {{"tcp", "program"}}).judged(handshakes());
  CHECK_THAT(failure(result), ContainsSubstring("the client received alert 40, the server is a program"));
}
