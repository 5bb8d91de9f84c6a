// SPDX-License-Identifier: Apache-2.0
// Our ends on packet sockets in a lab of this machine's own. A model that runs live sits on two more of them, in this
// process: it is served whenever the wires are polled, so that its answer too is there when a walk looks for it. A
// model behind the device has no sockets: it stands in the server's link.
#include "generator/link/packet_socket.hpp"
#include "harness/bench/lab/kernel_mac.hpp"
#include "harness/bench/lab/lab.hpp"
#include "harness/bench/model_links.hpp"
#include "harness/bench/programs.hpp"
#include "harness/bench/worlds.hpp"

namespace twinwire::bench {
namespace {

using scenario::Party;

constexpr std::size_t veth_mtu = 1500;

/// A wire whose other plug is in this process as well: polling it serves the model first.
class ServedLink final : public link::Link {
 public:
  ServedLink(std::unique_ptr<link::Link> inner, std::function<void()> serve)
      : inner_(std::move(inner)), serve_(std::move(serve)) {}
  link::Sent send(wire::Bytes frame) override { return inner_->send(frame); }
  void on_frame(link::Sink sink) override { inner_->on_frame(std::move(sink)); }
  void poll() override {
    serve_();
    inner_->poll();
  }
  std::size_t mtu() const override { return inner_->mtu(); }

 private:
  std::unique_ptr<link::Link> inner_;
  std::function<void()> serve_;
};

/// A program that is to speak in the server's name finds what it needs for that in its folder.
scenario::BenchSpec with_credentials(scenario::BenchSpec spec, const tls::Credentials& origin) {
  if (spec.device.kind != "process") return spec;
  spec.device.files.emplace("origin.crt", origin.certificate);
  spec.device.files.emplace("origin.key", origin.key);
  return spec;
}

class Namespaces final : public Bench {
 public:
  Namespaces(const scenario::BenchSpec& spec, std::unique_ptr<device::Middlebox> model)
      : Bench(spec),
        timeline_(time::make_real_timeline()),
        behind_model_(make_model_behind(spec)),
        lab_(with_credentials(spec, credentials()), TWINWIRE_LAB_BUILD_PATH),
        client_(packet_link(lab_.packet_socket(Party::Client))),
        server_(packet_link(lab_.packet_socket(Party::Server))) {
    if (model) put_between(std::move(model));
    if (behind_model_) put_behind(std::move(behind_model_));
    models().trust(credentials());
  }

  time::Timeline& timeline() override { return *timeline_; }
  link::Link& wire(Party end) override { return end == Party::Client ? *client_ : *server_; }
  void check_health() override { lab_.check_health(); }

  std::optional<wire::Address> program_address(Party end, wire::Family family) const override {
    return lab_.program_address(end, family);
  }
  std::optional<wire::Mac> program_mac(Party end) const override { return kernel_mac(end); }
  std::unique_ptr<Running> start(Party end, const scenario::Program& program,
                                 const std::map<std::string, std::string>& words) override {
    return start_program(lab_, end, program, words);
  }
  void on_program_frame(Party end, link::Sink sink) override { kernel_taps_.on_frame(end, std::move(sink)); }
  void poll_program_frames() override { kernel_taps_.poll(); }

  void forget(const wire::FourTuple& tuple) override {
    models().forget(tuple);
    const bool only_models = device_ || (behind_ != nullptr && spec().device.kind == "wire");
    if (!only_models) lab_.forget({tuple.client, tuple.client_port}, {tuple.server, tuple.server_port});
  }

  std::vector<std::string> take_log(const wire::FourTuple& tuple) override { return models().take_log(tuple); }
  std::map<std::string, std::uint64_t> counters() override { return models().counters(); }
  void tell_secret(const std::string& line) override { models().learn_secret(line); }

 private:
  void make(const std::string& name, const scenario::ApplySpec& change) override {
    if (device_ || !change.model.empty()) models().configure(name, change.model);
    if (device_ && change.commands.empty()) return;
    try {
      lab_.apply(change);
    } catch (const LabError& refused) {
      throw BenchError(refused.what());
    }
  }

  std::unique_ptr<link::Link> packet_link(int socket) { return link::make_packet_link(socket, *timeline_, veth_mtu); }

  void put_between(std::unique_ptr<device::Middlebox> model) {
    device_ = std::make_unique<ModelBox>(*timeline_, std::move(model), packet_link(lab_.device_socket(Party::Client)),
                                         packet_link(lab_.device_socket(Party::Server)));
    const auto serve = [this] { device_->poll(); };
    client_ = std::make_unique<ServedLink>(std::move(client_), serve);
    server_ = std::make_unique<ServedLink>(std::move(server_), serve);
  }

  void put_behind(std::unique_ptr<device::Middlebox> model) {
    auto behind = std::make_unique<ModelBehind>(*timeline_, std::move(model), std::move(server_));
    behind_ = &behind->service();
    server_ = std::move(behind);
  }

  Models models() const { return {device_ ? &device_->service() : nullptr, behind_}; }

  std::unique_ptr<time::Timeline> timeline_;
  std::unique_ptr<device::Middlebox> behind_model_;  // until it is put in its place
  Lab lab_;
  KernelTaps kernel_taps_{lab_, *timeline_};
  std::unique_ptr<ModelBox> device_;
  std::unique_ptr<link::Link> client_, server_;
  ModelService* behind_ = nullptr;  // inside server_
};

}  // namespace

std::unique_ptr<Bench> bind_namespaces(const scenario::BenchSpec& spec, std::unique_ptr<device::Middlebox> device) {
  try {
    return std::make_unique<Namespaces>(spec, std::move(device));
  } catch (const LabError& error) {
    throw BenchError(error.what());
  }
}

}  // namespace twinwire::bench
