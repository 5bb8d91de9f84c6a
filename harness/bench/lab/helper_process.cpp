// SPDX-License-Identifier: Apache-2.0
// posix_spawn(3) starts the helper without the caller ever running code of its own between fork and exec, which a
// threaded caller may not do. The helper gets one end of a socket pair as descriptor 3 and nothing else but the
// standard three; it leads a session of its own, so that an interrupt typed at the terminal reaches the caller only,
// who then ends it in order.
#include "harness/bench/lab/helper_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <system_error>

#include "harness/bench/lab/installation.hpp"
#include "harness/bench/lab/search_path.hpp"

extern char** environ;

namespace twinwire::bench {
namespace {

constexpr int helper_socket = 3;

struct FileActions {
  posix_spawn_file_actions_t actions{};
  FileActions() { posix_spawn_file_actions_init(&actions); }
  ~FileActions() { posix_spawn_file_actions_destroy(&actions); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
};

struct Attributes {
  posix_spawnattr_t attributes{};
  Attributes() {
    posix_spawnattr_init(&attributes);
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
  }
  ~Attributes() { posix_spawnattr_destroy(&attributes); }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
};

pid_t start(const std::filesystem::path& program, int socket) {
  FileActions files;
  posix_spawn_file_actions_addopen(&files.actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  // Results go to the caller's standard output, so nothing of the helper may.
  posix_spawn_file_actions_adddup2(&files.actions, STDERR_FILENO, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&files.actions, socket, helper_socket);
  posix_spawn_file_actions_addclosefrom_np(&files.actions, helper_socket + 1);
  const Attributes attributes;
  std::string name = program.string();
  std::array<char*, 2> arguments{name.data(), nullptr};
  pid_t pid = -1;
  const int error = posix_spawn(&pid, name.c_str(), &files.actions, &attributes.attributes, arguments.data(), environ);
  if (error != 0) throw std::system_error(error, std::generic_category(), "starting " + name);
  return pid;
}

bool is_executable(const std::filesystem::path& file) {
  return !file.empty() && find_program(file.string()).has_value();
}

}  // namespace

std::optional<std::filesystem::path> find_helper(const std::filesystem::path& fallback) {
  if (const char* named = std::getenv("TWINWIRE_LAB"); named != nullptr && *named != '\0') {
    return is_executable(named) ? std::optional<std::filesystem::path>(named) : std::nullopt;
  }
  std::error_code unreadable;
  const auto folder = own_folder(unreadable);
  const auto prefix = installation(unreadable);
  for (const auto& file : {folder / "twinwire-lab", prefix / "libexec/twinwire/twinwire-lab", fallback}) {
    if (is_executable(file)) return file;
  }
  return std::nullopt;
}

HelperProcess::HelperProcess(const std::filesystem::path& program) : channel_(Descriptor{}) {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) < 0) {
    throw std::system_error(errno, std::generic_category(), "making a socket pair");
  }
  channel_ = Channel(Descriptor(ends[0]));
  const Descriptor theirs(ends[1]);
  pid_ = start(program, theirs.get());
}

HelperProcess::~HelperProcess() {
  channel_.close();
  describe_end();
}

std::string HelperProcess::describe_end() {
  if (pid_ < 0) return "ended";
  int status = 0;
  pid_t waited = 0;
  while ((waited = waitpid(pid_, &status, 0)) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  // A caller that ignores SIGCHLD has no status to read.
  if (waited < 0) return "ended";
  if (WIFSIGNALED(status)) return std::string("was ended by the signal ") + strsignal(WTERMSIG(status));
  return "ended with status " + std::to_string(WEXITSTATUS(status));
}

}  // namespace twinwire::bench
