// SPDX-License-Identifier: Apache-2.0
// A program is started from inside its end's namespace, which it inherits. It leads a session and a process group, so
// one signal ends it with its workers. A daemon that has left the group is found by its namespace, once no other
// program is there that it could belong to.
#include "harness/bench/lab/helper/programs.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>

#include "harness/bench/lab/helper/listening.hpp"

namespace twinwire::bench {
namespace {

using scenario::Party;

constexpr std::chrono::seconds patience_until_it_listens{5};
/// A killed process goes at once, unless the kernel is busy with it.
constexpr std::chrono::seconds patience_at_end{5};

Descriptor open_life(pid_t pid) {
  Descriptor life(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  if (!life) throw std::runtime_error(std::string("a program cannot be watched: ") + std::strerror(errno));
  return life;
}

std::string with_words(std::string text, const ProgramRequest& request, const std::filesystem::path& directory) {
  for (const auto& [word, by] : request.words) replace_all(text, "{" + word + "}", by);
  replace_all(text, "{dir}", directory.string());
  return text;
}

bool is_number(const std::string& text) {
  return std::ranges::all_of(text, [](unsigned char c) { return std::isdigit(c) != 0; });
}

/// Whether /proc numbers processes as we do; an old one that could not be replaced does not.
bool proc_is_ours() {
  std::error_code unreadable;
  return std::filesystem::read_symlink("/proc/self", unreadable) == std::to_string(getpid());
}

bool is_in(const std::filesystem::path& process, const struct stat& space) {
  struct stat own {};
  return stat((process / "ns/net").c_str(), &own) == 0 && own.st_ino == space.st_ino && own.st_dev == space.st_dev;
}

/// Whether there was any process in that network namespace.
bool kill_all_in(const Descriptor& space) {
  struct stat wanted {};
  if (fstat(space.get(), &wanted) != 0) return false;
  bool found = false;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (!is_number(name) || !is_in(entry.path(), wanted)) continue;
    found = true;
    (void)kill(static_cast<pid_t>(std::stol(name)), SIGKILL);
  }
  return found;
}

}  // namespace

Programs::Programs(std::filesystem::path directory, Network& network, Children& children)
    : directory_(std::move(directory)), network_(network), children_(children) {}

Programs::Started Programs::start(const ProgramRequest& request) {
  network_.let_kernel_speak(request.end, request.kernel);
  const std::uint32_t number = ++started_;
  const auto directory = directory_ / ("program-" + std::to_string(number));
  // A server may give up its privileges and still write here.
  std::filesystem::create_directories(directory);
  std::filesystem::permissions(directory, std::filesystem::perms::all | std::filesystem::perms::sticky_bit);
  write_files(request, directory);
  Launch launch{{}, directory};
  for (const auto& word : request.command) launch.command.push_back(with_words(word, request, directory));

  Program program{request.end, nullptr, directory};
  network_.at_end(request.end, [&] { program.child = &children_.spawn(launch); });
  programs_.emplace(number, program);
  try {
    Started started{number, open_life(program.child->pid),
                    Descriptor(::open(program.child->log.c_str(), O_RDONLY | O_CLOEXEC))};
    if (request.port != 0) wait_until_it_listens(program, request.port);
    return started;
  } catch (...) {
    end(number);
    throw;
  }
}

void Programs::write_files(const ProgramRequest& request, const std::filesystem::path& directory) const {
  for (const auto& [name, text] : request.files) write_file(directory / name, with_words(text, request, directory));
}

void Programs::wait_until_it_listens(const Program& program, std::uint16_t port) {
  const auto waited = children_.wait(*program.child, patience_until_it_listens, [&] {
    bool heard = false;
    network_.at_end(program.end, [&] { heard = listens(port, Listener::NotLoopback); });
    return heard;
  });
  if (waited == Children::Waited::Ready) return;
  const std::string where = "port " + std::to_string(port);
  const Child& child = *program.child;
  if (waited == Children::Waited::Ended) {
    throw std::runtime_error("the server's program " + child.command + " " + describe_end(child) +
                             " before it listened on " + where + "; " + last_lines(child));
  }
  throw std::runtime_error("the server's program " + child.command + " did not listen on " + where + " within " +
                           std::to_string(patience_until_it_listens.count()) + " seconds; " + last_lines(child));
}

std::optional<int> Programs::status(std::uint32_t number) {
  const Program& program = find(number);
  children_.reap();
  if (!program.child->status) return std::nullopt;
  const int status = *program.child->status;
  return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

void Programs::end(std::uint32_t number) {
  const Program program = find(number);
  // The group outlives its leader as long as it has a member.
  (void)kill(-program.child->pid, SIGKILL);
  (void)children_.wait(*program.child, patience_at_end);
  children_.forget(*program.child);
  programs_.erase(number);
  const bool alone =
      std::ranges::none_of(programs_, [&](const auto& other) { return other.second.end == program.end; });
  if (alone) end_all_at(program.end);
  std::error_code busy;
  std::filesystem::remove_all(program.directory, busy);
}

Programs::Program& Programs::find(std::uint32_t number) {
  const auto found = programs_.find(number);
  if (found == programs_.end()) {
    throw std::runtime_error("there is no program with the number " + std::to_string(number) + " in the lab");
  }
  return found->second;
}

void Programs::end_all_at(Party end) {
  if (!proc_is_ours()) return;
  const auto deadline = std::chrono::steady_clock::now() + patience_at_end;
  // Once more after each round: who is killed may just have started another.
  while (kill_all_in(network_.space_of(end)) && std::chrono::steady_clock::now() < deadline) children_.pause();
  children_.reap();
}

}  // namespace twinwire::bench
