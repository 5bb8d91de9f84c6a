// SPDX-License-Identifier: Apache-2.0
// The helper process as the caller sees it: found, started, talked to, ended.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>

#include "harness/bench/lab/channel.hpp"

namespace twinwire::bench {

/// Where `twinwire-lab` is: what TWINWIRE_LAB names, else beside the running program, else in ../libexec/twinwire from
/// there, else `fallback`. Nothing if none of these is an executable file.
std::optional<std::filesystem::path> find_helper(const std::filesystem::path& fallback);

class HelperProcess {
 public:
  /// Throws std::system_error if it cannot be started.
  explicit HelperProcess(const std::filesystem::path& program);
  /// Ends it, and with it all that it made; waits for that.
  ~HelperProcess();
  HelperProcess(const HelperProcess&) = delete;
  HelperProcess& operator=(const HelperProcess&) = delete;

  Channel& channel() { return channel_; }
  /// Waits for its end and says in words how it ended.
  std::string describe_end();

 private:
  Channel channel_;
  pid_t pid_ = -1;
};

}  // namespace twinwire::bench
