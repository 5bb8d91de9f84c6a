// SPDX-License-Identifier: Apache-2.0
// At most one call is planned on the timeline at a time. After everything that may have moved the model's deadline, the
// planned call is held against it and replaced if it is another.
#include "harness/bench/model_service.hpp"

#include <array>

namespace twinwire::bench {

using scenario::Party;

std::unique_ptr<device::Middlebox> make_model(const std::string& place, const std::string& name,
                                              const device::Settings& settings) {
  try {
    return device::make_model(name, settings);
  } catch (const device::ModelError& error) {
    throw BenchError("[" + place + "]: " + error.what());
  }
}

std::unique_ptr<device::Middlebox> make_device_model(const scenario::BenchSpec& spec) {
  if (spec.device.kind != "model") return nullptr;
  return make_model("device", spec.device.model, spec.device.settings);
}

std::unique_ptr<device::Middlebox> make_model_behind(const scenario::BenchSpec& spec) {
  if (!spec.behind) return nullptr;
  return make_model("behind", spec.behind->model, spec.behind->settings);
}

ModelService::ModelService(time::Timeline& timeline, std::unique_ptr<device::Middlebox> model, device::Emit emit)
    : timeline_(timeline), model_(std::move(model)), emit_(std::move(emit)) {
  plan();
}

ModelService::~ModelService() { timeline_.cancel(timer_); }

void ModelService::on_frame(Party from, time::Instant at, wire::Bytes frame) {
  if (const auto due = model_->deadline(); due && *due <= at) model_->on_time(at, emit_);
  model_->on_frame(from, at, frame, emit_);
  plan();
}

void ModelService::configure(const device::Settings& settings) {
  try {
    model_->configure(settings);
  } catch (const device::ModelError& error) {
    throw BenchError(error.what());
  }
  plan();
}

void ModelService::forget(const wire::FourTuple& tuple) {
  model_->forget(tuple);
  plan();
}

void ModelService::plan() {
  const auto due = model_->deadline();
  if (due == planned_) return;
  timeline_.cancel(timer_);
  planned_ = due;
  timer_ = due ? timeline_.at(*due, [this] { serve(); }) : 0;
}

void ModelService::serve() {
  planned_.reset();
  timer_ = 0;
  model_->on_time(timeline_.now(), emit_);
  plan();
}

void Models::trust(const tls::Credentials& server) const {
  for (ModelService* model : std::array{device, behind}) {
    if (model != nullptr) model->trust(server);
  }
}

void Models::learn_secret(const std::string& line) const {
  for (ModelService* model : std::array{device, behind}) {
    if (model != nullptr) model->learn_secret(line);
  }
}

void Models::forget(const wire::FourTuple& tuple) const {
  for (ModelService* model : std::array{device, behind}) {
    if (model != nullptr) model->forget(tuple);
  }
}

std::vector<std::string> Models::take_log(const wire::FourTuple& tuple) const {
  std::vector<std::string> lines;
  for (ModelService* model : std::array{device, behind}) {
    if (model == nullptr) continue;
    for (auto& line : model->take_log(tuple)) lines.push_back(std::move(line));
  }
  return lines;
}

std::map<std::string, std::uint64_t> Models::counters() const {
  std::map<std::string, std::uint64_t> all;
  if (device != nullptr) all = device->counters();
  if (behind == nullptr) return all;
  for (const auto& [name, count] : behind->counters()) {
    if (!all.try_emplace(name, count).second) all["behind_" + name] = count;
  }
  return all;
}

void Models::configure(const std::string& change, const device::Settings& settings) const {
  ModelService* const model = device != nullptr ? device : behind;
  if (model == nullptr) {
    throw BenchError("there is no model on this bench that change '" + change + "' could be made to");
  }
  model->configure(settings);
}

}  // namespace twinwire::bench
