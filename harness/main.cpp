// SPDX-License-Identifier: Apache-2.0
// The program as a table of contents. A run is six verbs in a row, load, bind, run, match, judge, report, and no arrow
// goes back; every other verb of the command line is one line. Whatever goes wrong on the way is caught here, once.
#include "harness/bench/bench.hpp"
#include "harness/cli/exit_code.hpp"
#include "harness/cli/session.hpp"
#include "harness/cli/stored_run.hpp"
#include "harness/cli/verbs.hpp"
#include "harness/judge/verdict.hpp"
#include "harness/run/run.hpp"
#include "harness/scenario/load.hpp"

namespace twinwire {
namespace {

namespace exit_code = cli::exit_code;

class NothingSelected : public std::runtime_error {
 public:
  NothingSelected() : std::runtime_error("nothing was selected") {}
};

cli::Plan load_cells(const cli::Selection& selection, int repeat = 1) {
  cli::Plan plan = cli::make_plan(selection, repeat);
  if (plan.walks.empty()) throw NothingSelected();
  return plan;
}

int run(const cli::RunCommand& command, cli::Console& console) {
  const scenario::BenchSpec spec = cli::load_bench(command);
  cli::Plan plan = load_cells(command.selection, command.repeat);  // load
  plan.exclude([&](const scenario::Scenario& scenario) { return bench::unsuitable(spec, scenario); });
  const std::uint64_t seed = cli::seed_of(command, spec);
  const cli::Interruption interruption;
  if (spec.world == scenario::World::Simulation) run::seed_randomness(seed);
  const auto bench = plan.suitable().empty() ? nullptr : bench::bind(spec);  // bind
  cli::Session session(command, spec, plan, seed, console, interruption);
  if (bench && command.baseline == cli::Baseline::Walk) session.walk_baseline();
  const auto walk = [&](run::Floor& floor, cli::Session::Cells cells) {
    floor.walk(session.cells(cells), session.options(), [&](const run::Walked& walked) {  // run
      const scenario::Scenario& scenario = *session.cells(cells)[walked.cell];
      session.add(cells, walked, judge::judge(scenario, spec, walked.transcript));  // match, judge
    });
  };
  try {
    if (bench) {
      run::Floor floor(*bench, seed);
      walk(floor, cli::Session::Cells::AsItCameUp);
      for (std::size_t i = 0; i < session.searches().size() && !interruption.requested(); ++i)
        session.add(i, cli::search(floor, *session.searches()[i], spec, session.options()));
      walk(floor, cli::Session::Cells::Changing);
      session.add_counters(bench->counters());
      for (std::size_t i = 0; i < session.cutovers().size() && !interruption.requested(); ++i)
        session.add(i, cli::cut_over(*session.cutovers()[i], spec, seed, session.options()));
    }
  } catch (const bench::BenchError& error) {
    session.lost(error.what());
  }
  return session.finish();  // report
}

int judge(const cli::JudgeCommand& command, cli::Console& console) {
  const cli::StoredRun stored = cli::read_run(command.directory);  // load
  cli::Rejudgement again(stored, console);
  for (const cli::StoredWalk& walk : stored.walks) {
    if (!walk.recording) {
      again.add_unjudged(walk);
      continue;
    }
    again.add(walk, judge::judge(*walk.scenario, stored.bench.spec, walk.recording->transcript));  // match, judge
  }
  return again.finish(command.outputs);  // report
}

struct Verbs {
  cli::Console& console;

  int operator()(const cli::RunCommand& command) const { return run(command, console); }
  int operator()(const cli::JudgeCommand& command) const { return judge(command, console); }
  int operator()(const cli::CheckCommand& command) const { return cli::check(command, console); }
  int operator()(const cli::ListCommand& command) const { return say(cli::list_text(load_cells(command.selection))); }
  int operator()(const cli::ExplainCommand& command) const {
    return say(cli::explain_text(load_cells(command.selection)));
  }
  int operator()(const cli::DoctorCommand&) const { return say(cli::doctor_text()); }
  int operator()(const cli::Notice& notice) const { return say(notice.text); }

  int say(const std::string& text) const {
    console.print(report::in_charset(text, console.look().charset));
    return exit_code::AsExpected;
  }
};

int complain(cli::Console& console, const std::exception& error, int code) {
  console.complain(std::string("twinwire: ") + error.what());
  return code;
}

}  // namespace
}  // namespace twinwire

int main(int argc, char** argv) {
  using namespace twinwire;
  cli::Console console;
  try {
    return std::visit(Verbs{console}, cli::parse(argc, argv));
  } catch (const scenario::LoadError& error) {
    console.complain(error.what());  // begins with the file's name, as editors want it
    return exit_code::Usage;
  } catch (const NothingSelected& error) {
    return complain(console, error, exit_code::Nothing);
  } catch (const bench::BenchError& error) {
    return complain(console, error, exit_code::NoVerdict);
  } catch (const std::runtime_error& error) {
    return complain(console, error, exit_code::Usage);
  } catch (const std::exception& error) {
    return complain(console, error, exit_code::Internal);
  }
}
