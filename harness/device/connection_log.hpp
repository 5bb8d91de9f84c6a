// SPDX-License-Identifier: Apache-2.0
// What a device writes about connections, until somebody asks for it.
#pragma once

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "generator/wire/address.hpp"

namespace twinwire::device {

class ConnectionLog {
 public:
  static constexpr std::size_t most_lines = 4096;  // where nobody asks for them, the oldest go

  void write(const wire::FourTuple& tuple, std::string line);
  /// The lines of one connection, which are gone then.
  std::vector<std::string> take(const wire::FourTuple& tuple);

 private:
  std::deque<std::pair<wire::FourTuple, std::string>> lines_;
};

}  // namespace twinwire::device
