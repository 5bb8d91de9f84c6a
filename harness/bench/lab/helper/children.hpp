// SPDX-License-Identifier: Apache-2.0
// The programs that the helper has started, whoever asked for them. Their output is in files, and they cannot outlive
// the first process of the PID namespace, which the user of this class is.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <list>
#include <optional>
#include <string>
#include <vector>

namespace twinwire::bench {

/// What is started, and where.
struct Launch {
  std::vector<std::string> command;
  std::filesystem::path directory;  ///< becomes its current one
  std::string user{};               ///< to become, where we may; else, and if empty, it stays what we are
};

struct Child {
  std::string command;  ///< in quotes, for messages
  std::filesystem::path log;
  pid_t pid = -1;             ///< also the number of its process group and session
  std::optional<int> status;  ///< as waitpid(2) has it
};

class Children {
 public:
  enum class Waited : std::uint8_t { Ready, Ended, TooLong };
  using Ready = std::function<bool()>;

  /// Blocks SIGCHLD, by which it waits. Output goes to files in `logs`.
  explicit Children(std::filesystem::path logs);

  /// Throws std::runtime_error if the program cannot be started. The reference stays good until forget().
  Child& spawn(const Launch& launch);
  void reap();
  /// Returns after a millisecond, or when a child has ended.
  void pause();
  /// Waits until `ready` says so, looking every millisecond, or the child has ended, or the time is over. Without
  /// `ready` the end is what is waited for.
  Waited wait(const Child& child, std::chrono::milliseconds patience, const Ready& ready = {});
  /// Its output goes with it.
  void forget(const Child& child);

 private:
  std::filesystem::path logs_;
  std::list<Child> children_;
  int started_ = 0;
};

bool ended_well(const Child& child);
/// "ended with status 1" or "was ended by the signal ..."; of a child that has ended.
std::string describe_end(const Child& child);
/// Why, in the program's own words.
std::string last_lines(const Child& child);
std::string text_of(const std::filesystem::path& file);

/// Replaces every `word` in `text`.
void replace_all(std::string& text, const std::string& word, const std::string& by);
/// Throws std::runtime_error, which names the file.
void write_file(const std::filesystem::path& file, const std::string& text);

}  // namespace twinwire::bench
