// SPDX-License-Identifier: Apache-2.0
// The command line as a value. One struct per verb; nothing is looked up or opened here.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

namespace twinwire::cli {

/// A command line, scenario or bench that cannot be used: a full sentence.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Which cells are meant.
struct Selection {
  std::vector<std::string> scenarios;  ///< files, folders, or ids of the catalogue; none: the whole catalogue
  std::string expression;              ///< -k
  std::vector<std::string> tags;       ///< -t, any of them
  std::map<std::string, std::string> settings;
};

enum class Keep : std::uint8_t { All, Failed, None };
enum class Baseline : std::uint8_t { Walk, Omit };

/// Where derived reports go; empty: nowhere.
struct Outputs {
  std::filesystem::path junit, json;
};

struct RunCommand {
  Selection selection;
  std::string bench = "nftables";
  std::vector<std::string> applied;
  std::filesystem::path directory;  ///< empty: twinwire-run-YYYYmmdd-HHMMSS
  int side_by_side = 64;
  Outputs outputs;
  Keep keep = Keep::All;
  int repeat = 1;
  std::optional<std::uint64_t> seed;
  Baseline baseline = Baseline::Walk;
  std::string typed;  ///< the command line, for the record
};

struct ListCommand {
  Selection selection;
};

struct CheckCommand {
  std::vector<std::filesystem::path> files;
};

struct ExplainCommand {
  Selection selection;
};

struct JudgeCommand {
  std::filesystem::path directory;
  Outputs outputs;
};

struct DoctorCommand {};

/// --help and --version: text for stdout.
struct Notice {
  std::string text;
};

using Command =
    std::variant<RunCommand, ListCommand, CheckCommand, ExplainCommand, JudgeCommand, DoctorCommand, Notice>;

/// Throws UsageError.
Command parse(int argc, const char* const* argv);

}  // namespace twinwire::cli
