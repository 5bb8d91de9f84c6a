// SPDX-License-Identifier: Apache-2.0
// CLI11 reads the words; what it cannot know, such as PATH=VALUE, is checked here. All its complaints leave as
// UsageError.
#include "harness/cli/command.hpp"

#include <CLI/CLI.hpp>

#include "harness/cli/version.hpp"

namespace twinwire::cli {
namespace {

/// What CLI11 writes into before it becomes a command.
struct Words {
  Selection selection;
  std::vector<std::string> settings;
  std::vector<std::filesystem::path> files;
  std::string scenario, keep = "all";
  std::uint64_t seed = 0;
  bool no_baseline = false;
  RunCommand run;
  JudgeCommand judge;
};

constexpr const char* exit_codes =
    "Exit codes: 0 as expected, 1 something failed or is an error, 2 interrupted, 3 internal error, 4 bad command "
    "line, scenario or "
    "bench, 5 nothing selected or everything skipped, 6 the bench could not be had or only inconclusive results.";

/// An option that may be given again and takes one word each time, so that a scenario behind it is not swallowed.
void add_repeatable(CLI::App* verb, const char* names, std::vector<std::string>& words, const char* help,
                    const char* type) {
  verb->add_option(names, words, help)
      ->type_name(type)
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->allow_extra_args(false);
}

void add_settings(CLI::App* verb, Words& words) {
  add_repeatable(verb, "--set", words.settings, "Sets a value of every scenario, as in --set client.mtu=590",
                 "PATH=VALUE");
}

void add_selection(CLI::App* verb, Words& words) {
  verb->add_option("scenarios", words.selection.scenarios,
                   "Scenario files, folders, or ids of the catalogue; none: all of it")
      ->type_name("SCENARIO|DIR");
  verb->add_option("-k", words.selection.expression,
                   "Only cells whose id, cell, family or tags match, as in -k 'rst and not ipv6'")
      ->type_name("EXPR");
  add_repeatable(verb, "-t,--tag", words.selection.tags, "Only scenarios with this tag; given again: with any of them",
                 "TAG");
  add_settings(verb, words);
}

void add_outputs(CLI::App* verb, Outputs& outputs) {
  verb->add_option("--junit", outputs.junit, "Also writes JUnit's XML here")->type_name("FILE");
  verb->add_option("--json", outputs.json, "Also writes result.json here")->type_name("FILE");
}

CLI::App* add_run(CLI::App& app, Words& words) {
  CLI::App* verb = app.add_subcommand("run", "Walks scenarios across a bench and says what the device did");
  add_selection(verb, words);
  verb->add_option("--bench", words.run.bench, "A bench file, or the name of a built-in bench")
      ->type_name("FILE|NAME")
      ->capture_default_str();
  add_repeatable(verb, "--apply", words.run.applied, "A named change of the bench, made before the first scenario",
                 "NAME");
  verb->add_option("-o,--output", words.run.directory, "The run directory; default twinwire-run-YYYYmmdd-HHMMSS")
      ->type_name("DIR");
  verb->add_option("-j,--jobs", words.run.side_by_side, "Cells side by side on the bench")
      ->type_name("N")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  add_outputs(verb, words.run.outputs);
  verb->add_option("--keep", words.keep, "Which transcripts are kept")
      ->check(CLI::IsMember({"all", "failed", "none"}))
      ->capture_default_str();
  verb->add_option("--repeat", words.run.repeat, "Walks the whole set this many times")
      ->type_name("N")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  verb->add_option("--seed", words.seed,
                   "Decides all that is left to chance; default 1, and another each time between real interfaces")
      ->type_name("N");
  verb->add_flag("--no-baseline", words.no_baseline, "Does not walk each cell over a plain wire as well");
  return verb;
}

std::map<std::string, std::string> settings_of(const std::vector<std::string>& words) {
  std::map<std::string, std::string> settings;
  for (const std::string& word : words) {
    const std::size_t sign = word.find('=');
    if (sign == 0 || sign == std::string::npos) {
      throw UsageError("--set " + word + ": expected PATH=VALUE, as in --set client.mtu=590");
    }
    settings[word.substr(0, sign)] = word.substr(sign + 1);
  }
  return settings;
}

RunCommand run_command(Words& words, const CLI::App& verb, int argc, const char* const* argv) {
  RunCommand command = std::move(words.run);
  command.selection = std::move(words.selection);
  command.keep = words.keep == "all" ? Keep::All : (words.keep == "failed" ? Keep::Failed : Keep::None);
  if (verb.count("--seed") > 0) command.seed = words.seed;
  if (words.no_baseline) command.baseline = Baseline::Omit;
  for (int i = 1; i < argc; ++i) command.typed += (i > 1 ? " " : "") + std::string(argv[i]);
  return command;
}

}  // namespace

Command parse(int argc, const char* const* argv) {
  Words words;
  CLI::App app("Stands on both wires of a firewall, plays both ends, and says for every packet what the device did.",
               "twinwire");
  app.footer(exit_codes);
  app.set_version_flag("--version", std::string("twinwire ") + version);
  app.require_subcommand(1);
  const CLI::App* run = add_run(app, words);
  CLI::App* list = app.add_subcommand("list", "Lists cells with their tags");
  add_selection(list, words);
  CLI::App* check = app.add_subcommand("check", "Says what is wrong in scenario and bench files");
  check->add_option("files", words.files, "Files or folders")->type_name("FILE")->required();
  CLI::App* explain = app.add_subcommand("explain", "Says in words what a scenario does and expects");
  explain->add_option("scenario", words.scenario, "A scenario file, or an id of the catalogue")
      ->type_name("SCENARIO")
      ->required();
  add_settings(explain, words);
  CLI::App* judge = app.add_subcommand("judge", "Judges the transcripts of a run directory again");
  judge->add_option("run", words.judge.directory, "The run directory")->type_name("RUN")->required();
  add_outputs(judge, words.judge.outputs);
  const CLI::App* doctor = app.add_subcommand("doctor", "Says what this machine can do");
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForVersion& notice) {
    return Notice{std::string(notice.what()) + "\n"};
  } catch (const CLI::CallForHelp&) {
    const auto verbs = app.get_subcommands();
    return Notice{verbs.empty() ? app.help() : verbs.front()->help("twinwire")};
  } catch (const CLI::CallForAllHelp&) {
    return Notice{app.help("", CLI::AppFormatMode::All)};
  } catch (const CLI::ParseError& error) {
    throw UsageError(std::string(error.what()) + "; see twinwire --help");
  }
  words.selection.settings = settings_of(words.settings);
  if (run->parsed()) return run_command(words, *run, argc, argv);
  if (list->parsed()) return ListCommand{words.selection};
  if (check->parsed()) return CheckCommand{words.files};
  if (doctor->parsed()) return DoctorCommand{};
  if (judge->parsed()) return words.judge;
  words.selection.scenarios = {words.scenario};
  return ExplainCommand{words.selection};
}

}  // namespace twinwire::cli
