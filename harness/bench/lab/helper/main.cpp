// SPDX-License-Identifier: Apache-2.0
// twinwire-lab: makes the namespace world for the program that started it, and ends with it.
//
// This process leaves the caller's namespaces and forks. The child is the first process of the new PID namespace, so
// when it ends the kernel ends every program of the device, and with the last process all namespaces and what is in
// them are gone. The parent stays behind as a guard: it ends the child when the caller is gone, which it learns from
// the socket and from a PID descriptor of the caller (a forked copy of the caller may still hold the socket). And when
// the guard itself is killed, the kernel kills the child.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <exception>

#include "harness/bench/lab/channel.hpp"
#include "harness/bench/lab/helper/isolate.hpp"
#include "harness/bench/lab/helper/service.hpp"
#include "harness/bench/lab/protocol.hpp"

namespace {

using namespace twinwire::bench;

constexpr int caller_socket = 3;

/// By number, since the C library of Debian 12 declares it for C only.
Descriptor open_process(pid_t pid) { return Descriptor(static_cast<int>(syscall(SYS_pidfd_open, pid, 0))); }

/// Answers the first request, whatever it is. It is read before that, since a socket that is closed with something
/// unread in it takes its own last words along.
void refuse(Channel& channel, const std::exception& error) {
  (void)channel.receive();
  Answer answer;
  answer.error = error.what();
  (void)channel.send(encode(answer));
}

int live_as_first_process(Channel& channel) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  try {
    mount_private_files();
  } catch (const std::exception& error) {
    refuse(channel, error);
    return 1;
  }
  try {
    serve(channel);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "twinwire-lab: %s\n", error.what());
    return 1;
  }
}

int guard(pid_t child, const Channel& channel, const Descriptor& caller) {
  const Descriptor life = open_process(child);
  std::array<pollfd, 3> watched{pollfd{life.get(), POLLIN, 0}, pollfd{caller.get(), POLLIN, 0},
                                pollfd{channel.socket(), 0, 0}};
  while (poll(watched.data(), watched.size(), -1) < 0 && errno == EINTR) {
  }
  if (watched[0].revents == 0) kill(child, SIGKILL);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

bool started_by_twinwire() {
  pollfd probe{caller_socket, 0, 0};
  return poll(&probe, 1, 0) >= 0 && (probe.revents & POLLNVAL) == 0;
}

}  // namespace

int main() {
  if (!started_by_twinwire()) {
    std::fputs("twinwire-lab is started by twinwire and of no use by hand; try: twinwire doctor\n", stderr);
    return 4;
  }
  fcntl(caller_socket, F_SETFD, FD_CLOEXEC);  // no program of the device may hold it
  Channel channel{Descriptor(caller_socket)};
  const Descriptor caller = open_process(getppid());
  try {
    leave_namespaces();
  } catch (const std::exception& error) {
    refuse(channel, error);
    return 1;
  }
  const pid_t child = fork();
  if (child == 0) return live_as_first_process(channel);
  return guard(child, channel, caller);
}
