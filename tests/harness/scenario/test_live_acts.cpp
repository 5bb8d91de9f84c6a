// SPDX-License-Identifier: Apache-2.0
// Acts of live ends: as lines, as the ladder that follows from the ends, and what is expected of them.
#include "tests/harness/scenario/support.hpp"
#include "tests/support/catch.hpp"

using namespace twinwire;
using namespace twinwire::scenario;
using namespace twinwire::scenario::test;

namespace {

using List = std::vector<std::string>;
using Kind = Outcome::Kind;
using Kinds = std::vector<Kind>;

Act act_in(const std::string& ladder, const std::string& tables = "") {
  return std::get<Act>(steps_of(ladder, tables).back().what);
}

Scenario tls_of(const std::string& client, const std::string& rest = "") {
  return parse_scenario("format = 1\ntitle = \"A title\"\n[client]\ntls = { " + client + " }\n" + rest, "live.toml")
      .front();
}

List lines_of(const Scenario& scenario) {
  List lines;
  for (const Step& step : scenario.steps) lines.push_back(step.text);
  return lines;
}

Kinds kinds(const std::vector<Outcome>& outcomes) {
  Kinds result;
  for (const Outcome& outcome : outcomes) result.push_back(outcome.kind);
  return result;
}

}  // namespace

// ---------------------------------------------------------------------------------------------------------------------
// As lines

TEST_CASE("an end sends octets of the pattern, a text, or a value", "[scenario][ladder]") {
  const Act octets = act_in("client connects\nclient sends 4096");
  CHECK(octets.who.party == Party::Client);
  CHECK(std::get<Sends>(octets.what).octets == 4096);
  CHECK(std::get<Sends>(octets.what).text.empty());
  const Act text = act_in("client.a connects\nserver.a sends \"GET /\\n\"");
  CHECK(text.who.party == Party::Server);
  CHECK(text.who.port == "a");
  CHECK(std::get<Sends>(text.what).text == "GET /\n");
  CHECK(std::get<Sends>(text.what).octets == 0);
  const std::string values = "[script.values]\nsize = 7\nhello = \"good day\"";
  CHECK(std::get<Sends>(act_in("client connects\nclient sends size", values).what).octets == 7);
  CHECK(std::get<Sends>(act_in("client connects\nclient sends hello", values).what).text == "good day");
}

TEST_CASE("either end resets, and the client shakes hands on a named connection", "[scenario][ladder]") {
  CHECK(std::holds_alternative<Resets>(act_in("client connects\nclient resets").what));
  CHECK(act_in("client.old connects\nserver.old resets").who.party == Party::Server);
  const Act starts = act_in("client.old connects\nclient.old starts tls");
  CHECK(std::holds_alternative<StartsTls>(starts.what));
  CHECK(starts.who.port == "old");
  CHECK(std::holds_alternative<ResumesTls>(
      act_in("client connects\nclient starts tls\nclient.5000 connects\nclient.5000 resumes tls").what));
  CHECK(std::holds_alternative<Runs>(act_in("client runs", "[client]\nprogram = \"curl\"").what));
}

TEST_CASE("an act of TLS without tables has peers as usual", "[scenario][tls]") {
  const Scenario starts = cells_of("client connects\nclient starts tls").front();
  REQUIRE(starts.tls);
  CHECK(starts.tls->resume == tls::Resumption::None);
  const std::string both = "client connects\nclient starts tls\nclient closes\nclient connects\nclient resumes tls";
  CHECK(cells_of(both).front().tls->resume == tls::Resumption::Psk);
  CHECK(cells_of(both, "[client]\ntls = { version = \"1.2\" }").front().tls->resume == tls::Resumption::Ticket);
  CHECK(cells_of(both, "[client]\ntls = { version = \"1.2\" }\n[server]\ntls = { tickets = false }")
            .front()
            .tls->resume == tls::Resumption::SessionId);
}

TEST_CASE("a session is that of an act that is named, or the newest", "[scenario][ladder]") {
  const std::string twice = "client connects\nclient starts tls @full\nclient.again connects\nclient.again ";
  CHECK(std::get<ResumesTls>(act_in(twice + "resumes tls").what).of.empty());
  CHECK(std::get<ResumesTls>(act_in(twice + "resumes tls of @full").what).of == "full");
  const std::vector<Step> chain = steps_of(twice +
                                           "resumes tls of @full @second\nclient.third connects\n"
                                           "client.third resumes tls of @second @third");
  CHECK(chain[3].label == "second");
  CHECK(std::get<ResumesTls>(std::get<Act>(chain.back().what).what).of == "second");
}

TEST_CASE("a server forgets its sessions, or a connection", "[scenario][ladder]") {
  const std::string shaken = "client connects\nclient starts tls\n";
  const Act sessions = act_in(shaken + "server forgets sessions");
  CHECK(std::holds_alternative<ForgetsSessions>(sessions.what));
  CHECK(sessions.who.party == Party::Server);
  CHECK(std::holds_alternative<Forgets>(act_in(shaken + "server forgets").what));
  CHECK(mistake_in(file_with(shaken + "server forgets sessions\nclient sends 5\nclient closes")).empty());
}

TEST_CASE("arrows need segments to cross, acts do not", "[scenario][ladder]") {
  CHECK(cells_of("client connects\nclient starts tls\nclient sends 5\nclient resets").front().capabilities.empty());
  CHECK(cells_of("client connects\nclient --> server : ACK").front().capabilities == List{"segments"});
}

// ---------------------------------------------------------------------------------------------------------------------
// What is expected of them

TEST_CASE("a labelled act may end in several ways, per profile too", "[scenario][expect]") {
  const Scenario scenario = cells_of(
                                "client connects @open\nclient starts tls @first\nclient closes\nclient connects\n"
                                "client resumes tls @again\nclient resets @reset",
                                "")
                                .front();
  CHECK(scenario.expect.empty());  // nothing is expected of a ladder that is written but does not say so
  const Scenario expected =
      parse_scenario(
          file_with("client connects @open\nclient starts tls @first\nclient closes\nclient connects\n"
                    "client resumes tls @again") +
              "[expect]\nopen = \"completes\"\nfirst = [\"full\", \"alert\", \"hangs\"]\nagain = \"resumed\"\n"
              "[expect.proxy]\nagain = [\"full\", \"reset\", \"half-open\", \"closed\"]\n",
          "x.toml")
          .front();
  CHECK(kinds(expected.expected("open", Profile::Strict)) == Kinds{Kind::Completes});
  CHECK(kinds(expected.expected("first", Profile::Nat)) == Kinds{Kind::Full, Kind::Alert, Kind::Hangs});
  CHECK(kinds(expected.expected("again", Profile::Strict)) == Kinds{Kind::Resumed});
  CHECK(kinds(expected.expected("again", Profile::Proxy)) ==
        Kinds{Kind::Full, Kind::Reset, Kind::HalfOpen, Kind::Closed});
  CHECK(expected.expected("again", Profile::Proxy)[2].text == "half-open");
  CHECK_FALSE(expected.whole_hello);
}

TEST_CASE("a handshake may be expected to show another certificate than the server's", "[scenario][expect]") {
  const Scenario scenario = tls_of("", "[expect.proxy]\nhandshake = \"wrong-certificate\"\n");
  CHECK(kinds(scenario.expected("handshake", Profile::Proxy)) == Kinds{Kind::WrongCertificate});
  CHECK(kinds(scenario.expected("handshake", Profile::Strict)) == Kinds{Kind::Completes});
}

TEST_CASE("a ticket may be expected to be kept", "[scenario][expect]") {
  CHECK(tls_of("resume = \"psk\"", "[expect]\nticket = \"kept\"\n").ticket_kept);
  CHECK_FALSE(tls_of("resume = \"psk\"").ticket_kept);
}

// ---------------------------------------------------------------------------------------------------------------------
// The ladder that follows from the ends

TEST_CASE("a scenario that only says how its client speaks TLS shakes hands once", "[scenario][tls]") {
  const Scenario scenario = tls_of("version = \"1.2\"", "[expect]\nclient_hello = \"whole\"\n");
  CHECK(lines_of(scenario) == List{"client connects @connect", "client starts tls @handshake", "client closes"});
  CHECK(scenario.steps[1].label == "handshake");
  CHECK(scenario.steps[0].where.line == 4);
  CHECK(scenario.steps[0].where.column == 1);
  CHECK(kinds(scenario.expected("handshake", Profile::Strict)) == Kinds{Kind::Completes});
  CHECK(kinds(scenario.expected("connect", Profile::Strict)) == Kinds{Kind::Completes});
  CHECK(scenario.whole_hello);
  CHECK(scenario.capabilities.empty());
}

TEST_CASE("one that resumes shakes hands twice, on connections of their own", "[scenario][tls]") {
  const Scenario scenario = tls_of("resume = \"ticket\"", "[expect.proxy]\nhandshake = \"full\"\n");
  CHECK(lines_of(scenario) == List{"client.first connects", "client.first starts tls @full", "client.first closes",
                                   "client.again connects", "client.again resumes tls @handshake",
                                   "client.again closes"});
  CHECK(kinds(scenario.expected("full", Profile::Strict)) == Kinds{Kind::Completes});
  CHECK(kinds(scenario.expected("handshake", Profile::Strict)) == Kinds{Kind::Resumed});
  CHECK(kinds(scenario.expected("handshake", Profile::Proxy)) == Kinds{Kind::Full});
}

TEST_CASE("what is written takes the place of what would be expected", "[scenario][tls]") {
  const Scenario scenario =
      tls_of("resume = \"psk\"", "[expect]\nhandshake = \"reset\"\nfull = [\"completes\", \"alert\"]\n");
  CHECK(kinds(scenario.expected("handshake", Profile::Strict)) == Kinds{Kind::Reset});
  CHECK(kinds(scenario.expected("full", Profile::Strict)) == Kinds{Kind::Completes, Kind::Alert});
}

TEST_CASE("a client that is a program runs", "[scenario][ends]") {
  const Scenario scenario =
      parse_scenario(
          "format = 1\ntitle = \"A title\"\n[client]\nprogram = \"curl https://{name}\"\n[server]\ntls = {}\n",
          "live.toml")
          .front();
  CHECK(lines_of(scenario) == List{"client runs @run"});
  CHECK(kinds(scenario.expected("run", Profile::Strict)) == Kinds{Kind::Completes});
  CHECK(scenario.tls);
}

TEST_CASE("cells of one file may resume or not", "[scenario][tls]") {
  const auto cells = parse_scenario(
      "format = 1\ntitle = \"A title\"\nfamily = \"ipv4\"\n[client]\ntls = {}\n"
      "[matrix]\n\"client.tls.resume\" = [\"none\", \"id\", \"ticket\", \"psk\"]\n"
      "[expect]\nfull = \"full\"\n",
      "live.toml");
  REQUIRE(cells.size() == 4);
  CHECK(cells[0].steps.size() == 3);
  CHECK(cells[1].steps.size() == 6);
  CHECK(cells[3].cell == "psk");
  CHECK(cells[3].tls->client.version == tls::Version::Tls13);
  CHECK(cells[2].tls->client.version == tls::Version::Tls12);
}

// ---------------------------------------------------------------------------------------------------------------------
// The connections that they go on with

TEST_CASE("an act goes on where the lines have left no hole", "[scenario][ladder]") {
  const std::string hole = "client connects\nclient --> server : ACK seq=101 len=100\n";
  for (const char* act : {"client sends 5", "server sends 5", "client closes", "client starts tls"}) {
    INFO(act);
    CHECK_THAT(mistake_in(file_with(hole + act)), ContainsSubstring("line 7 has left a hole in what the client sends"));
    CHECK(mistake_in(file_with(hole + "client --> server : ACK seq=1 len=100\n" + act)).empty());
    CHECK(mistake_in(file_with(hole + "client --> server : ACK seq=snd.nxt len=150\n" + act)).empty());
  }
  CHECK(mistake_in(file_with(hole + "client resets")).empty());
  CHECK(mistake_in(file_with(hole + "client.other connects\nclient.other sends 5")).empty());
  CHECK(mistake_in(file_with(hole + "client forgets\nclient connects\nclient sends 5")).empty());
}

TEST_CASE("a segment without octets leaves no hole, and one that may not be sent proves none", "[scenario][ladder]") {
  CHECK(mistake_in(file_with("client connects\nclient --? server : RST seq=snd.nxt+1000\nclient sends 5")).empty());
  CHECK(
      mistake_in(file_with("client connects\nclient --? server : ACK @x\nclient --> server : ACK seq=101 len=5 if @x\n"
                           "client sends 5"))
          .empty());
  CHECK(mistake_in(file_with("client connects\nclient --> server : ACK seq=seg.ack len=5\nclient sends 5")).empty());
}

TEST_CASE("what acts and scripted handshakes send is counted", "[scenario][ladder]") {
  CHECK(
      mistake_in(file_with("client connects\nclient sends 100\nclient --> server : ACK seq=101 len=5\nclient sends 5"))
          .empty());
  CHECK_FALSE(
      mistake_in(file_with("client connects\nclient sends 99\nclient --> server : ACK seq=101 len=5\nclient sends 5"))
          .empty());
  CHECK(mistake_in(
            file_with("client --> server : SYN\nclient <-- server : SYN,ACK\nclient --> server : ACK data=\"abc\"\n"
                      "client --> server : ACK seq=4 len=5\nclient closes"))
            .empty());
}

TEST_CASE("an act of the server names the connection as the client does", "[scenario][ladder]") {
  CHECK(mistake_in(file_with("client.a connects\nserver.a sends 5")).empty());
  CHECK_THAT(mistake_in(file_with("client.a connects\nserver.b sends 5")),
             ContainsSubstring("no line above opens this connection; expected 'client.b connects' further up"));
}

TEST_CASE("a burst fits the window unless it is meant not to", "[scenario][ladder]") {
  const std::string open = "client connects\n";
  CHECK(mistake_in(file_with(open + "client --> server : ACK len=1460 x 44")).empty());
  CHECK_FALSE(mistake_in(file_with(open + "client --> server : ACK len=1460 x 45")).empty());
  CHECK(mistake_in(file_with(open + "client --> server : ACK len=1460 x 45 every 1ms")).empty());
  CHECK(mistake_in(file_with(open + "client --> server : ACK seq=snd.nxt len=1460 x 45")).empty());
  CHECK(mistake_in(file_with(open + "client <-- server : ACK win=10\nclient --> server : ACK len=1460 x 45")).empty());
  CHECK(mistake_in(file_with(open + "client --> server : ACK len=1460 x 45", "[server]\nwindow = 100000")).empty());
  CHECK(mistake_in(file_with("client.* --? server : SYN x 1000")).empty());
}
