// SPDX-License-Identifier: Apache-2.0
// What the user's own Python code raised where its caller is the harness and not Python: in a device, in a callback.
// The first such exception is kept; the walk is told to end as it is on Ctrl-C, and the call that began it raises that
// very exception, with the traceback that it has.
#pragma once

#include <exception>
#include <utility>

namespace twinwire::bindings {

/// One for each bench, shared with everything that calls Python for it. Used by the thread that uses the bench.
class Fault {
 public:
  /// Whether an exception waits to be raised; nothing of the user's is called as long as one does.
  bool happened() const { return first_ != nullptr; }
  /// Called while an exception is handled: keeps it, unless another one waits already.
  void keep() noexcept {
    if (!first_) first_ = std::current_exception();
  }
  /// Throws the exception that waits, if one does; it then waits no more.
  void raise_if_happened() {
    if (first_) std::rethrow_exception(std::exchange(first_, nullptr));
  }
  /// What was raised to the caller at once waits no more: an exception of Python can be raised only once.
  void clear() { first_ = nullptr; }

 private:
  std::exception_ptr first_;
};

}  // namespace twinwire::bindings
