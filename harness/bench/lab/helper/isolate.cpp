// SPDX-License-Identifier: Apache-2.0
// Root needs no user namespace. Who may not make a network namespace tries again inside a new user namespace, where the
// current user and group are mapped to themselves and not to 0: a daemon that finds itself root tries to become
// somebody else, which a map of one id refuses. Capabilities do not survive exec for an id other than 0 unless they are
// ambient, so they are made that.
#include "harness/bench/lab/helper/isolate.hpp"

#include <linux/capability.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <string>

namespace twinwire::bench {
namespace {

constexpr int own_namespaces = CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC;

/// The settings that can forbid namespaces, with their values.
std::string forbidding_settings() {
  std::string text;
  for (const std::string name : {"kernel/unprivileged_userns_clone", "kernel/apparmor_restrict_unprivileged_userns",
                                 "user/max_user_namespaces", "user/max_net_namespaces"}) {
    std::ifstream in("/proc/sys/" + name);
    std::string value;
    if (!(in >> value)) value = "(not in this kernel)";
    std::string dotted = name;
    std::ranges::replace(dotted, '/', '.');
    text += (text.empty() ? "" : ", ") + dotted + " = " + value;
  }
  return text;
}

[[noreturn]] void refuse(const std::string& what, int error) {
  throw std::runtime_error("the namespace world cannot be made: " + what + " failed: " + std::strerror(error) +
                           ". An ordinary user needs user namespaces; the settings that can forbid them are " +
                           forbidding_settings() +
                           "; a container or a chroot may forbid them too. Change these, or run as root");
}

void write_file(const std::string& path, const std::string& text) {
  std::ofstream out(path);
  out << text << std::flush;
  if (!out) refuse("writing \"" + text + "\" to " + path, errno);
}

void keep_capabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> sets{};
  if (syscall(SYS_capget, &header, sets.data()) != 0) refuse("capget", errno);
  for (auto& set : sets) set.inheritable = set.permitted;
  if (syscall(SYS_capset, &header, sets.data()) != 0) refuse("capset", errno);
  for (unsigned capability = 0; capability < 64; ++capability) {
    if ((sets[capability / 32].permitted >> (capability % 32) & 1U) == 0) continue;
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0) != 0)
      refuse("raising an ambient capability", errno);
  }
}

/// Some containers hide parts of /proc and then refuse a new one; the old one serves too, since its net and sys folders
/// follow the process that reads them.
void mount_fresh(const char* type, const char* where) {
  if (mount(type, where, type, MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) != 0 && errno != EPERM) {
    refuse(std::string("mounting ") + where, errno);
  }
}

}  // namespace

void leave_namespaces() {
  const uid_t user = geteuid();
  const gid_t group = getegid();
  if (unshare(own_namespaces) == 0) return;
  if (errno != EPERM) refuse("unshare", errno);
  if (unshare(CLONE_NEWUSER | own_namespaces) != 0) refuse("unshare with a user namespace", errno);
  write_file("/proc/self/setgroups", "deny");
  write_file("/proc/self/uid_map", std::to_string(user) + " " + std::to_string(user) + " 1");
  write_file("/proc/self/gid_map", std::to_string(group) + " " + std::to_string(group) + " 1");
  keep_capabilities();
}

void mount_private_files() {
  if (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) refuse("making all mounts private", errno);
  mount_fresh("proc", "/proc");
  mount_fresh("sysfs", "/sys");
  if (mount("tmpfs", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755") != 0) refuse("mounting /run", errno);
  if (mkdir(device_directory, 0755) != 0 || chdir(device_directory) != 0) {
    refuse(std::string("making ") + device_directory, errno);
  }
  // For programs that give up their privileges and write here after that.
  if (chmod(device_directory, 01777) != 0) refuse(std::string("opening ") + device_directory, errno);
  // What a killed program leaves in shared memory (squid does) goes with the namespace too.
  if (access("/dev/shm", F_OK) == 0 && mount("tmpfs", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777") != 0) {
    refuse("mounting /dev/shm", errno);
  }
}

}  // namespace twinwire::bench
