// SPDX-License-Identifier: Apache-2.0
// Only files are looked at: the helper, the programs that the device needs, and for an ordinary user the three kernel
// settings by which a distribution may forbid user namespaces.
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "harness/bench/lab/helper_process.hpp"
#include "harness/bench/lab/lab.hpp"
#include "harness/bench/lab/search_path.hpp"

namespace twinwire::bench {
namespace {

/// A kernel setting, -1 if this kernel does not have it.
long setting(const char* file) {
  std::ifstream in(file);
  long value = -1;
  if (!(in >> value)) return -1;
  return value;
}

std::optional<std::string> forbidden_user_namespaces() {
  const std::string wanted =
      "an ordinary user needs user namespaces for the namespace world, and this machine forbids them: ";
  const std::string remedy = "; set it otherwise (as root: sysctl -w ";
  if (setting("/proc/sys/kernel/unprivileged_userns_clone") == 0) {
    return wanted + "kernel.unprivileged_userns_clone is 0" + remedy +
           "kernel.unprivileged_userns_clone=1) or run as root";
  }
  if (setting("/proc/sys/user/max_user_namespaces") == 0) {
    return wanted + "user.max_user_namespaces is 0" + remedy + "user.max_user_namespaces=15000) or run as root";
  }
  if (setting("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == 1) {
    return wanted + "kernel.apparmor_restrict_unprivileged_userns is 1" + remedy +
           "kernel.apparmor_restrict_unprivileged_userns=0) or run as root";
  }
  return std::nullopt;
}

std::optional<std::string> missing_program(const scenario::DeviceSpec& device) {
  for (const auto& program : device.needs) {
    if (find_program(program)) continue;
    const std::string package = device.package.empty() ? "" : " (Debian package " + device.package + ")";
    return program + " is not installed" + package;
  }
  return std::nullopt;
}

std::string missing_helper() {
  if (const char* named = std::getenv("TWINWIRE_LAB"); named != nullptr && *named != '\0') {
    return std::string("TWINWIRE_LAB names ") + named + ", which is no executable file";
  }
  return "the program twinwire-lab, which makes the namespace world, is neither beside the running program nor in "
         "../libexec/twinwire; install it there or name it in the environment variable TWINWIRE_LAB";
}

}  // namespace

std::optional<std::string> lacking(const scenario::BenchSpec& spec, const std::filesystem::path& helper) {
  if (spec.world != scenario::World::Namespaces) return std::nullopt;
  if (const auto program = missing_program(spec.device)) return program;
  if (!find_helper(helper)) return missing_helper();
  if (geteuid() != 0) return forbidden_user_namespaces();
  return std::nullopt;
}

}  // namespace twinwire::bench
