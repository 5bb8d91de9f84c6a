// SPDX-License-Identifier: Apache-2.0
// When which connection of a device wants to be called.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <utility>

#include "generator/time/instant.hpp"
#include "generator/wire/address.hpp"

namespace twinwire::device {

/// One deadline of each connection at most.
class Deadlines {
 public:
  /// In the place of the one that there was; nothing: it has none any more.
  void set(const wire::FourTuple& connection, std::optional<time::Instant> due) {
    const auto known = of_.find(connection);
    if (known != of_.end()) in_order_.erase({known->second, connection});
    if (known != of_.end()) of_.erase(known);
    if (!due) return;
    of_.emplace(connection, *due);
    in_order_.emplace(*due, connection);
  }
  bool has(const wire::FourTuple& connection) const { return of_.contains(connection); }
  std::optional<time::Instant> next() const {
    return in_order_.empty() ? std::nullopt : std::optional(in_order_.begin()->first);
  }
  /// The connection whose deadline comes first, if it has come; it stays until it is set anew.
  std::optional<wire::FourTuple> due(time::Instant now) const {
    const auto first = in_order_.begin();
    return first == in_order_.end() || first->first > now ? std::nullopt : std::optional(first->second);
  }

 private:
  std::map<wire::FourTuple, time::Instant> of_;
  std::set<std::pair<time::Instant, wire::FourTuple>> in_order_;
};

}  // namespace twinwire::device
