// SPDX-License-Identifier: Apache-2.0
// The program gets a process group of its own, so that what it starts can be ended with it, and one pipe for both of
// its output streams. It is over when it has ended: what it left running may hold the pipe for ever.
#include "harness/bench/hook.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <optional>
#include <system_error>

#include "generator/time/timeline.hpp"
#include "harness/bench/bench_error.hpp"

namespace twinwire::bench {
namespace {

constexpr int look_every_ms = 20;
constexpr std::size_t kept_output = 2000;

class Hook {
 public:
  explicit Hook(const std::vector<std::string>& command) : name_(command.front()) {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) throw BenchError("no pipe could be had for " + name_);
    output_ = ends[0];
    fcntl(output_, F_SETFL, O_NONBLOCK);  // our end only: a program does not expect that its output is refused
    const int error = spawn(command, ends[1]);
    close(ends[1]);
    if (error == 0) return;
    close(output_);
    throw BenchError("the program " + name_ + " could not be started: " + std::generic_category().message(error));
  }
  ~Hook() {
    close(output_);
    if (status_) return;
    kill(-process_, SIGKILL);
    while (waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  Hook(const Hook&) = delete;
  Hook& operator=(const Hook&) = delete;

  void await(time::Duration patience) {
    const auto clock = time::make_real_timeline();
    const time::Instant deadline = clock->now() + patience;
    while (!ended()) {
      if (clock->now() >= deadline) {
        const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(patience).count();
        fail("did not end within " + std::to_string(seconds) + " s");
      }
      pollfd readable{output_, POLLIN, 0};
      if (poll(&readable, 1, look_every_ms) < 0 && errno == EINTR) throw Interrupted(name_ + " was interrupted");
      take_output();
      if ((readable.revents & POLLHUP) != 0) poll(nullptr, 0, look_every_ms);
    }
    take_output();
    if (WIFSIGNALED(*status_)) fail("was ended by signal " + std::to_string(WTERMSIG(*status_)));
    if (WEXITSTATUS(*status_) != 0) fail("ended with status " + std::to_string(WEXITSTATUS(*status_)));
  }

 private:
  int spawn(const std::vector<std::string>& command, int output) {
    std::vector<char*> arguments;
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): the program gets a copy
    for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions{};
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
    posix_spawnattr_t attributes{};
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    const int error = posix_spawnp(&process_, arguments[0], &actions, &attributes, arguments.data(), environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return error;
  }

  bool ended() {
    int status = 0;
    if (waitpid(process_, &status, WNOHANG) == process_) status_ = status;
    return status_.has_value();
  }

  void take_output() {
    std::array<char, 4096> octets{};
    for (ssize_t count = 0; (count = read(output_, octets.data(), octets.size())) > 0;) {
      said_.append(octets.data(), static_cast<std::size_t>(count));
      if (said_.size() > kept_output) said_.erase(0, said_.size() - kept_output);
    }
  }

  [[noreturn]] void fail(const std::string& how) const {
    throw BenchError("the program " + name_ + " " + how + (said_.empty() ? ", and printed nothing" : ": " + said_));
  }

  std::string name_;
  pid_t process_ = 0;
  int output_ = -1;
  std::optional<int> status_;
  std::string said_;
};

}  // namespace

void run_hook(const std::vector<std::string>& command, time::Duration patience) { Hook(command).await(patience); }

}  // namespace twinwire::bench
