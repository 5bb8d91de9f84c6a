// SPDX-License-Identifier: Apache-2.0
// What a line of the ladder may refer to: the values of [script.values], and labels, which are noted here as they are
// met and checked when the whole ladder is known.
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "harness/scenario/document.hpp"
#include "harness/scenario/mistake.hpp"

namespace twinwire::scenario {

/// Why a label is named, which decides what kind of line may carry it.
enum class LabelRole : std::uint8_t { Field, Again, Guard, Moment, Session };

struct LabelUse {
  std::string label;
  LabelRole role{};
  Span where;
};

class Scope {
 public:
  /// `values` may be null; it and `used` must outlive the scope.
  Scope(const Node* values, std::set<std::string>& used) : values_(values), used_(used) {}

  /// The value of this name, now known to be used; null if there is none.
  const Node* value(const std::string& name) const;
  Words value_names() const;

  void use_label(LabelUse use) { uses_.push_back(std::move(use)); }
  std::vector<LabelUse> take_label_uses() { return std::exchange(uses_, {}); }

 private:
  const Node* values_;
  std::set<std::string>& used_;
  std::vector<LabelUse> uses_;
};

}  // namespace twinwire::scenario
