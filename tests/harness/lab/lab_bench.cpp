// SPDX-License-Identifier: Apache-2.0
// An ordinary user is made by fork and, if need be, setresuid. The helper program is copied to a folder that anybody
// may enter first, since the build directory may be somebody's own.
#include "tests/harness/lab/lab_bench.hpp"

#include <grp.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include "harness/scenario/load.hpp"

namespace twinwire::test {
namespace {

constexpr wire::Mac client_mac{{0x02, 0, 0, 0, 0, 0xc1}};
constexpr wire::Mac server_mac{{0x02, 0, 0, 0, 0, 0x5e}};
constexpr uid_t nobody = 65534;

const std::filesystem::path source_folder = TWINWIRE_SOURCE_DIR;

bool routes(const scenario::BenchSpec& spec) {
  const auto& kind = spec.device.kind;
  return spec.device.layer == 3 && (kind == "nftables" || kind == "process");
}

void become_nobody() {
  if (geteuid() != 0) return;
  if (setgroups(0, nullptr) != 0 || setresgid(nobody, nobody, nobody) != 0 || setresuid(nobody, nobody, nobody) != 0) {
    throw std::runtime_error("the test could not give up its privileges");
  }
}

/// The helper where anybody can start it; removed again at the end.
class PublicHelper {
 public:
  PublicHelper() {
    std::string name = (std::filesystem::temp_directory_path() / "twinwire-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    folder_ = name;
    using std::filesystem::perms;
    std::filesystem::permissions(folder_, perms::owner_all | perms::group_exec | perms::others_exec);
    std::filesystem::copy_file(helper_program(), file());
  }
  ~PublicHelper() { std::filesystem::remove_all(folder_); }
  PublicHelper(const PublicHelper&) = delete;
  PublicHelper& operator=(const PublicHelper&) = delete;
  std::string file() const { return (folder_ / "twinwire-lab").string(); }

 private:
  std::filesystem::path folder_;
};

[[noreturn]] void run_and_tell(const std::function<void()>& body, const std::string& helper, int report) {
  const std::string error = error_of([&] {
    setenv("TWINWIRE_LAB", helper.c_str(), 1);
    become_nobody();
    body();
  });
  const bool told = write(report, error.data(), error.size()) == static_cast<ssize_t>(error.size());
  _exit(told ? 0 : 1);
}

std::string read_all(int from) {
  std::string text;
  std::array<char, 4096> buffer{};
  for (ssize_t size = 0; (size = read(from, buffer.data(), buffer.size())) > 0;) {
    text.append(buffer.data(), static_cast<std::size_t>(size));
  }
  return text;
}

Received expect(RawEnd& end, std::uint16_t flags, const std::string& what) {
  const auto got = end.next();
  if (!got) throw std::runtime_error("the " + what + " did not arrive");
  if (got->flags != flags) throw std::runtime_error("another segment arrived where the " + what + " should");
  return *got;
}

}  // namespace

std::string helper_program() { return TWINWIRE_LAB_PROGRAM; }

scenario::BenchSpec builtin(const std::string& name) {
  return scenario::load_bench(source_folder / "harness/bench/builtin" / (name + ".toml"));
}

std::filesystem::path mutants_folder() { return source_folder / "tests/mutants"; }

scenario::BenchSpec process_bench() {
  scenario::BenchSpec spec = builtin("wire");
  spec.device.kind = "process";
  spec.device.layer = 2;
  return spec;
}

std::string as_ordinary_user(const std::function<void()>& body) {
  const PublicHelper helper;
  std::array<int, 2> pipe_ends{};
  if (pipe(pipe_ends.data()) != 0) throw std::runtime_error("no pipe");
  const pid_t child = fork();
  if (child == 0) run_and_tell(body, helper.file(), pipe_ends[1]);
  close(pipe_ends[1]);
  const std::string error = read_all(pipe_ends[0]);
  close(pipe_ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? error : "the process without privilege ended badly: " + error;
}

std::string error_of(const std::function<void()>& call) {
  try {
    call();
    return {};
  } catch (const std::exception& error) {
    return error.what();
  }
}

LabWithEnds::LabWithEnds(const scenario::BenchSpec& spec)
    : lab(spec, helper_program()),
      client(lab.packet_socket(scenario::Party::Client), client_mac,
             routes(spec) ? lab.device_mac(scenario::Party::Client) : server_mac, spec.client),
      server(lab.packet_socket(scenario::Party::Server), server_mac,
             routes(spec) ? lab.device_mac(scenario::Party::Server) : client_mac, spec.server) {}

void shake_hands(LabWithEnds& bench, const Endpoint& client, const Endpoint& server) {
  using namespace wire::tcp_flag;
  bench.client.send(client, server, {Syn, 1000, 0});
  const Received syn = expect(bench.server, Syn, "SYN");
  bench.server.send(server, syn.from, {Syn | Ack, 5000, 1001});
  expect(bench.client, Syn | Ack, "SYN-ACK");
  bench.client.send(client, server, {Ack, 1001, 5001});
  expect(bench.server, Ack, "ACK");
}

bool client_reaches_server(LabWithEnds& bench, const Endpoint& client, const Endpoint& server, const Segment& segment) {
  static std::uint16_t marker_port = 60000;
  Endpoint marker = client;
  marker.port = ++marker_port;
  bench.client.send(client, server, segment);
  bench.client.send(marker, server, {wire::tcp_flag::Syn, 1, 0});
  bool crossed = false;
  while (const auto got = bench.server.next()) {
    if (got->from.port == marker.port) return crossed;
    crossed = crossed || (got->flags == segment.flags && got->seq == segment.seq);
  }
  throw std::runtime_error("the marker did not arrive");
}

}  // namespace twinwire::test
