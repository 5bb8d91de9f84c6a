// SPDX-License-Identifier: Apache-2.0
// One queue for all connections, in the order of writing.
#include "harness/device/connection_log.hpp"

namespace twinwire::device {

void ConnectionLog::write(const wire::FourTuple& tuple, std::string line) {
  if (lines_.size() == most_lines) lines_.pop_front();
  lines_.emplace_back(tuple, std::move(line));
}

std::vector<std::string> ConnectionLog::take(const wire::FourTuple& tuple) {
  std::vector<std::string> taken;
  for (auto& line : lines_) {
    if (line.first == tuple) taken.push_back(std::move(line.second));
  }
  std::erase_if(lines_, [&](const auto& line) { return line.first == tuple; });
  return taken;
}

}  // namespace twinwire::device
