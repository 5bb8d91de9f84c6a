// SPDX-License-Identifier: Apache-2.0
// The signal handler sets one flag; SA_RESETHAND puts the default action back, so the next signal kills. Without
// SA_RESTART a wait that is under way returns and the flag is seen soon.
#include "harness/cli/interruption.hpp"

#include <array>
#include <csignal>

namespace twinwire::cli {
namespace {

constexpr std::array watched{SIGINT, SIGTERM};

volatile std::sig_atomic_t signal_seen = 0;

extern "C" void note_signal(int) { signal_seen = 1; }

void set_handler(int signal, void (*handler)(int), int flags) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = flags;
  sigaction(signal, &action, nullptr);
}

}  // namespace

Interruption::Interruption() {
  signal_seen = 0;
  for (const int signal : watched) set_handler(signal, note_signal, static_cast<int>(SA_RESETHAND));
}

Interruption::~Interruption() {
  for (const int signal : watched) set_handler(signal, SIG_DFL, 0);
}

bool Interruption::requested() const { return signal_seen != 0; }

}  // namespace twinwire::cli
