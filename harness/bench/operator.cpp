// SPDX-License-Identifier: Apache-2.0
// The terminal is opened by its own name, so that it is found where the standard streams lead elsewhere. What was typed
// before the question is thrown away: it was no answer to it. A signal that asks the run to end is held back until the
// wait begins, so that none is lost between the question and the wait, and ends it.
#include "harness/bench/operator.hpp"

#include <fcntl.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

namespace twinwire::bench {
namespace {

class Terminal {
 public:
  Terminal() : own_(open("/dev/tty", O_RDWR | O_CLOEXEC)) {}
  ~Terminal() {
    if (own_ >= 0) close(own_);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  /// -1 where there is none.
  int descriptor() const {
    if (own_ >= 0) return own_;
    return isatty(STDIN_FILENO) == 1 ? STDIN_FILENO : -1;
  }

 private:
  int own_;
};

/// Holds back the signals that end a run while it lives.
class SignalsHeld {
 public:
  SignalsHeld() {
    sigset_t held{};
    sigemptyset(&held);
    sigaddset(&held, SIGINT);
    sigaddset(&held, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &held, &before_);
  }
  ~SignalsHeld() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsHeld(const SignalsHeld&) = delete;
  SignalsHeld& operator=(const SignalsHeld&) = delete;
  const sigset_t& before() const { return before_; }

 private:
  sigset_t before_{};
};

void say(const std::string& text) {
  std::size_t said = 0;
  while (said < text.size()) {
    const ssize_t count = write(STDERR_FILENO, text.data() + said, text.size() - said);
    if (count <= 0) return;  // nobody is there to read it, which the wait for an answer will show
    said += static_cast<std::size_t>(count);
  }
}

/// Whether a line came; not if the terminal has gone.
bool await_line(int terminal, const std::string& what, const SignalsHeld& held) {
  std::array<char, 256> typed{};
  while (true) {
    pollfd readable{terminal, POLLIN, 0};
    if (ppoll(&readable, 1, nullptr, &held.before()) < 0 && errno == EINTR)
      throw Interrupted("interrupted while the operator was asked: " + what);
    const ssize_t count = read(terminal, typed.data(), typed.size());
    if (count > 0 && std::memchr(typed.data(), '\n', static_cast<std::size_t>(count)) != nullptr) return true;
    if (count <= 0) return false;
  }
}

class TerminalOperator final : public Operator {
 public:
  void ask(const std::string& what) override {
    const Terminal terminal;
    if (terminal.descriptor() < 0) {
      throw BenchError("nobody can be asked to do this: " + what +
                       ". Expected a terminal, or `commands` instead of `ask` in the bench file");
    }
    const SignalsHeld held;
    tcflush(terminal.descriptor(), TCIFLUSH);
    say("\n" + what + ", then press Enter: ");
    if (!await_line(terminal.descriptor(), what, held))
      throw BenchError("the terminal was closed before this was answered: " + what);
  }
};

}  // namespace

std::unique_ptr<Operator> make_terminal_operator() { return std::make_unique<TerminalOperator>(); }

}  // namespace twinwire::bench
