// SPDX-License-Identifier: Apache-2.0
// Devices that make connections of their own: the proxy and the routers of TLS, between two programs.
#include <unistd.h>

#include <array>
#include <memory>
#include <stdexcept>
#include <string>

#include "generator/wire/packet.hpp"
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

std::string device(Family family) { return family == Family::Ipv4 ? "198.18.1.1" : "[2001:2:0:1::1]"; }

void replace(std::string& text, const std::string& word, const std::string& by) {
  for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + by.size())) {
    text.replace(at, word.size(), by);
  }
}

/// The bench, with its routes going to the server's program and not to twinwire's own end.
scenario::BenchSpec toward_program(scenario::BenchSpec spec) {
  for (auto& [name, text] : spec.device.files) {
    replace(text, "198.18.2.2:", "198.18.2.102:");
    replace(text, "[2001:2:0:2::2]", "[2001:2:0:2::102]");
  }
  return spec;
}

/// The port of the server to which the device has connected last; 0 for none.
std::uint16_t port_that_answered(const Taps& taps) {
  std::uint16_t port = 0;
  for (const auto& one : taps.of(Party::Server, Direction::Out)) {
    if (one.flags == (Syn | Ack)) port = one.from_port;
  }
  return port;
}

// ---- squid

void fetch_through_squid(bench::Bench& bench, Family family) {
  const Words words = words_for(bench, family);
  const auto server = bench.start(Party::Server, hello_server(), words);
  const auto client =
      bench.start(Party::Client, curl({"--proxytunnel", "--proxy", "http://" + device(family) + ":3128"}), words);
  if (run_to_its_end(bench, *client) != 0 || client->output() != "hello from server.example") {
    throw std::runtime_error(client->output());
  }
}

TEST_CASE("Squid tunnels a connection to any port of the server", "[lab]") {
  const auto bench = bench::bind(builtin("squid"));
  for (const auto family : families) {
    INFO(wire::name(family));
    const Taps taps(*bench);
    REQUIRE_NOTHROW(fetch_through_squid(*bench, family));
    CHECK(port_that_answered(taps) == program_port);
    CHECK(taps.of(Party::Server, Direction::In).front().from ==
          *wire::parse_address(family == Family::Ipv4 ? "198.18.2.1" : "2001:2:0:2::1"));
  }
  CHECK_NOTHROW(bench->check_health());
}

TEST_CASE("an ordinary user has the same Squid", "[lab]") {
  const auto spec = builtin("squid");
  const auto error = as_ordinary_user([&] {
    const auto bench = bench::bind(spec);
    for (const auto family : families) fetch_through_squid(*bench, family);
  });
  CHECK(error == "");
}

TEST_CASE("Squid is the user that its bench names", "[lab]") {
  auto spec = builtin("squid");
  spec.apply["who"].commands = {{"sh", "-c", "test $(ps -o user= -C squid) = proxy"}};
  bench::Lab lab(spec, helper_program());
  if (geteuid() == 0) CHECK_NOTHROW(lab.apply(spec.apply.at("who")));
}

TEST_CASE("nothing crosses a proxy by itself", "[lab]") {
  for (const std::string name : {"squid", "nginx-preread", "haproxy-sni"}) {
    INFO(name);
    LabWithEnds bench(builtin(name));
    for (const auto family : families) {
      bench.client.send(bench.at_client(family, 40000), bench.at_server(family, 443), {Syn, 1000, 0});
      CHECK_FALSE(bench.server.next(std::chrono::milliseconds(20)));
    }
  }
}

// ---- routers of TLS

/// A TLS server at both ports to which a router may go, which answers every request with a page.
Program tls_server() {
  Program server;
  server.command = {"sh", "-c",
                    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN={name} "
                    "-keyout {dir}/key.pem -out {dir}/cert.pem -quiet 2>/dev/null || "
                    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN={name} "
                    "-keyout {dir}/key.pem -out {dir}/cert.pem 2>/dev/null\n"
                    "openssl s_server -{family} -key {dir}/key.pem -cert {dir}/cert.pem -accept 8443 -www -quiet &\n"
                    // Only of the port of "{port}" it is known that it listens: that one comes second.
                    "until cat /proc/net/tcp /proc/net/tcp6 | grep -q ':20FB [0-9A-F]*:0000 0A'; do sleep 0.01; done\n"
                    "exec openssl s_server -{family} -key {dir}/key.pem -cert {dir}/cert.pem -accept 443 -www -quiet"};
  return server;
}

Program https_client(const std::string& name, Family family) {
  Program client;
  client.command = {"curl",
                    "--silent",
                    "--show-error",
                    "--insecure",
                    "--http1.0",
                    "--max-time",
                    "10",
                    "--connect-to",
                    "::" + device(family) + ":443",
                    "https://" + name + "/"};
  return client;
}

TEST_CASE("a TLS router goes by the server's name", "[lab]") {
  for (const std::string name : {"nginx-preread", "haproxy-sni"}) {
    const auto bench = bench::bind(toward_program(builtin(name)));
    for (const auto family : families) {
      INFO(name << " " << wire::name(family));
      Words words = words_for(*bench, family);
      words["port"] = "443";
      const auto server = bench->start(Party::Server, tls_server(), words);
      for (const auto& [asked, port] : {std::pair{"server.example", 443}, std::pair{"other.example", 8443}}) {
        INFO(asked);
        const Taps taps(*bench);
        const auto client = bench->start(Party::Client, https_client(asked, family), words);
        CHECK(run_to_its_end(*bench, *client) == 0);
        CHECK_THAT(client->output(), ContainsSubstring("s_server"));
        CHECK(port_that_answered(taps) == port);
      }
    }
  }
}

/// Says "whole" for what it gets of a connection, if it is as much as the word "octets" says.
Program counting_server() {
  Program server;
  server.command = {"python3", "-I", "-S", "{dir}/server.py"};
  server.files = {{"server.py", R"(
import socket, sys
listener = socket.create_server(("{server}", {port}))
while True:
    connection, _ = listener.accept()
    got = b""
    while len(got) < {octets}:
        octets = connection.recv(65536)
        if not octets: break
        got += octets
    if len(got) == {octets}: connection.sendall(b"whole")
    connection.close()
)"}};
  return server;
}

/// Sends a ClientHello of as many octets as the word says, in one record (RFC 8446 section 5.1) with the server's name
/// at its end, and prints what comes back. Cipher suites are pairs; a second compression method evens the number out.
Program hello_client() {
  Program client;
  client.command = {"python3", "-I", "-S", "{dir}/client.py"};
  client.files = {{"client.py", R"(
import socket, struct
name = b"{name}"
names = struct.pack("!BH", 0, len(name)) + name
extension = struct.pack("!HHH", 0, len(names) + 2, len(names)) + names
extensions = struct.pack("!H", len(extension)) + extension
rest = {octets} - 5 - 4 - 2 - 32 - 1 - 2 - 1 - len(extensions)
methods = 1 if rest % 2 else 2
suites = rest - methods
body = struct.pack("!H32sBH", 0x0303, b"random", 0, suites) + suites // 2 * b"\x13\x01"
body += bytes([methods]) + bytes(methods) + extensions
message = b"\x01" + len(body).to_bytes(3, "big") + body
record = b"\x16\x03\x01" + len(message).to_bytes(2, "big") + message
assert len(record) == {octets}
connection = socket.create_connection(("198.18.1.1", 443), timeout=10)
connection.sendall(record)
try:
    print(connection.recv(100).decode() or "closed")
except ConnectionResetError:
    print("reset")
)"}};
  return client;
}

/// What a server at that port answers to a ClientHello for server.example.
std::string answer_to_hello(bench::Bench& bench, int octets, int port) {
  Words words = words_for(bench, Family::Ipv4);
  words["port"] = std::to_string(port);
  words["octets"] = std::to_string(octets);
  const auto server = bench.start(Party::Server, counting_server(), words);
  const auto client = bench.start(Party::Client, hello_client(), words);
  run_to_its_end(bench, *client);
  return client->output();
}

TEST_CASE("nginx passes a ClientHello that fills its buffer and closes at one octet more", "[lab]") {
  for (const auto& [name, buffer] : {std::pair{"nginx-preread-4k", 4096}, std::pair{"nginx-preread", 16384}}) {
    INFO(name);
    const auto bench = bench::bind(toward_program(builtin(name)));
    CHECK(answer_to_hello(*bench, buffer, 443) == "whole\n");
    const std::string refusal = answer_to_hello(*bench, buffer + 1, 443);
    CHECK((refusal == "closed\n" || refusal == "reset\n"));
  }
}

TEST_CASE("HAProxy goes by the name in a ClientHello of 15 KiB, and elsewhere at one octet more", "[lab]") {
  const auto bench = bench::bind(toward_program(builtin("haproxy-sni")));
  CHECK(answer_to_hello(*bench, 15360, 443) == "whole\n");
  CHECK(answer_to_hello(*bench, 15361, 8443) == "whole\n");
}

}  // namespace
}  // namespace twinwire::test
