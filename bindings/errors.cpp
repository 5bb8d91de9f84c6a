// SPDX-License-Identifier: Apache-2.0
// What the program throws becomes the exception of the same name in twinwire._errors, with the message that the command
// line prints. An exception of none of these kinds is our own fault, and is left to pybind11.
#include "bindings/areas.hpp"
#include "bindings/bench_lost.hpp"
#include "harness/bench/bench.hpp"
#include "harness/cli/command.hpp"
#include "harness/report/run_directory.hpp"
#include "harness/run/compose.hpp"
#include "harness/scenario/load.hpp"

namespace twinwire::bindings {
namespace {

void set_error(const char* kind, const py::tuple& arguments) {
  const py::object type = py::module_::import("twinwire._errors").attr(kind);
  PyErr_SetObject(type.ptr(), type(*arguments).ptr());
}

py::list results_of(const std::vector<RecordPointer>& records) {
  py::list results;
  for (const RecordPointer& record : records) results.append(ResultObject{record});
  return results;
}

void translate(std::exception_ptr thrown) {
  try {
    if (thrown) std::rethrow_exception(std::move(thrown));
  } catch (const scenario::LoadError& error) {
    const scenario::Source& where = error.where();
    set_error("LoadError", py::make_tuple(error.what(), where.file, where.line, where.column));
  } catch (const BenchLost& error) {
    set_error("BenchError", py::make_tuple(error.what(), results_of(error.records())));
  } catch (const bench::BenchError& error) {
    set_error("BenchError", py::make_tuple(error.what()));
  } catch (const cli::UsageError& error) {
    set_error("UsageError", py::make_tuple(error.what()));
  } catch (const run::CannotSend& error) {
    set_error("UsageError", py::make_tuple(error.what()));
  } catch (const report::RunDirectoryError& error) {
    set_error("UsageError", py::make_tuple(error.what()));
  }
}

}  // namespace

void add_errors(py::module_&) { py::register_local_exception_translator(translate); }

}  // namespace twinwire::bindings
