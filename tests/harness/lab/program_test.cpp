// SPDX-License-Identifier: Apache-2.0
// Real programs at the ends: they reach each other through the device, are heard on both wires, and leave nothing.
#include <dirent.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "generator/wire/packet.hpp"
#include "harness/bench/bench.hpp"
#include "tests/harness/lab/lab_bench.hpp"
#include "tests/support/catch.hpp"

namespace twinwire::test {
namespace {

using namespace wire::tcp_flag;
using namespace std::chrono_literals;
using scenario::Party;
using scenario::Program;
using wire::Family;

constexpr std::array families{Family::Ipv4, Family::Ipv6};
constexpr std::uint16_t port = 8080;

using Words = std::map<std::string, std::string>;

/// An HTTP server of one answer per connection, on the address that it is given.
Program hello_server() {
  Program server;
  server.command = {"python3", "{dir}/server.py"};
  server.files = {{"server.py", R"(
import http.server, socket
class Server(http.server.HTTPServer):
    address_family = socket.AF_INET6 if {family} == 6 else socket.AF_INET
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"hello from {name}")
Server(("{server}", {port}), Handler).serve_forever()
)"}};
  return server;
}

Program curl() {
  Program client;
  client.command = {"curl", "--silent", "--show-error", "--max-time", "10", "http://{server}:{port}/"};
  return client;
}

Words words_for(const bench::Bench& bench, Family family) {
  const auto server = bench.program_address(Party::Server, family);
  REQUIRE(server);
  return {{"server", to_string(*server)},
          {"port", std::to_string(port)},
          {"family", family == Family::Ipv4 ? "4" : "6"},
          {"name", "server.example"}};
}

/// As it stands in a URL.
Words with_brackets(Words words) {
  if (words.at("family") == "6") words["server"] = "[" + words.at("server") + "]";
  return words;
}

int run_to_its_end(bench::Bench& bench, bench::Running& program) {
  const auto deadline = std::chrono::steady_clock::now() + 15s;
  const auto finished = [&] { return program.status() || std::chrono::steady_clock::now() > deadline; };
  while (!finished()) {
    const auto soon = bench.timeline().now() + 1ms;
    bench.timeline().at(soon, [] {});
    bench.timeline().run([&] { return bench.timeline().now() >= soon; });
  }
  bench.wire(Party::Client).poll();
  bench.wire(Party::Server).poll();
  bench.on_program_frame(Party::Client, nullptr);
  bench.on_program_frame(Party::Server, nullptr);
  if (!program.status()) throw std::runtime_error("the program did not end: " + program.output());
  return *program.status();
}

enum class Direction : std::uint8_t { In, Out };  ///< into the kernel of that end, or out of it

struct Heard {
  Party end;
  Direction direction;
  time::Instant at;
  wire::Address from;
  std::uint16_t flags;
  std::uint32_t seq;
};

/// All segments that anybody hears, in the order of the calls.
struct Taps {
  explicit Taps(bench::Bench& bench) {
    for (const Party end : {Party::Client, Party::Server}) {
      bench.wire(end).on_frame(
          [this, end](time::Instant at, wire::Bytes frame) { note(end, Direction::In, at, frame); });
      bench.on_program_frame(
          end, [this, end](time::Instant at, wire::Bytes frame) { note(end, Direction::Out, at, frame); });
    }
  }

  void note(Party end, Direction direction, time::Instant at, wire::Bytes frame) {
    const auto packet = wire::decode(frame);
    if (!packet || !packet->tcp) return;
    all_checksums_ok = all_checksums_ok && packet->tcp->checksum_ok;
    heard.push_back({end, direction, at, packet->src, packet->tcp->flags, packet->tcp->seq});
  }

  std::vector<Heard> of(Party end, Direction direction) const {
    std::vector<Heard> some;
    std::ranges::copy_if(heard, std::back_inserter(some),
                         [&](const Heard& one) { return one.end == end && one.direction == direction; });
    return some;
  }

  std::vector<Heard> heard;
  bool all_checksums_ok = true;
};

void same_segments_crossed(const Taps& taps, Party from, Party to) {
  const auto sent = taps.of(from, Direction::Out);
  const auto arrived = taps.of(to, Direction::In);
  REQUIRE(sent.size() == arrived.size());
  REQUIRE_FALSE(sent.empty());
  for (std::size_t i = 0; i < sent.size(); ++i) {
    INFO(i);
    CHECK(sent[i].flags == arrived[i].flags);
    CHECK(sent[i].seq == arrived[i].seq);
    CHECK(sent[i].at < arrived[i].at);
  }
}

TEST_CASE("two programs talk through the router and are heard at both ends", "[lab]") {
  const auto spec = builtin("nftables");
  const auto bench = bench::bind(spec);
  for (const auto family : families) {
    INFO(wire::name(family));
    const Words words = words_for(*bench, family);
    const auto server = bench->start(Party::Server, hello_server(), words);
    Taps taps(*bench);
    const auto client = bench->start(Party::Client, curl(), with_brackets(words));
    CHECK(run_to_its_end(*bench, *client) == 0);
    CHECK(client->output() == "hello from server.example");
    CHECK_FALSE(server->status());
    CHECK_THAT(server->output(), ContainsSubstring("GET /"));

    same_segments_crossed(taps, Party::Client, Party::Server);
    same_segments_crossed(taps, Party::Server, Party::Client);
    CHECK(taps.all_checksums_ok);
    const auto first = taps.of(Party::Client, Direction::Out).front();
    CHECK(first.flags == Syn);
    CHECK(first.from == bench->program_address(Party::Client, family));
    CHECK(taps.of(Party::Server, Direction::Out).front().flags == (Syn | Ack));
  }
}

TEST_CASE("an ordinary user has the same programs", "[lab]") {
  const auto spec = builtin("nftables");
  const auto error = as_ordinary_user([&] {
    const auto bench = bench::bind(spec);
    for (const auto family : families) {
      const Words words = words_for(*bench, family);
      const auto server = bench->start(Party::Server, hello_server(), words);
      const auto client = bench->start(Party::Client, curl(), with_brackets(words));
      if (run_to_its_end(*bench, *client) != 0 || client->output() != "hello from server.example") {
        throw std::runtime_error(client->output());
      }
    }
  });
  CHECK(error == "");
}

}  // namespace
}  // namespace twinwire::test
