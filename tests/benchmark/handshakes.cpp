// SPDX-License-Identifier: Apache-2.0
// TLS handshakes per second through the plain wire, both ends in this process, beside `openssl s_time` against
// `openssl s_server` on the loopback interface in the same run, with the same kind of key. Then new TCP connections per
// second between two endpoints in memory, and the octets that an idle established one keeps. It prints figures and
// ratios and passes no judgement on them.
#include <stdlib.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <deque>
#include <filesystem>
#include <memory>
#include <memory_resource>
#include <string>
#include <vector>

#include "generator/tcp/endpoint.hpp"
#include "harness/judge/verdict.hpp"
#include "harness/run/run.hpp"
#include "harness/scenario/load.hpp"

using namespace twinwire;

namespace {

using Clock = std::chrono::steady_clock;

double seconds_of(const auto& call) {
  const auto begun = Clock::now();
  call();
  return std::chrono::duration<double>(Clock::now() - begun).count();
}

// ---- twinwire ----

/// Handshakes per second of cells that each hold `handshakes` of them.
double rate(const std::string& bench_name, const std::string& text, int handshakes) {
  const auto cells = scenario::parse_scenario(text, "benchmark.toml");
  const auto spec = scenario::load_bench(TWINWIRE_SOURCE_DIR "/harness/bench/builtin/" + bench_name + ".toml");
  const auto bench = bench::bind(spec);
  run::Floor floor(*bench, 1);
  constexpr int cells_in_all = 2000;
  const std::vector<const scenario::Scenario*> walks(cells_in_all, &cells.front());
  int passed = 0;
  const double spent = seconds_of([&] {
    floor.walk(walks, {}, [&](const run::Walked& walked) {
      if (judge::judge(cells.front(), spec, walked.transcript).verdict == judge::Verdict::Pass) ++passed;
    });
  });
  if (passed != cells_in_all) std::printf("  only %d of %d cells passed\n", passed, cells_in_all);
  return passed * handshakes / spent;
}

std::string full(const std::string& version) {
  return "format = 1\ntitle = \"full\"\nwhy = \"measure\"\nreferences = [\"RFC 8446\"]\nfamily = \"ipv4\"\n"
         "[client]\ntls = { version = \"" +
         version + "\" }\n[expect]\nhandshake = \"full\"\n";
}

std::string resumed(const std::string& kind) {
  return "format = 1\ntitle = \"resumed\"\nwhy = \"measure\"\nreferences = [\"RFC 8446\"]\nfamily = \"ipv4\"\n"
         "[client]\ntls = { resume = \"" +
         kind + "\" }\n[expect]\nhandshake = \"resumed\"\n";
}

// ---- openssl ----

std::string output_of(const std::string& command) {
  std::string text;
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return text;
  std::array<char, 4096> buffer{};
  while (const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), pipe)) text.append(buffer.data(), count);
  pclose(pipe);
  return text;
}

/// "1234 connections in 2 real seconds": handshakes per second; 0 if s_time did not run.
double s_time(const std::string& version, const std::string& kind) {
  const std::string folder = std::filesystem::temp_directory_path() / "twinwire-benchmark-XXXXXX";
  std::string made = folder;
  if (mkdtemp(made.data()) == nullptr) return 0;
  const std::string script =
      "cd " + made +
      " && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout k.pem -out c.pem -days 2 "
      "-subj /CN=server.example 2>/dev/null; "
      "openssl s_server -accept 127.0.0.1:24433 -key k.pem -cert c.pem -quiet -www >/dev/null 2>&1 & s=$!; "
      "for i in 1 2 3 4 5 6 7 8 9 10; do sleep 0.1; openssl s_client -connect 127.0.0.1:24433 </dev/null >/dev/null "
      "2>&1 && break; done; "
      "openssl s_time -connect 127.0.0.1:24433 -time 2 -" +
      kind + " -" + version + " 2>&1; kill $s";
  const std::string text = output_of("sh -c '" + script + "'");
  std::filesystem::remove_all(made);
  const std::size_t at = text.rfind(" connections in ");
  if (at == std::string::npos) return 0;
  const std::size_t line = text.rfind('\n', at) + 1;
  const double connections = std::atof(text.c_str() + line);
  const double seconds = std::atof(text.c_str() + at + 16);
  return seconds > 0 ? connections / seconds : 0;
}

void handshakes() {
  struct Case {
    const char* what;
    std::string text, version, kind;
    int count;
  };
  // A cell that resumes holds a full handshake too; its own cost is taken off below.
  const std::array cases{Case{"TLS 1.2 full", full("1.2"), "tls1_2", "new", 1},
                         Case{"TLS 1.3 full", full("1.3"), "tls1_3", "new", 1},
                         Case{"TLS 1.2 full and resumed by ticket", resumed("ticket"), "tls1_2", "reuse", 2},
                         Case{"TLS 1.3 full and resumed by PSK", resumed("psk"), "tls1_3", "reuse", 2}};
  std::printf("TLS handshakes per second, each with its TCP handshake and close, recorded and judged\n");
  std::printf("  %-36s %10s %10s %10s %8s\n", "", "simulation", "wire", "s_time", "ratio");
  for (const Case& one : cases) {
    const double peer = s_time(one.version, one.kind);
    const double wire = rate("wire", one.text, one.count);
    std::printf("  %-36s %10.0f %10.0f %10.0f %8.2f\n", one.what, rate("simulation", one.text, one.count), wire, peer,
                peer > 0 ? wire / peer : 0.0);
  }
  std::printf("  (s_time and s_server are two processes on two cores; a row with two handshakes counts both)\n");
}

// ---- TCP in memory ----

struct Line final : tcp::Output {
  struct Kept {
    tcp::Segment segment;
    std::array<std::uint8_t, 40> options{};
  };
  void transmit(const tcp::Segment& segment) override {
    Kept kept{segment, {}};
    std::copy(segment.options.begin(), segment.options.end(), kept.options.begin());
    queue.push_back(kept);
  }
  void deliver(tcp::Endpoint& to, time::Instant now, tcp::Output& answer) {
    while (!queue.empty()) {
      const Kept kept = queue.front();
      queue.pop_front();
      wire::Tcp tcp;
      tcp.seq = kept.segment.seq;
      tcp.ack = kept.segment.ack;
      tcp.flags = kept.segment.flags;
      tcp.window = kept.segment.window;
      tcp.checksum_ok = true;
      tcp.options = wire::Bytes(kept.options.data(), kept.segment.options.size());
      to.arrives(tcp, now, answer);
    }
  }
  std::deque<Kept> queue;
};

struct CountingHeap final : std::pmr::memory_resource {
  std::size_t kept = 0;  ///< octets that have been taken and not given back

 private:
  void* do_allocate(std::size_t bytes, std::size_t alignment) override {
    kept += bytes;
    return std::pmr::new_delete_resource()->allocate(bytes, alignment);
  }
  void do_deallocate(void* block, std::size_t bytes, std::size_t alignment) override {
    kept -= bytes;
    std::pmr::new_delete_resource()->deallocate(block, bytes, alignment);
  }
  bool do_is_equal(const memory_resource& other) const noexcept override { return this == &other; }
};

void connections() {
  constexpr int count = 100'000;
  const tcp::Policy policy;
  CountingHeap heap;
  std::vector<tcp::Endpoint> clients, servers;
  clients.reserve(count);
  servers.reserve(count);
  Line up, down;
  const time::Instant now{};
  const double spent = seconds_of([&] {
    for (std::uint32_t i = 0; i < count; ++i) {
      auto& client = clients.emplace_back(policy, i, heap);
      auto& server = servers.emplace_back(policy, ~i, heap);
      server.listen();
      client.connect(now, up);
      while (!up.queue.empty() || !down.queue.empty()) {
        up.deliver(server, now, down);
        down.deliver(client, now, up);
      }
    }
  });
  int established = 0;
  for (const auto& server : servers) established += server.state() == tcp::State::Established ? 1 : 0;
  std::printf("TCP endpoints in memory: %d of %d established, %.0f connections/s (both ends)\n", established, count,
              count / spent);
  std::printf("  an idle established end: %zu octets in place and %.0f on the heap\n", sizeof(tcp::Endpoint),
              static_cast<double>(heap.kept) / (2.0 * count));
}

}  // namespace

int main() {
  connections();
  handshakes();
  return 0;
}
