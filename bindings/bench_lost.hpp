// SPDX-License-Identifier: Apache-2.0
// A bench that went away while cells were walked on it.
#pragma once

#include <utility>
#include <vector>

#include "bindings/record.hpp"
#include "harness/bench/bench.hpp"

namespace twinwire::bindings {

class BenchLost : public bench::BenchError {
 public:
  BenchLost(const std::string& why, std::vector<RecordPointer> records)
      : BenchError(why), records_(std::move(records)) {}
  /// Of the cells that were over by then.
  const std::vector<RecordPointer>& records() const { return records_; }

 private:
  std::vector<RecordPointer> records_;
};

}  // namespace twinwire::bindings
