// SPDX-License-Identifier: Apache-2.0
// As the first process of its PID namespace the helper gets every orphan of a daemon for a child, so all that have
// ended are reaped, whoever they are, and only those that were started here are remembered. Waiting is waiting for
// SIGCHLD with a limit; while a program becomes ready, which no signal tells, it is looked at every millisecond.
#include "harness/bench/lab/helper/processes.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <deque>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>

#include "harness/bench/lab/descriptor.hpp"

extern char** environ;

namespace twinwire::bench {
namespace {

/// How long a program may take to end, or to be ready.
constexpr std::chrono::seconds patience{10};
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

void replace_all(std::string& text, const std::string& word, const std::string& by) {
  for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + by.size())) {
    text.replace(at, word.size(), by);
  }
}

std::string quoted(const std::vector<std::string>& command) {
  std::string text;
  for (const auto& word : command) text += (text.empty() ? "" : " ") + word;
  return "\"" + text + "\"";
}

std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Why, in the program's own words.
std::string last_lines(const std::filesystem::path& log) {
  std::istringstream in(text_of(log));
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

std::string describe_status(int status) {
  if (WIFSIGNALED(status)) return std::string("was ended by the signal ") + strsignal(WTERMSIG(status));
  return "ended with status " + std::to_string(WEXITSTATUS(status));
}

bool ended_well(int status) { return WIFEXITED(status) && WEXITSTATUS(status) == 0; }

/// A file is enough; a UNIX socket must also have somebody who listens.
bool is_there(const std::filesystem::path& path) {
  std::error_code absent;
  const auto status = std::filesystem::status(path, absent);
  if (!std::filesystem::exists(status)) return false;
  if (!std::filesystem::is_socket(status)) return true;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  const Descriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int refused = connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  return refused == 0 || errno != ECONNREFUSED;
}

/// What posix_spawn(3) needs so that output goes to `log` and no signal stays blocked.
class SpawnSettings {
 public:
  explicit SpawnSettings(const std::filesystem::path& log) {
    posix_spawn_file_actions_init(&files_);
    posix_spawn_file_actions_addopen(&files_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files_, STDOUT_FILENO, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
    posix_spawn_file_actions_adddup2(&files_, STDOUT_FILENO, STDERR_FILENO);
    posix_spawnattr_init(&attributes_);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK);
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

Processes::Processes(std::filesystem::path directory) : directory_(std::move(directory)) {
  const sigset_t set = child_signal();
  sigprocmask(SIG_BLOCK, &set, nullptr);
}

void Processes::write_files(const std::map<std::string, std::string>& files) const {
  for (const auto& [name, text] : files) {
    const auto path = directory_ / name;
    std::error_code failed;
    std::filesystem::create_directories(path.parent_path(), failed);
    std::ofstream out(path);
    out << in_directory(text) << std::flush;
    if (!out) throw std::runtime_error("the device's file " + name + " cannot be written: " + std::strerror(errno));
  }
}

void Processes::start(const scenario::ProcessSpec& process) {
  if (!process.stays) return run(process.command);
  Child& child = spawn(process.command);
  child.stays = true;
  wait_until_ready(child, process);
}

void Processes::run(const std::vector<std::string>& command) {
  Child& child = spawn(command);
  wait_for_end(child);
  children_.remove_if([](const Child& one) { return one.status && !one.stays; });
}

void Processes::check_health() {
  reap();
  for (const auto& child : children_) {
    if (!child.stays || !child.status) continue;
    throw std::runtime_error("the device's program " + child.command + " " + describe_status(*child.status) +
                             " while it was needed; " + last_lines(child.log));
  }
}

Processes::Child& Processes::spawn(const std::vector<std::string>& command) {
  std::vector<std::string> words;
  for (const auto& word : command) words.push_back(in_directory(word));
  if (words.empty()) throw std::runtime_error("a command of the device is empty");
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);

  Child child{quoted(words), directory_ / ("output-" + std::to_string(++started_)), -1, false, std::nullopt};
  const SpawnSettings settings(child.log);
  const int error =
      posix_spawnp(&child.pid, arguments[0], settings.files(), settings.attributes(), arguments.data(), environ);
  if (error != 0) {
    throw std::runtime_error("the device's program " + child.command + " cannot be started: " + std::strerror(error));
  }
  children_.push_back(std::move(child));
  return children_.back();
}

void Processes::reap() {
  int status = 0;
  for (pid_t pid = 0; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
    for (auto& child : children_) {
      if (child.pid == pid) child.status = status;
    }
  }
}

void Processes::wait_for_end(Child& child) {
  const Deadline deadline = std::chrono::steady_clock::now() + patience;
  for (reap(); !child.status; reap()) {
    const auto left = deadline - std::chrono::steady_clock::now();
    if (left <= std::chrono::nanoseconds::zero()) {
      kill(child.pid, SIGKILL);
      throw std::runtime_error("the device's command " + child.command + " had not ended after " +
                               std::to_string(patience.count()) + " seconds; " + last_lines(child.log));
    }
    wait_for_child(left);
  }
  if (ended_well(*child.status)) return;
  const std::string reason = describe_status(*child.status) + "; " + last_lines(child.log);
  throw std::runtime_error("the device's command " + child.command + " " + reason);
}

void Processes::wait_until_ready(Child& child, const scenario::ProcessSpec& process) {
  const std::string path = in_directory(process.ready_path);
  const auto ready = [&] {
    if (!path.empty() && !is_there(directory_ / path)) return false;
    return process.ready_text.empty() || text_of(child.log).find(process.ready_text) != std::string::npos;
  };
  const Deadline deadline = std::chrono::steady_clock::now() + patience;
  while (!ready()) {
    reap();
    if (child.status) {
      throw std::runtime_error("the device's program " + child.command + " " + describe_status(*child.status) +
                               " before it was ready; " + last_lines(child.log));
    }
    if (std::chrono::steady_clock::now() >= deadline) {
      throw std::runtime_error("the device's program " + child.command + " was not ready after " +
                               std::to_string(patience.count()) + " seconds; " + last_lines(child.log));
    }
    wait_for_child(look_again);
  }
}

std::string Processes::in_directory(std::string text) const {
  replace_all(text, "{dir}", directory_.string());
  return text;
}

}  // namespace twinwire::bench
