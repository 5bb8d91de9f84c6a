// SPDX-License-Identifier: Apache-2.0
// /proc/sys/net shows each process the settings of its own network namespace, so writing a file there is all that is
// needed.
#include "harness/bench/lab/helper/sysctl.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "harness/bench/lab/descriptor.hpp"

namespace twinwire::bench {
namespace {

std::string path_of(std::string name) {
  // A name whose first separator is a slash is a path already.
  const auto separator = name.find_first_of("./");
  if (separator != std::string::npos && name[separator] == '.') {
    std::ranges::transform(name, name.begin(), [](char c) { return c == '.' ? '/' : c == '/' ? '.' : c; });
  }
  return "/proc/sys/" + name;
}

}  // namespace

void set_sysctl(const std::string& name, const std::string& value) {
  const Descriptor file(::open(path_of(name).c_str(), O_WRONLY | O_CLOEXEC));
  if (!file && errno == ENOENT) {
    throw std::runtime_error("the sysctl " + name + " does not exist in this kernel or network namespace");
  }
  if (!file || write(file.get(), value.data(), value.size()) != static_cast<ssize_t>(value.size())) {
    throw std::runtime_error("the sysctl " + name + " cannot be set to \"" + value + "\": " + std::strerror(errno));
  }
}

void set_sysctls(const std::map<std::string, std::string>& settings) {
  for (const auto& [name, value] : settings) set_sysctl(name, value);
}

}  // namespace twinwire::bench
