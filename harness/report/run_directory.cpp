// SPDX-License-Identifier: Apache-2.0
// Every file but events.jsonl is written whole, once. events.jsonl is flushed line by line, so that whatever way the
// program ends, what was found until then can be read.
#include "harness/report/run_directory.hpp"

#include <cerrno>
#include <sstream>
#include <system_error>

namespace twinwire::report {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const std::string& what, const fs::path& path, const std::error_code& why) {
  throw RunDirectoryError("cannot " + what + " " + path.string() + ": " + why.message());
}

std::error_code last_error() { return {errno == 0 ? EIO : errno, std::generic_category()}; }

void make_directories(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) fail("make the directory", path, error);
}

}  // namespace

RunDirectory::RunDirectory(fs::path path) : path_(std::move(path)) {
  std::error_code error;
  if (fs::exists(path_, error) && !fs::is_directory(path_, error)) {
    throw RunDirectoryError(path_.string() + " exists and is no directory; name another with -o");
  }
  if (fs::is_directory(path_, error) && !fs::is_empty(path_, error)) {
    throw RunDirectoryError("the directory " + path_.string() +
                            " is not empty; name another with -o, results are never overwritten");
  }
  make_directories(path_);
  errno = 0;
  events_.open(path_ / "events.jsonl", std::ios::binary);
  if (!events_) fail("write", path_ / "events.jsonl", last_error());
}

void RunDirectory::write(const fs::path& name, std::string_view text) {
  if (name.has_parent_path()) make_directories(path_ / name.parent_path());
  write_file(path_ / name, text);
}

void RunDirectory::copy(const std::vector<CopiedFile>& files) {
  for (const CopiedFile& file : files) write("scenarios" / file.to, read_file(file.from));
}

void RunDirectory::write_transcript(const std::string& folder, const std::string& stem,
                                    const observe::Transcript& transcript) {
  write(fs::path(folder) / (stem + ".jsonl"), observe::to_json_lines(transcript));
}

void RunDirectory::event(std::string_view line) {
  errno = 0;
  events_ << line << std::flush;
  if (!events_) fail("write", path_ / "events.jsonl", last_error());
}

std::string read_file(const fs::path& file) {
  errno = 0;
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  if (in) text << in.rdbuf();
  if (!in || fs::is_directory(file))
    fail("read", file, fs::is_directory(file) ? std::make_error_code(std::errc::is_a_directory) : last_error());
  return text.str();
}

void write_file(const fs::path& file, std::string_view text) {
  errno = 0;
  std::ofstream out(file, std::ios::binary);
  out << text << std::flush;
  if (!out) fail("write", file, last_error());
}

}  // namespace twinwire::report
