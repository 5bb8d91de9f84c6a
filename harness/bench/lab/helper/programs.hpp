// SPDX-License-Identifier: Apache-2.0
// Programs at the ends of the bench, on the stack of the kernel there.
#pragma once

#include <filesystem>
#include <map>
#include <optional>

#include "harness/bench/lab/descriptor.hpp"
#include "harness/bench/lab/helper/children.hpp"
#include "harness/bench/lab/helper/network.hpp"
#include "harness/bench/lab/protocol.hpp"

namespace twinwire::bench {

class Programs {
 public:
  struct Started {
    std::uint32_t number = 0;
    Descriptor life;    ///< readable once the program has ended
    Descriptor output;  ///< what it prints on both streams
  };

  Programs(std::filesystem::path directory, Network& network, Children& children);

  /// Returns when the program runs, and listens if it is asked to. Throws std::runtime_error.
  Started start(const ProgramRequest& request);
  /// The exit status, or minus the signal; nothing while it runs. Throws std::runtime_error for a number that is none.
  std::optional<int> status(std::uint32_t number);
  /// Ends it with all that it has started, and waits for that.
  void end(std::uint32_t number);

 private:
  struct Program {
    scenario::Party end{};
    Child* child = nullptr;
    std::filesystem::path directory;
  };

  void write_files(const ProgramRequest& request, const std::filesystem::path& directory) const;
  void wait_until_it_listens(const Program& program, std::uint16_t port);
  Program& find(std::uint32_t number);
  void end_all_at(scenario::Party end);

  std::filesystem::path directory_;
  Network& network_;
  Children& children_;
  std::map<std::uint32_t, Program> programs_;
  std::uint32_t started_ = 0;
};

}  // namespace twinwire::bench
