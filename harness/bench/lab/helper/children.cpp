// SPDX-License-Identifier: Apache-2.0
// As the first process of its PID namespace the helper gets every orphan of a daemon for a child, so all that have
// ended are reaped, whoever they are, and only those that were started here are remembered. Waiting is waiting for
// SIGCHLD with a limit; while a program becomes ready, which no signal tells, it is looked at every millisecond. To run
// as another user a program is started through setpriv(1), which every Debian has.
#include "harness/bench/lab/helper/children.hpp"

#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>

extern char** environ;

namespace twinwire::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds look_again{1};

sigset_t child_signal() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  return set;
}

/// Returns when a child has ended or the time is over.
void wait_for_child(std::chrono::nanoseconds at_most) {
  const sigset_t set = child_signal();
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(at_most);
  const timespec limit{seconds.count(), (at_most - seconds).count()};
  (void)sigtimedwait(&set, nullptr, &limit);
}

std::string quoted(const std::vector<std::string>& command) {
  std::string text;
  for (const auto& word : command) text += (text.empty() ? "" : " ") + word;
  return "\"" + text + "\"";
}

/// Whether a user or group id exists in our user namespace, by its map: first id inside, first outside, how many.
bool is_mapped(const char* map, std::uint64_t id) {
  std::ifstream in(map);
  for (std::uint64_t inside = 0, outside = 0, count = 0; in >> inside >> outside >> count;) {
    if (id >= inside && id - inside < count) return true;
  }
  return false;
}

/// The command that runs `command` as that user where root may do so, else `command` itself.
std::vector<std::string> as_user(std::vector<std::string> command, const std::string& user) {
  if (user.empty() || geteuid() != 0) return command;
  const passwd* entry = getpwnam(user.c_str());
  if (entry == nullptr) {
    throw std::runtime_error("the program " + quoted(command) + " should run as the user \"" + user +
                             "\", whom this machine does not have");
  }
  if (!is_mapped("/proc/self/uid_map", entry->pw_uid) || !is_mapped("/proc/self/gid_map", entry->pw_gid)) {
    return command;
  }
  const std::string uid = std::to_string(entry->pw_uid);
  const std::string gid = std::to_string(entry->pw_gid);
  command.insert(command.begin(), {"setpriv", "--reuid=" + uid, "--regid=" + gid, "--init-groups", "--"});
  return command;
}

/// What posix_spawn(3) needs so that output goes to `log`, no signal stays blocked, and the program leads a group.
class SpawnSettings {
 public:
  SpawnSettings(const std::filesystem::path& log, const std::filesystem::path& directory) {
    posix_spawn_file_actions_init(&files_);
    posix_spawn_file_actions_addopen(&files_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files_, STDOUT_FILENO, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
    posix_spawn_file_actions_adddup2(&files_, STDOUT_FILENO, STDERR_FILENO);
    posix_spawn_file_actions_addchdir_np(&files_, directory.c_str());
    posix_spawnattr_init(&attributes_);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSID);
  }
  ~SpawnSettings() {
    posix_spawn_file_actions_destroy(&files_);
    posix_spawnattr_destroy(&attributes_);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;
  const posix_spawn_file_actions_t* files() const { return &files_; }
  const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t files_{};
  posix_spawnattr_t attributes_{};
};

}  // namespace

Children::Children(std::filesystem::path logs) : logs_(std::move(logs)) {
  const sigset_t set = child_signal();
  sigprocmask(SIG_BLOCK, &set, nullptr);
}

Child& Children::spawn(const Launch& launch) {
  if (launch.command.empty()) throw std::runtime_error("a command is empty");
  auto words = as_user(launch.command, launch.user);
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);

  Child child{quoted(launch.command), logs_ / ("output-" + std::to_string(++started_)), -1, std::nullopt};
  const SpawnSettings settings(child.log, launch.directory);
  const int error =
      posix_spawnp(&child.pid, arguments[0], settings.files(), settings.attributes(), arguments.data(), environ);
  if (error != 0) {
    throw std::runtime_error("the program " + child.command + " cannot be started: " + std::strerror(error));
  }
  return children_.emplace_back(std::move(child));
}

void Children::reap() {
  int status = 0;
  for (pid_t pid = 0; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
    for (auto& child : children_) {
      if (child.pid == pid) child.status = status;
    }
  }
}

void Children::pause() {
  wait_for_child(look_again);
  reap();
}

Children::Waited Children::wait(const Child& child, std::chrono::milliseconds patience, const Ready& ready) {
  const auto deadline = Clock::now() + patience;
  for (;;) {
    if (ready && ready()) return Waited::Ready;
    reap();
    if (child.status) return Waited::Ended;
    const auto left = deadline - Clock::now();
    if (left <= Clock::duration::zero()) return Waited::TooLong;
    wait_for_child(ready ? std::min<std::chrono::nanoseconds>(left, look_again) : left);
  }
}

void Children::forget(const Child& child) {
  std::error_code absent;
  std::filesystem::remove(child.log, absent);
  children_.remove_if([&child](const Child& one) { return &one == &child; });
}

bool ended_well(const Child& child) {
  return child.status && WIFEXITED(*child.status) && WEXITSTATUS(*child.status) == 0;
}

std::string describe_end(const Child& child) {
  const int status = child.status.value_or(0);
  if (WIFSIGNALED(status)) return std::string("was ended by the signal ") + strsignal(WTERMSIG(status));
  return "ended with status " + std::to_string(WEXITSTATUS(status));
}

std::string last_lines(const Child& child) {
  std::istringstream in(text_of(child.log));
  std::deque<std::string> lines;
  for (std::string line; std::getline(in, line);) {
    constexpr std::size_t enough = 5;
    if (!line.empty()) lines.push_back(line);
    if (lines.size() > enough) lines.pop_front();
  }
  if (lines.empty()) return "it printed nothing";
  std::string text = "its last lines were:";
  for (const auto& line : lines) text += "\n  " + line;
  return text;
}

std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

void replace_all(std::string& text, const std::string& word, const std::string& by) {
  for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + by.size())) {
    text.replace(at, word.size(), by);
  }
}

void write_file(const std::filesystem::path& file, const std::string& text) {
  std::error_code failed;
  std::filesystem::create_directories(file.parent_path(), failed);
  std::ofstream out(file);
  out << text << std::flush;
  if (!out) throw std::runtime_error("the file " + file.string() + " cannot be written: " + std::strerror(errno));
}

}  // namespace twinwire::bench
