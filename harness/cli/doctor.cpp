// SPDX-License-Identifier: Apache-2.0
// What matters is not what a kernel claims but what happens, so every built-in bench is really brought up and taken
// down, and a user namespace is really made, by a child process that ends at once.
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <system_error>

#include "harness/bench/bench.hpp"
#include "harness/cli/catalogue.hpp"
#include "harness/cli/verbs.hpp"
#include "harness/cli/version.hpp"
#include "harness/report/look.hpp"
#include "harness/scenario/load.hpp"

namespace twinwire::cli {
namespace {

std::string user_namespaces() {
  const pid_t child = fork();
  if (child < 0) return "unknown: no process could be started: " + std::generic_category().message(errno);
  if (child == 0) _exit(unshare(CLONE_NEWUSER) == 0 ? 0 : (errno == 0 ? 255 : errno));
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return "yes";
  return "no: " + std::generic_category().message(WIFEXITED(status) ? WEXITSTATUS(status) : EINTR);
}

std::string bench_line(const std::string& name) {
  const auto begun = std::chrono::steady_clock::now();
  try {
    const scenario::BenchSpec spec = scenario::load_bench(find_bench(name), bench_directory());
    bench::bind(spec);
    const auto took = std::chrono::steady_clock::now() - begun;
    return "yes, up and down again in " + report::short_time(std::chrono::duration_cast<time::Duration>(took).count());
  } catch (const std::exception& why) {
    return std::string("no: ") + why.what();
  }
}

std::string padded(std::string text) {
  constexpr std::size_t width = 34;  // of the longest name of a bench
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text + " ";
}

}  // namespace

std::string doctor_text() {
  std::string out = padded("twinwire") + version + "\n";
  out += padded("root") + (geteuid() == 0 ? "yes" : "no; user namespaces serve instead") + "\n";
  out += padded("user namespaces") + user_namespaces() + "\n";
  out += padded("installed files") + share_directory().string() + "\n";
  for (const std::string& name : built_in_benches()) out += padded("bench " + name) + bench_line(name) + "\n";
  return out;
}

}  // namespace twinwire::cli
