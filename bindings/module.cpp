// SPDX-License-Identifier: Apache-2.0
// The module twinwire._core: the harness as Python objects. Exceptions and enumerations are Python's own, in
// twinwire._errors and twinwire._words; what people import is gathered in twinwire/__init__.py.
#include "bindings/areas.hpp"
#include "harness/cli/version.hpp"

namespace twinwire::bindings {

py::object word(const char* enumeration, std::string_view value) {
  return py::module_::import("twinwire._words").attr(enumeration)(py::str(value.data(), value.size()));
}

double seconds(time::Duration duration) { return std::chrono::duration<double>(duration).count(); }

py::object from_json(const std::string& text) { return py::module_::import("json").attr("loads")(text); }

}  // namespace twinwire::bindings

PYBIND11_MODULE(_core, module) {
  using namespace twinwire::bindings;
  module.doc() = "The harness of twinwire. Import twinwire, which gathers what is public.";
  module.attr("__version__") = twinwire::cli::version;
  add_errors(module);
  add_scenarios(module);
  add_frames(module);
  add_transits(module);
  add_results(module);
  add_live(module);
  add_benches(module);
}
