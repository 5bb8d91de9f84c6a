// SPDX-License-Identifier: Apache-2.0
// What is wrong with a bench or its device is said in a sentence that holds what the program or the kernel said.
#include <sched.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string>

#include "tests/harness/lab/lab_bench.hpp"
#include "tests/support/catch.hpp"

namespace twinwire::test {
namespace {

using scenario::Party;

std::string error_of_bench(const scenario::BenchSpec& spec) {
  return error_of([&] { bench::Lab lab(spec, helper_program()); });
}

scenario::ProcessSpec runs(const std::string& script, const std::string& ready_text = "") {
  return {{"sh", "-c", script}, true, "", ready_text};
}

scenario::ProcessSpec exits(const std::string& script) { return {{"sh", "-c", script}, false, "", ""}; }

struct TwinwireLabVariable {
  explicit TwinwireLabVariable(const std::string& value) { setenv("TWINWIRE_LAB", value.c_str(), 1); }
  ~TwinwireLabVariable() { unsetenv("TWINWIRE_LAB"); }
  TwinwireLabVariable(const TwinwireLabVariable&) = delete;
  TwinwireLabVariable& operator=(const TwinwireLabVariable&) = delete;
};

/// In a user namespace of our own, whose limit does not concern the machine and where we are `user`. `kind`: "user" or
/// "net".
void forbid_namespaces(const std::string& kind, int user) {
  const std::string map = std::to_string(user) + " " + std::to_string(geteuid()) + " 1";
  if (unshare(CLONE_NEWUSER) != 0) throw std::runtime_error("no user namespace");
  prctl(PR_SET_DUMPABLE, 1);  // else the map belongs to root outside
  std::ofstream("/proc/self/uid_map") << map;
  std::ofstream("/proc/sys/user/max_" + kind + "_namespaces") << 0;
}

// ---- what the machine lacks

TEST_CASE("a missing program is named with its package, before anything is started", "[lab]") {
  auto spec = process_bench();
  spec.device.needs = {"sh", "no-such-program"};
  spec.device.package = "no-such-package";
  CHECK(bench::lacking(spec, helper_program()) == "no-such-program is not installed (Debian package no-such-package)");
  CHECK(error_of_bench(spec) == "no-such-program is not installed (Debian package no-such-package)");
}

TEST_CASE("nothing is lacking for the simulation", "[lab]") {
  auto spec = builtin("simulation");
  CHECK_FALSE(bench::lacking(spec));
}

TEST_CASE("a missing helper is said with the places where it may be", "[lab]") {
  const auto reason = bench::lacking(builtin("wire"), "/nowhere/twinwire-lab");
  REQUIRE(reason);
  CHECK_THAT(*reason, ContainsSubstring("../libexec/twinwire") && ContainsSubstring("TWINWIRE_LAB"));
}

TEST_CASE("TWINWIRE_LAB goes before all other places", "[lab]") {
  const TwinwireLabVariable variable("/nowhere/at-all");
  const auto reason = bench::lacking(builtin("wire"), helper_program());
  REQUIRE(reason);
  CHECK_THAT(*reason, ContainsSubstring("/nowhere/at-all"));
}

TEST_CASE("an ordinary user is told which setting forbids user namespaces", "[lab]") {
  const auto spec = builtin("wire");
  const auto error = as_ordinary_user([&] {
    forbid_namespaces("user", 1000);
    bench::Lab lab(spec);
  });
  CHECK_THAT(error, ContainsSubstring("user.max_user_namespaces is 0") && ContainsSubstring("root"));
}

TEST_CASE("what the kernel refuses to the helper is told with the settings that may be the reason", "[lab]") {
  const auto spec = builtin("wire");
  const auto error = as_ordinary_user([&] {
    forbid_namespaces("net", 0);
    bench::Lab lab(spec);
  });
  CHECK_THAT(error, ContainsSubstring("unshare failed") && ContainsSubstring("user.max_net_namespaces = 0"));
}

// ---- what is wrong in the bench

TEST_CASE("a refused ruleset is answered with the words of nft", "[lab]") {
  auto spec = builtin("nftables");
  spec.device.rulesets = {"table inet x {\n  chain y {\n    tcp dprot 80 drop\n  }\n}\n"};
  CHECK_THAT(error_of_bench(spec), ContainsSubstring("ruleset was refused") && ContainsSubstring("dprot"));
}

TEST_CASE("a refused change leaves the device as it was", "[lab]") {
  bench::Lab lab(builtin("nftables"), helper_program());
  scenario::ApplySpec change;
  change.ruleset = "add table inet extra\nadd rule inet extra missing drop\n";
  CHECK_THAT(error_of([&] { lab.apply(change); }), ContainsSubstring("ruleset was refused"));
  change.ruleset = "delete table inet extra\n";
  CHECK_THAT(error_of([&] { lab.apply(change); }), ContainsSubstring("No such file"));
  CHECK_NOTHROW(lab.check_health());
}

TEST_CASE("an unknown sysctl and a refused value are named", "[lab]") {
  auto spec = builtin("nftables");
  spec.device.sysctl = {{"net.ipv4.no_such_setting", "1"}};
  CHECK_THAT(error_of_bench(spec), ContainsSubstring("net.ipv4.no_such_setting does not exist"));
  spec.device.sysctl = {{"net.ipv4.ip_default_ttl", "a lot"}};
  CHECK_THAT(error_of_bench(spec), ContainsSubstring("net.ipv4.ip_default_ttl cannot be set to \"a lot\""));
}

TEST_CASE("a change that the bench does not have cannot be applied at its start", "[lab]") {
  auto spec = builtin("nftables");
  spec.applied = {"no-such"};
  CHECK_THAT(error_of_bench(spec), ContainsSubstring("[apply.no-such]"));
}

TEST_CASE("an end cannot have the device's address", "[lab]") {
  auto spec = builtin("nftables");
  spec.client.address = {*wire::parse_prefix("198.18.1.1/24")};
  CHECK_THAT(error_of_bench(spec), ContainsSubstring("198.18.1.1/24"));
}

TEST_CASE("netfilter is refused as a bridge", "[lab]") {
  auto spec = builtin("nftables");
  spec.device.layer = 2;
  CHECK_THAT(error_of_bench(spec), ContainsSubstring("layer = 3"));
}

TEST_CASE("nothing between the wires cannot be changed", "[lab]") {
  auto spec = builtin("wire");
  bench::Lab lab(spec, helper_program());
  scenario::ApplySpec change;
  change.ruleset = "add table inet extra\n";
  CHECK_THAT(error_of([&] { lab.apply(change); }), ContainsSubstring("nothing to change"));
  spec.device.rulesets = {change.ruleset};
  CHECK_THAT(error_of_bench(spec), ContainsSubstring("kind \"wire\""));
}

TEST_CASE("a box of one's own needs another world", "[lab]") {
  auto spec = builtin("wire");
  spec.device.kind = "external";
  CHECK_THAT(error_of_bench(spec), ContainsSubstring("\"external\""));
}

// ---- what the device's programs do

TEST_CASE("a program that ends badly is quoted with its status and last lines", "[lab]") {
  auto spec = process_bench();
  spec.device.processes = {exits("echo first; echo the disk is on fire >&2; exit 7")};
  const auto error = error_of_bench(spec);
  CHECK_THAT(error, ContainsSubstring("status 7") && ContainsSubstring("the disk is on fire"));
}

TEST_CASE("a program that cannot be started is named", "[lab]") {
  auto spec = process_bench();
  spec.device.processes = {{{"/no/such/program", "-x"}, false, "", ""}};
  CHECK_THAT(error_of_bench(spec), ContainsSubstring("\"/no/such/program -x\" cannot be started"));
}

TEST_CASE("a program that ends before it is ready is an error", "[lab]") {
  auto spec = process_bench();
  spec.device.processes = {runs("echo cannot; exit 3", "listening")};
  CHECK_THAT(error_of_bench(spec), ContainsSubstring("before it was ready") && ContainsSubstring("cannot"));
}

TEST_CASE("a program is ready when it has said so or its file is there", "[lab]") {
  auto spec = process_bench();
  spec.device.files = {{"etc/name.conf", "at {dir}\n"}};
  spec.device.processes = {
      runs("sleep 0.02; echo now listening; touch said; exec sleep 100", "listening"),
      {{"sh", "-c", "sleep 0.02; touch {dir}/file; exec sleep 100"}, true, "{dir}/file", ""},
      exits("test -e said && test -e file && grep -q \"at $TW_DIR\" etc/name.conf && test \"$PWD\" = \"$TW_DIR\""),
  };
  CHECK(error_of_bench(spec) == "");
}

TEST_CASE("a program that ends later is reported by the next request", "[lab]") {
  auto spec = process_bench();
  spec.device.processes = {
      runs("echo ready; while ! test -e stop; do sleep 0.01; done; echo out of memory; exit 9", "ready")};
  bench::Lab lab(spec, helper_program());
  CHECK_NOTHROW(lab.check_health());
  scenario::ApplySpec change;
  change.commands = {{"touch", "stop"}, {"sleep", "0.2"}};
  lab.apply(change);
  const auto error = error_of([&] { lab.check_health(); });
  CHECK_THAT(error, ContainsSubstring("status 9") && ContainsSubstring("out of memory"));
  CHECK_THAT(error_of([&] { lab.apply(change); }), ContainsSubstring("status 9"));
}

TEST_CASE("a device without a way to forget says so", "[lab]") {
  bench::Lab lab(process_bench(), helper_program());
  const bench::Lab::Endpoint end{*wire::parse_address("198.18.1.2"), 1};
  CHECK_THAT(error_of([&] { lab.forget(end, end); }), ContainsSubstring("forget"));
}

TEST_CASE("the forget command gets the four-tuple", "[lab]") {
  auto spec = process_bench();
  spec.device.forget = {"sh", "-c", "echo {family} {src} {sport} {dst} {dport}; exit 1"};
  bench::Lab lab(spec, helper_program());
  const auto error = error_of([&] {
    lab.forget({*wire::parse_address("2001:2:0:1::2"), 40000}, {*wire::parse_address("2001:2:0:1::3"), 443});
  });
  CHECK_THAT(error, ContainsSubstring("ipv6 2001:2:0:1::2 40000 2001:2:0:1::3 443"));
}

TEST_CASE("a packet socket is handed over once", "[lab]") {
  bench::Lab lab(builtin("wire"), helper_program());
  const bench::Descriptor first(lab.packet_socket(Party::Client));
  CHECK_THAT(error_of([&] { lab.packet_socket(Party::Client); }), ContainsSubstring("taken before"));
  CHECK_THAT(error_of([&] { lab.device_socket(Party::Client); }), ContainsSubstring("no model"));
  CHECK_THAT(error_of([&] { lab.packet_socket(Party::Device); }), ContainsSubstring("no wire of its own"));
}

TEST_CASE("text of any size reaches the device", "[lab]") {
  auto spec = process_bench();
  spec.device.files = {{"large", std::string(300'000, 'x')}};
  spec.device.processes = {exits("test $(wc -c < large) = 300000")};
  CHECK(error_of_bench(spec) == "");
}

}  // namespace
}  // namespace twinwire::test
