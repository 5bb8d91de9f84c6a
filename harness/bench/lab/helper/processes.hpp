// SPDX-License-Identifier: Apache-2.0
// The programs of a device. They run in the namespaces of the helper, in the device's private directory, with their
// output in files there, and cannot outlive the first process of the PID namespace, which the user of this class is.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "harness/scenario/bench_spec.hpp"

namespace twinwire::bench {

class Processes {
 public:
  /// Blocks SIGCHLD, by which it waits. `directory` must be the current one.
  explicit Processes(std::filesystem::path directory);

  void write_files(const std::map<std::string, std::string>& files) const;
  /// Starts one program; returns when it has ended well, or is ready if it is one that stays. Throws
  /// std::runtime_error.
  void start(const scenario::ProcessSpec& process);
  /// Runs one program to its end, which must be a good one. Throws std::runtime_error.
  void run(const std::vector<std::string>& command);
  /// Throws std::runtime_error if a program that should stay has ended.
  void check_health();

 private:
  struct Child {
    std::string command;
    std::filesystem::path log;
    pid_t pid = -1;
    bool stays = false;
    std::optional<int> status;
  };
  using Deadline = std::chrono::steady_clock::time_point;

  Child& spawn(const std::vector<std::string>& command);
  void reap();
  void wait_for_end(Child& child);
  void wait_until_ready(Child& child, const scenario::ProcessSpec& process);
  std::string in_directory(std::string text) const;

  std::filesystem::path directory_;
  std::list<Child> children_;
  int started_ = 0;
};

}  // namespace twinwire::bench
