// SPDX-License-Identifier: Apache-2.0
// A program that exits is waited for; one that stays is looked at until its file, its UNIX socket, its TCP port or its
// text is there, all that its bench names. What goes wrong is told with the last lines that the program printed.
#include "harness/bench/lab/helper/processes.hpp"

#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "harness/bench/lab/descriptor.hpp"
#include "harness/bench/lab/helper/listening.hpp"

namespace twinwire::bench {
namespace {

/// How long a program may take to end, or to be ready. mitmproxy needs four seconds on an idle machine, and more than
/// ten on one that is busy.
constexpr std::chrono::seconds patience{30};
/// How long a program may take to end when its own command asks it to, or SIGTERM does. The namespace ends it anyhow.
constexpr std::chrono::seconds patience_at_stop{1};
constexpr std::chrono::milliseconds patience_at_signal{200};

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

}  // namespace

Processes::Processes(std::filesystem::path directory, Children& children)
    : directory_(std::move(directory)), children_(children) {}

void Processes::write_files(const std::map<std::string, std::string>& files) const {
  for (const auto& [name, text] : files) write_file(directory_ / name, in_directory(text));
}

void Processes::start(const scenario::ProcessSpec& process) {
  if (!process.stays) return run(process.command, process.user);
  Child& child = spawn(process.command, process.user);
  staying_.push_back({&child, process.stop});
  wait_until_ready(child, process);
}

void Processes::run(const std::vector<std::string>& command, const std::string& user) {
  const Child& child = spawn(command, user);
  if (children_.wait(child, patience) == Children::Waited::TooLong) {
    kill(child.pid, SIGKILL);
    throw std::runtime_error("the device's command " + child.command + " had not ended after " +
                             std::to_string(patience.count()) + " seconds; " + last_lines(child));
  }
  if (!ended_well(child)) {
    throw std::runtime_error("the device's command " + child.command + " " + describe_end(child) + "; " +
                             last_lines(child));
  }
  children_.forget(child);
}

void Processes::check_health() {
  children_.reap();
  for (const auto& [child, stop] : staying_) {
    if (!child->status) continue;
    throw std::runtime_error("the device's program " + child->command + " " + describe_end(*child) +
                             " while it was needed; " + last_lines(*child));
  }
}

void Processes::stop() {
  for (; !staying_.empty(); staying_.pop_back()) {
    const auto& [child, command] = staying_.back();
    children_.reap();
    if (child->status) continue;
    if (command.empty()) {
      kill(child->pid, SIGTERM);
      (void)children_.wait(*child, patience_at_signal);
    } else {
      run(command);
      (void)children_.wait(*child, patience_at_stop);
    }
  }
}

Child& Processes::spawn(const std::vector<std::string>& command, const std::string& user) {
  Launch launch{{}, directory_, user};
  for (const auto& word : command) launch.command.push_back(in_directory(word));
  return children_.spawn(launch);
}

bool Processes::is_ready(const Child& child, const scenario::ProcessSpec& process) const {
  if (!process.ready_path.empty() && !is_there(directory_ / in_directory(process.ready_path))) return false;
  if (process.ready_port != 0 && !listens(process.ready_port, Listener::Any)) return false;
  return process.ready_text.empty() || text_of(child.log).find(process.ready_text) != std::string::npos;
}

void Processes::wait_until_ready(const Child& child, const scenario::ProcessSpec& process) {
  const auto waited = children_.wait(child, patience, [&] { return is_ready(child, process); });
  if (waited == Children::Waited::Ready) return;
  if (waited == Children::Waited::Ended) {
    throw std::runtime_error("the device's program " + child.command + " " + describe_end(child) +
                             " before it was ready; " + last_lines(child));
  }
  throw std::runtime_error("the device's program " + child.command + " was not ready after " +
                           std::to_string(patience.count()) + " seconds; " + last_lines(child));
}

std::string Processes::in_directory(std::string text) const {
  replace_all(text, "{dir}", directory_.string());
  return text;
}

}  // namespace twinwire::bench
