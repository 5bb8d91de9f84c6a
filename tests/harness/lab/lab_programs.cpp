// SPDX-License-Identifier: Apache-2.0
// The server binds the address that it is given, since a wildcard would also hear what is not meant for it.
#include "tests/harness/lab/lab_programs.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <stdexcept>

#include "generator/wire/packet.hpp"

namespace twinwire::test {

using namespace std::chrono_literals;
using scenario::Party;

scenario::Program hello_server() {
  scenario::Program server;
  // Without the site's modules, and with no other than this: it starts in a tenth of the time.
  server.command = {"python3", "-I", "-S", "{dir}/server.py"};
  server.files = {{"server.py", R"(
import socket
family = socket.AF_INET6 if {family} == 6 else socket.AF_INET
listener = socket.create_server(("{server}", {port}), family=family)
while True:
    connection, _ = listener.accept()
    print(connection.recv(65536).decode().splitlines()[0], flush=True)
    connection.sendall(b"HTTP/1.0 200 OK\r\n\r\nhello from {name}")
    connection.close()
)"}};
  return server;
}

scenario::Program curl(const std::vector<std::string>& arguments) {
  scenario::Program client;
  client.command = {"curl", "--silent", "--show-error", "--max-time", "10"};
  client.command.insert(client.command.end(), arguments.begin(), arguments.end());
  client.command.emplace_back("http://{url}:{port}/");
  return client;
}

Words words_for(const bench::Bench& bench, wire::Family family) {
  const auto server = bench.program_address(Party::Server, family);
  if (!server) throw std::runtime_error("the server's program would have no address");
  const std::string address = to_string(*server);
  const bool ipv4 = family == wire::Family::Ipv4;
  return {{"server", address},
          {"url", ipv4 ? address : "[" + address + "]"},
          {"port", std::to_string(program_port)},
          {"family", ipv4 ? "4" : "6"},
          {"name", "server.example"}};
}

bool serve_until(bench::Bench& bench, const std::function<bool()>& so) {
  auto& timeline = bench.timeline();
  const auto deadline = timeline.now() + 15s;
  while (!so()) {
    if (timeline.now() > deadline) return false;
    const auto soon = timeline.now() + 1ms;
    timeline.at(soon, [] {});
    timeline.run([&] { return timeline.now() >= soon; });
  }
  return true;
}

int run_to_its_end(bench::Bench& bench, bench::Running& program) {
  if (!serve_until(bench, [&] { return program.status().has_value(); })) {
    throw std::runtime_error("the program did not end: " + program.output());
  }
  // What it sent last may not have been read yet.
  bench.poll_program_frames();
  for (const Party end : {Party::Client, Party::Server}) bench.wire(end).poll();
  return *program.status();
}

Taps::Taps(bench::Bench& bench) : bench_(bench) {
  for (const Party end : {Party::Client, Party::Server}) {
    bench.wire(end).on_frame([this, end](time::Instant at, wire::Bytes frame) { note(end, Direction::In, at, frame); });
    bench.on_program_frame(end,
                           [this, end](time::Instant at, wire::Bytes frame) { note(end, Direction::Out, at, frame); });
  }
}

Taps::~Taps() {
  for (const Party end : {Party::Client, Party::Server}) {
    bench_.wire(end).on_frame(nullptr);
    bench_.on_program_frame(end, nullptr);
  }
}

void Taps::note(Party end, Direction direction, time::Instant at, wire::Bytes frame) {
  const auto packet = wire::decode(frame);
  if (!packet || !packet->tcp) return;
  all_checksums_ok_ = all_checksums_ok_ && packet->tcp->checksum_ok;
  heard_.push_back({end, direction, at, packet->src, packet->tcp->src_port, packet->tcp->flags, packet->tcp->seq});
}

std::vector<Heard> Taps::of(Party end, Direction direction) const {
  std::vector<Heard> some;
  std::ranges::copy_if(heard_, std::back_inserter(some),
                       [&](const Heard& one) { return one.end == end && one.direction == direction; });
  return some;
}

}  // namespace twinwire::test
