// SPDX-License-Identifier: Apache-2.0
// Real programs at the ends: they reach each other through the device, are heard on both wires, and leave twinwire's
// own addresses alone.
#include <signal.h>

#include <algorithm>
#include <array>
#include <memory>
#include <stdexcept>
#include <string>

#include "generator/wire/packet.hpp"
#include "harness/scenario/load.hpp"
#include "tests/harness/lab/lab_bench.hpp"
#include "tests/harness/lab/lab_programs.hpp"
#include "tests/support/catch.hpp"

namespace twinwire::test {
namespace {

using namespace wire::tcp_flag;
using scenario::Party;
using scenario::Program;
using wire::Family;

constexpr std::array families{Family::Ipv4, Family::Ipv6};

Program shell(const std::string& script) {
  Program program;
  program.command = {"sh", "-c", script};
  return program;
}

/// Each segment of one end arrives at the other, in the same order and later than it was sent.
void check_crossing(bench::Bench& bench, const Taps& taps, Party from, Party to, Family family) {
  // The end of a connection of the other family may still be on its way.
  const auto of_family = [&](Party end, Direction direction) {
    auto some = taps.of(end, direction);
    std::erase_if(some, [&](const Heard& one) { return one.from.family != family; });
    return some;
  };
  const auto count = [&](Party end, Direction direction) { return of_family(end, direction).size(); };
  // The last of them may still be in a device that takes its time.
  CHECK(serve_until(bench, [&] { return count(from, Direction::Out) == count(to, Direction::In); }));
  const auto sent = of_family(from, Direction::Out);
  const auto arrived = of_family(to, Direction::In);
  REQUIRE_FALSE(sent.empty());
  REQUIRE(sent.size() == arrived.size());
  for (std::size_t i = 0; i < sent.size(); ++i) {
    INFO(i);
    CHECK(sent[i].flags == arrived[i].flags);
    CHECK(sent[i].seq == arrived[i].seq);
    CHECK(sent[i].at < arrived[i].at);
    if (i > 0) CHECK(sent[i - 1].at <= sent[i].at);
  }
}

// ---- both ends

TEST_CASE("two programs talk through a device and are heard at both ends", "[lab]") {
  for (const std::string name : {"nftables", "openvswitch", "wire"}) {
    const auto bench = bench::bind(builtin(name));
    for (const auto family : families) {
      INFO(name << " " << wire::name(family));
      const Words words = words_for(*bench, family);
      const auto server = bench->start(Party::Server, hello_server(), words);
      const Taps taps(*bench);
      const auto client = bench->start(Party::Client, curl(), words);
      CHECK(run_to_its_end(*bench, *client) == 0);
      CHECK(client->output() == "hello from server.example");
      CHECK_FALSE(server->status());
      CHECK_THAT(server->output(), ContainsSubstring("GET /"));

      check_crossing(*bench, taps, Party::Client, Party::Server, family);
      check_crossing(*bench, taps, Party::Server, Party::Client, family);
      CHECK(taps.all_checksums_ok());
      const auto from_client = taps.of(Party::Client, Direction::Out);
      const auto address = bench->program_address(Party::Client, family);
      CHECK(
          std::ranges::any_of(from_client, [&](const Heard& one) { return one.flags == Syn && one.from == address; }));
    }
  }
}

TEST_CASE("an ordinary user has the same programs", "[lab]") {
  const auto spec = builtin("nftables");
  const auto error = as_ordinary_user([&] {
    const auto bench = bench::bind(spec);
    for (const auto family : families) {
      const Words words = words_for(*bench, family);
      const auto server = bench->start(Party::Server, hello_server(), words);
      const Taps taps(*bench);
      const auto client = bench->start(Party::Client, curl(), words);
      if (run_to_its_end(*bench, *client) != 0) throw std::runtime_error(client->output());
      if (taps.of(Party::Client, Direction::Out).empty()) throw std::runtime_error("nothing was heard");
    }
  });
  CHECK(error == "");
}

TEST_CASE("the kernel at an end leaves twinwire's own address alone, and its tap does not hear twinwire", "[lab]") {
  LabWithEnds bench(builtin("nftables"));
  RawEnd kernel(bench.lab.kernel_socket(Party::Server), {}, {}, {});
  RawEnd kernel_of_client(bench.lab.kernel_socket(Party::Client), {}, {}, {});
  const auto server = bench.lab.start(Party::Server, shell("sleep 20"), {});
  const auto client = bench.lab.start(Party::Client, shell("sleep 20"), {});
  for (const auto family : families) {
    shake_hands(bench, bench.at_client(family, 40000), bench.at_server(family, 443));
    CHECK_FALSE(kernel.next(std::chrono::milliseconds(20)));
    CHECK_FALSE(kernel_of_client.next(std::chrono::milliseconds(20)));
  }
  // That its silence is no deafness of the tap: the kernel refuses what is sent to its own address.
  const auto address = bench.lab.program_address(Party::Server, Family::Ipv4);
  REQUIRE(address);
  bench.client.send(bench.at_client(Family::Ipv4, 40001), {*address, 443}, {Syn, 1000, 0});
  const auto refusal = kernel.next();
  REQUIRE(refusal);
  CHECK(refusal->flags == (Rst | Ack));
  CHECK(refusal->checksum_ok);
}

TEST_CASE("the address of a program is the next that nobody has", "[lab]") {
  auto spec = builtin("nftables");
  const auto address = [&spec](Party end, Family family) {
    const bench::Lab lab(spec, helper_program());
    const auto found = lab.program_address(end, family);
    return found ? to_string(*found) : "none";
  };
  CHECK(address(Party::Client, Family::Ipv4) == "198.18.1.102");
  CHECK(address(Party::Client, Family::Ipv6) == "2001:2:0:1::102");
  CHECK(address(Party::Server, Family::Ipv6) == "2001:2:0:2::102");
  spec.client.address = {*wire::parse_prefix("198.18.1.250/24")};
  spec.server.address = {*wire::parse_prefix("198.18.2.2/30")};
  CHECK(address(Party::Client, Family::Ipv4) == "198.18.1.2");
  CHECK(address(Party::Client, Family::Ipv6) == "none");
  CHECK(address(Party::Server, Family::Ipv4) == "none");
}

// ---- one program

TEST_CASE("a program's status is told once it has ended, and its output while it runs", "[lab]") {
  const auto bench = bench::bind(builtin("wire"));
  const auto ends = bench->start(Party::Client, shell("echo said; echo complained >&2; exit 7"), {});
  CHECK(run_to_its_end(*bench, *ends) == 7);
  CHECK(ends->output() == "said\ncomplained\n");
  CHECK(ends->status() == 7);
  const auto dies = bench->start(Party::Client, shell("kill -TERM $$"), {});
  CHECK(run_to_its_end(*bench, *dies) == -SIGTERM);
}

TEST_CASE("of much output the last 64 KiB are kept", "[lab]") {
  const auto bench = bench::bind(builtin("wire"));
  const auto program = bench->start(Party::Client, shell("seq 1 100000"), {});
  CHECK(run_to_its_end(*bench, *program) == 0);
  const std::string output = program->output();
  CHECK(output.size() == std::size_t{64} * 1024);
  CHECK(output.ends_with("99999\n100000\n"));
}

TEST_CASE("words are replaced in the command and in files, which lie in a directory of the program's own", "[lab]") {
  const auto bench = bench::bind(builtin("wire"));
  Program program = shell("cat {dir}/sub/file; echo {port}; test $PWD = {dir}");
  program.files = {{"sub/file", "{name} in {dir}\n"}};
  const auto one = bench->start(Party::Client, program, {{"name", "one"}, {"port", "5"}});
  const auto two = bench->start(Party::Client, program, {{"name", "two"}, {"port", "6"}});
  CHECK(run_to_its_end(*bench, *one) == 0);
  CHECK(run_to_its_end(*bench, *two) == 0);
  CHECK(one->output() == "one in /run/twinwire/program-1\n5\n");
  CHECK(two->output() == "two in /run/twinwire/program-2\n6\n");
}

TEST_CASE("a program that is let go ends with all that it has started", "[lab]") {
  const auto bench = bench::bind(builtin("wire"));
  const std::string daemon =
      "setsid sh -c 'exec sleep 1000' & sleep 1000 & while ! pgrep -c sleep | grep -q 2; do :; done; echo up; wait";
  auto program = bench->start(Party::Client, shell(daemon), {});
  while (program->output() != "up\n") REQUIRE_FALSE(program->status());
  program.reset();
  const auto look = bench->start(Party::Client, shell("! ps -C sleep -o pid="), {});
  CHECK(run_to_its_end(*bench, *look) == 0);
  CHECK(look->output() == "");
}

TEST_CASE("a program may outlive its bench as a value", "[lab]") {
  auto bench = bench::bind(builtin("wire"));
  const auto program = bench->start(Party::Client, shell("echo last words; sleep 1000"), {});
  while (program->output().empty()) REQUIRE_FALSE(program->status());
  bench.reset();
  CHECK(program->output() == "last words\n");
  CHECK_NOTHROW(program->status());
}

// ---- what goes wrong

TEST_CASE("a server that ends or does not listen is told with what it printed", "[lab]") {
  const auto bench = bench::bind(builtin("wire"));
  const auto error_with = [&](const std::string& script) {
    return error_of([&] { bench->start(Party::Server, shell(script), {{"port", "443"}}); });
  };
  CHECK_THAT(error_with("echo bad certificate; exit 3"),
             ContainsSubstring("ended with status 3 before it listened on port 443; its last lines were:\n  bad cert"));
  const std::string elsewhere =
      "exec python3 -I -S -c 'import socket; s = socket.create_server((\"127.0.0.1\", 443)); print(\"up\", "
      "flush=True); "
      "s.accept()'";
  CHECK_THAT(error_with(elsewhere),
             ContainsSubstring("did not listen on port 443 within 5 seconds; its last lines were:\n  up"));
}

TEST_CASE("what cannot be started, or waited for, is said", "[lab]") {
  const auto bench = bench::bind(builtin("wire"));
  Program program;
  program.command = {"no-such-program"};
  CHECK_THAT(error_of([&] { bench->start(Party::Client, program, {}); }),
             ContainsSubstring("the program \"no-such-program\" cannot be started: No such file"));
  CHECK_THAT(error_of([&] {
               bench->start(Party::Server, shell("true"), {{"port", "https"}});
             }),
             ContainsSubstring("\"https\", which is no number of a port"));
}

TEST_CASE("a bench of another world has no programs, and says so before a scenario runs", "[lab]") {
  const auto spec = builtin("simulation");
  const auto bench = bench::bind(spec);
  CHECK_FALSE(bench->program_address(Party::Client, Family::Ipv4));
  const std::string reason = "only in the world namespaces, and the bench 'simulation' is in the world simulation";
  CHECK_THAT(error_of([&] { bench->start(Party::Client, shell("true"), {}); }), ContainsSubstring(reason));
  CHECK_THAT(error_of([&] { bench->on_program_frame(Party::Client, [](auto, auto) {}); }), ContainsSubstring(reason));
  CHECK_NOTHROW(bench->on_program_frame(Party::Client, nullptr));

  scenario::Scenario scenario;
  scenario.client.program = shell("true");
  CHECK_THAT(bench::unsuitable(spec, scenario).value_or(""), ContainsSubstring(reason));
  CHECK_FALSE(bench::unsuitable(builtin("nftables"), scenario));
  scenario.client.program->needs = {"sh", "no-such-program"};
  scenario.client.program->package = "no-such-package";
  CHECK(bench::unsuitable(builtin("nftables"), scenario).value_or("") ==
        "the program no-such-program of the client is not installed (Debian package no-such-package)");
}

}  // namespace
}  // namespace twinwire::test
