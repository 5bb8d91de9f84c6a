// SPDX-License-Identifier: Apache-2.0
// What keeps a bench from being had or changed.
#pragma once

#include <stdexcept>

namespace twinwire::bench {

/// The bench could not be had: a full sentence with what to do about it. Says nothing about the device.
class BenchError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A signal came while something was waited for: the run is to end.
class Interrupted : public BenchError {
 public:
  using BenchError::BenchError;
};

}  // namespace twinwire::bench
