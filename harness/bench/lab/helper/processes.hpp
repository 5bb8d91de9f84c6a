// SPDX-License-Identifier: Apache-2.0
// The programs of a device. They run in the namespaces of the helper, in the device's private directory.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "harness/bench/lab/helper/children.hpp"
#include "harness/scenario/bench_spec.hpp"

namespace twinwire::bench {

class Processes {
 public:
  /// `directory` must be the current one.
  Processes(std::filesystem::path directory, Children& children);

  void write_files(const std::map<std::string, std::string>& files) const;
  /// Starts one program; returns when it has ended well, or is ready if it is one that stays. Throws
  /// std::runtime_error.
  void start(const scenario::ProcessSpec& process);
  /// Runs one program to its end, which must be a good one. Throws std::runtime_error.
  void run(const std::vector<std::string>& command, const std::string& user = {});
  /// Throws std::runtime_error if a program that should stay has ended.
  void check_health();
  /// Ends the programs that stay, the last first, each by its own command or by SIGTERM. Who does not end in time is
  /// left to the end of the namespace.
  void stop();

 private:
  struct Staying {
    Child* child = nullptr;
    std::vector<std::string> stop;
  };

  Child& spawn(const std::vector<std::string>& command, const std::string& user);
  void wait_until_ready(const Child& child, const scenario::ProcessSpec& process);
  bool is_ready(const Child& child, const scenario::ProcessSpec& process) const;
  std::string in_directory(std::string text) const;

  std::filesystem::path directory_;
  Children& children_;
  std::vector<Staying> staying_;
};

}  // namespace twinwire::bench
