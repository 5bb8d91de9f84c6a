// SPDX-License-Identifier: Apache-2.0
// Whatever way the caller or a part of the helper ends, nothing stays behind. Processes are found in /proc by their
// parents.
#include <dirent.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/harness/lab/lab_bench.hpp"
#include "tests/support/catch.hpp"

namespace twinwire::test {
namespace {

struct Process {
  pid_t pid = 0, parent = 0;
  std::string name;
  char state = 0;
  auto operator<=>(const Process&) const = default;
};

/// /proc/PID/stat: pid (name) state parent ...
std::optional<Process> read_process(const std::filesystem::path& folder) {
  std::ifstream in(folder / "stat");
  std::string text;
  std::getline(in, text);  // fails, and does not throw, when the process goes between open and read
  const auto open = text.find('(');
  const auto close = text.rfind(')');
  if (open == std::string::npos || close == std::string::npos || close + 4 > text.size()) return std::nullopt;
  Process process;
  process.pid = std::stoi(text);
  process.name = text.substr(open + 1, close - open - 1);
  process.state = text[close + 2];
  process.parent = std::stoi(text.substr(close + 4));
  return process;
}

std::vector<Process> all_processes() {
  std::vector<Process> all;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    if (!std::isdigit(static_cast<unsigned char>(entry.path().filename().string().front()))) continue;
    if (const auto process = read_process(entry.path())) all.push_back(*process);
  }
  return all;
}

std::vector<Process> descendants(pid_t ancestor) {
  const auto all = all_processes();
  std::set<pid_t> known{ancestor};
  std::vector<Process> found;
  for (std::size_t before = 0; before != known.size();) {
    before = known.size();
    for (const auto& process : all) {
      if (known.contains(process.parent) && known.insert(process.pid).second) found.push_back(process);
    }
  }
  return found;
}

/// Waits up to five seconds until none of them is there any more; those that are.
std::vector<Process> left_over(const std::vector<Process>& processes) {
  std::vector<Process> left;
  for (int attempt = 0; attempt < 500; ++attempt) {
    left.clear();
    for (const auto& process : processes) {
      const auto now = read_process("/proc/" + std::to_string(process.pid));
      if (now && now->name == process.name && now->state != 'Z') left.push_back(*now);
    }
    if (left.empty()) return left;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return left;
}

bool contains(const std::vector<Process>& processes, const std::string& name) {
  return std::ranges::any_of(processes, [&](const auto& process) { return process.name == name; });
}

/// Does something with a lab and calls the other in the middle of it.
using OnLab = std::function<void(bench::Lab&, const std::function<void()>&)>;

/// A process of its own that has a lab and sleeps until it is killed.
pid_t caller_with_lab(const scenario::BenchSpec& spec, const OnLab& and_sleep) {
  std::array<int, 2> pipe_ends{};
  if (pipe(pipe_ends.data()) != 0) throw std::runtime_error("no pipe");
  const pid_t caller = fork();
  if (caller == 0) {
    close(pipe_ends[0]);
    const auto error = error_of([&] {
      bench::Lab lab(spec, helper_program());
      const auto sleep_on = [&] {
        if (write(pipe_ends[1], "up", 2) == 2) pause();
      };
      and_sleep(lab, sleep_on);
    });
    _exit(1);
  }
  close(pipe_ends[1]);
  std::array<char, 2> up{};
  const bool is_up = read(pipe_ends[0], up.data(), up.size()) == 2;
  close(pipe_ends[0]);
  if (!is_up) throw std::runtime_error("the caller's lab did not come up");
  return caller;
}

void kill_and_wait(pid_t pid) {
  kill(pid, SIGKILL);
  waitpid(pid, nullptr, 0);
}

void just_sleep(bench::Lab&, const std::function<void()>& sleep) { sleep(); }

void nothing_stays_behind(const scenario::BenchSpec& spec, const std::vector<std::string>& programs,
                          const OnLab& on_lab = just_sleep) {
  const pid_t caller = caller_with_lab(spec, on_lab);
  const auto processes = descendants(caller);
  kill_and_wait(caller);
  if (processes.size() < 2) throw std::runtime_error("the helper was not found");
  for (const auto& program : programs) {
    if (!contains(processes, program)) throw std::runtime_error(program + " was not found");
  }
  const auto left = left_over(processes);
  if (!left.empty()) throw std::runtime_error(left.front().name + " stayed behind");
}

TEST_CASE("nothing of the router stays behind when its caller is killed", "[lab]") {
  CHECK(error_of([] { nothing_stays_behind(builtin("nftables"), {}); }) == "");
}

TEST_CASE("no program of Open vSwitch stays behind when its caller is killed", "[lab]") {
  const std::vector<std::string> programs{"ovsdb-server", "ovs-vswitchd"};
  CHECK(error_of([&] { nothing_stays_behind(builtin("openvswitch"), programs); }) == "");
}

TEST_CASE("no program at an end stays behind when its caller is killed, nor a daemon that it made", "[lab]") {
  const auto with_program = [](bench::Lab& lab, const std::function<void()>& sleep) {
    scenario::Program program;
    program.command = {"sh", "-c",
                       "setsid tail -f /dev/null &\n"
                       "exec python3 -I -S -c 'import socket; socket.create_server((\"\", {port})).accept()'"};
    const auto running = lab.start(scenario::Party::Server, program, {{"port", "80"}});
    sleep();
  };
  CHECK(error_of([&] { nothing_stays_behind(builtin("nftables"), {"tail", "python3"}, with_program); }) == "");
}

TEST_CASE("no proxy stays behind when its caller is killed, nor what it had in shared memory", "[lab]") {
  const auto shared_memory = [] {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator("/dev/shm")) names.insert(entry.path().filename());
    return names;
  };
  const auto before = shared_memory();
  CHECK(error_of([&] { nothing_stays_behind(builtin("squid"), {"squid"}); }) == "");
  for (const auto& name : shared_memory()) CHECK((before.contains(name) || !name.starts_with("squid")));
}

TEST_CASE("nor does anything when the caller is an ordinary user", "[lab]") {
  const auto router = builtin("nftables");
  const auto bridge = builtin("openvswitch");
  const auto error = as_ordinary_user([&] {
    nothing_stays_behind(router, {});
    nothing_stays_behind(bridge, {"ovsdb-server", "ovs-vswitchd"});
  });
  CHECK(error == "");
}

TEST_CASE("a daemon that left its session and its parent ends with the bench", "[lab]") {
  auto spec = process_bench();
  spec.device.processes = {
      {{"sh", "-c", "setsid sh -c 'touch there; while :; do sleep 0.05; done' & exit 0"}, false, "", ""},
      {{"sh", "-c", "while ! test -e there; do sleep 0.01; done"}, false, "", ""}};
  CHECK(error_of([&] { nothing_stays_behind(spec, {"sh"}); }) == "");
}

TEST_CASE("the destructor waits until all is gone", "[lab]") {
  auto lab = std::make_unique<bench::Lab>(builtin("openvswitch"), helper_program());
  const auto processes = descendants(getpid());
  CHECK(contains(processes, "ovs-vswitchd"));
  lab.reset();
  for (const auto& process : descendants(getpid())) FAIL(process.name);
}

TEST_CASE("a copy of the caller that lives on does not keep the lab", "[lab]") {
  const pid_t caller = fork();
  if (caller == 0) {
    const auto error = error_of([] {
      bench::Lab lab(builtin("nftables"), helper_program());
      const pid_t copy = fork();
      if (copy == 0) sleep(20);
      if (copy == 0) _exit(0);
      pause();
    });
    _exit(1);
  }
  std::vector<Process> processes;
  for (int attempt = 0; attempt < 500 && processes.size() < 3; ++attempt) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    processes = descendants(caller);
  }
  REQUIRE(processes.size() >= 3);
  kill_and_wait(caller);
  std::vector<Process> helpers;
  std::ranges::copy_if(processes, std::back_inserter(helpers), [](const auto& p) { return p.name == "twinwire-lab"; });
  CHECK(helpers.size() == 2);
  CHECK(left_over(helpers).empty());
  for (const auto& process : processes) {
    if (process.name != "twinwire-lab") kill(process.pid, SIGKILL);
  }
}

TEST_CASE("when the helper is killed its children end and the caller is told", "[lab]") {
  bench::Lab lab(builtin("openvswitch"), helper_program());
  const auto processes = descendants(getpid());
  for (const auto& process : processes) {
    if (process.parent == getpid()) kill(process.pid, SIGKILL);
  }
  CHECK(left_over(processes).empty());
  CHECK_THAT(error_of([&] { lab.check_health(); }), ContainsSubstring("Killed"));
}

}  // namespace
}  // namespace twinwire::test
