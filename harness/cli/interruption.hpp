// SPDX-License-Identifier: Apache-2.0
// Ctrl-C and SIGTERM ask the run to end; a second one ends the program at once, as if nobody had asked.
#pragma once

namespace twinwire::cli {

/// Watches while it lives. Only one may live at a time.
class Interruption {
 public:
  Interruption();
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  bool requested() const;
};

}  // namespace twinwire::cli
