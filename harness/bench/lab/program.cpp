// SPDX-License-Identifier: Apache-2.0
// The helper hands over a PID descriptor and the file that the program prints into, so that it is asked for nothing but
// the status of a program that has ended, once.
#include "harness/bench/lab/program.hpp"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <exception>

namespace twinwire::bench {
namespace {

constexpr off_t most_output = off_t{64} * 1024;

}  // namespace

LabProgram::~LabProgram() {
  try {
    helper_.end();
  } catch (const std::exception&) {
    // The helper is gone, and the program with it.
  }
}

std::optional<int> LabProgram::status() {
  if (status_) return status_;
  pollfd life{life_.get(), POLLIN, 0};
  if (poll(&life, 1, 0) == 1) status_ = helper_.status();
  return status_;
}

std::string LabProgram::output() const {
  struct stat file {};
  if (fstat(output_.get(), &file) != 0) return {};
  const off_t size = std::min(file.st_size, most_output);
  std::string text(static_cast<std::size_t>(size), '\0');
  const ssize_t got = pread(output_.get(), text.data(), text.size(), file.st_size - size);
  text.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  return text;
}

}  // namespace twinwire::bench
