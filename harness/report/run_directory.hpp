// SPDX-License-Identifier: Apache-2.0
// The directory that a run leaves behind, and which alone is needed to judge it again:
//   events.jsonl  result.json  run.json  bench.json  scenarios/  transcripts/  baseline/
// Nothing in it is ever changed after it was written.
#pragma once

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "harness/observe/transcript.hpp"

namespace twinwire::report {

/// The directory cannot be made or written: a full sentence.
class RunDirectoryError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Files and the folders their ids count from, with where each copy is to lie inside `scenarios/`.
struct CopiedFile {
  std::filesystem::path from;
  std::filesystem::path to;
};

class RunDirectory {
 public:
  /// Makes the directory; throws RunDirectoryError if it exists and is not empty.
  explicit RunDirectory(std::filesystem::path path);

  const std::filesystem::path& path() const { return path_; }

  /// Writes a file of the directory; folders in `name` are made.
  void write(const std::filesystem::path& name, std::string_view text);
  void copy(const std::vector<CopiedFile>& files);
  /// `folder` is "transcripts" or "baseline".
  void write_transcript(const std::string& folder, const std::string& stem, const observe::Transcript& transcript);
  /// Appends a line to events.jsonl and hands it to the system at once.
  void event(std::string_view line);

 private:
  std::filesystem::path path_;
  std::ofstream events_;
};

/// A whole file; throws RunDirectoryError with the system's reason.
std::string read_file(const std::filesystem::path& file);
void write_file(const std::filesystem::path& file, std::string_view text);

}  // namespace twinwire::report
