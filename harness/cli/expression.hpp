// SPDX-License-Identifier: Apache-2.0
// `-k`: words joined by `and`, `or`, `not` and brackets, as pytest has it. A word holds where it occurs in one of the
// texts, whatever its case.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace twinwire::cli {

class Expression {
 public:
  /// Throws UsageError if the text is no expression. An empty text matches everything.
  explicit Expression(std::string_view text);
  bool matches(const std::vector<std::string>& texts) const;

  struct Node;

 private:
  std::shared_ptr<const Node> root_;
};

}  // namespace twinwire::cli
