// SPDX-License-Identifier: Apache-2.0
// The models by name. "wire" is no device at all: what goes in comes out.
#include "harness/device/middlebox.hpp"
#include "harness/device/settings.hpp"

namespace twinwire::device {

namespace {

class Wire final : public Middlebox {
 public:
  explicit Wire(const Settings& settings) { configure(settings); }
  void on_frame(Party from, time::Instant, wire::Bytes frame, const Emit& emit) override { emit(other(from), frame); }
  void configure(const Settings& settings) override {
    if (!settings.empty()) refuse_key({"wire", settings.begin()->first, settings.begin()->second}, "none");
  }
};

}  // namespace

std::unique_ptr<Middlebox> make_model(const std::string& name, const Settings& settings) {
  if (name == "wire") return std::make_unique<Wire>(settings);
  if (name == "stateful") return make_stateful(settings);
  if (name == "accumulating") return make_accumulating(settings);
  if (name == "inspecting") return make_inspecting(settings);
  if (name == "lossy") return make_lossy(settings);
  if (name == "terminating") return make_terminating(settings);
  throw ModelError("there is no model '" + name +
                   "'; there are: accumulating, inspecting, lossy, stateful, terminating, wire");
}

}  // namespace twinwire::device
