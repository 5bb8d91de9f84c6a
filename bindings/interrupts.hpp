// SPDX-License-Identifier: Apache-2.0
// Ctrl-C inside a call that has given the interpreter away. Python runs signal handlers in the main thread only, and
// only when it is asked to; so the walk asks now and then, with the interpreter taken back for that moment.
#pragma once

#include <cstdint>
#include <exception>
#include <memory>

#include "generator/time/timeline.hpp"

namespace twinwire::bindings {

class Interrupts {
 public:
  /// Made while the interpreter is held.
  Interrupts();
  /// A call begins; the thread that makes it holds the interpreter, and is the one that will ask.
  void begin();
  /// Whether a handler has raised an exception. Asked without the interpreter.
  bool requested();
  /// Throws what the handler raised. Called with the interpreter.
  void raise_if_requested();

 private:
  unsigned long main_thread_;
  bool asks_ = false;  ///< this is the main thread
  std::exception_ptr raised_;
  std::uint32_t asked_ = 0;
  std::unique_ptr<time::Timeline> clock_;
  time::Instant passed_on_;  ///< when a question was last passed on to Python
};

}  // namespace twinwire::bindings
