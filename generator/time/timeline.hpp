// SPDX-License-Identifier: Apache-2.0
// Where time comes from. A simulated timeline jumps from one planned event to the next; a real one waits for the clock,
// and for whatever else its io_context has to do. Code that is given a Timeline need not know which it is, unless it
// deals with a library that reads the machine's clock for itself.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "generator/time/instant.hpp"

namespace boost::asio {
class io_context;
}

namespace twinwire::time {

/// Names a planned call, so that it can be cancelled; 0 names none.
using TimerId = std::uint64_t;

class Timeline {
 public:
  virtual ~Timeline() = default;
  virtual Instant now() const = 0;
  /// Whether its time is apart from the machine's.
  virtual bool simulated() const = 0;
  /// Calls `wake` once at `when`, or at once if that is past. Calls planned for the same instant come in the order
  /// planned.
  virtual TimerId at(Instant when, std::function<void()> wake) = 0;
  /// Does nothing if the call was made already.
  virtual void cancel(TimerId timer) = 0;
  /// Where coroutines of the run and descriptors are served.
  virtual boost::asio::io_context& context() = 0;
  /// Serves events until `finished` says true or, on a simulated timeline, nothing is left to happen.
  virtual void run(const std::function<bool()>& finished) = 0;
};

/// Starts at zero; an hour passes in the time it takes to make the calls.
std::unique_ptr<Timeline> make_simulated_timeline();
/// Starts at zero now, on the monotonic clock.
std::unique_ptr<Timeline> make_real_timeline();

/// How far into its present second the machine's clock is, by which libraries date things. Nothing of our own goes by
/// it.
Duration into_second();

}  // namespace twinwire::time
