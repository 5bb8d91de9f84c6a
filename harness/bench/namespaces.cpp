// SPDX-License-Identifier: Apache-2.0
// Our ends on packet sockets in a lab of this machine's own. A model that runs live sits on two more of them, in this
// process: it is served whenever the wires are polled, so that its answer too is there when a walk looks for it.
#include <optional>

#include "generator/link/packet_socket.hpp"
#include "harness/bench/lab/lab.hpp"
#include "harness/bench/worlds.hpp"
#include "harness/device/middlebox.hpp"

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

class Namespaces final : public Bench {
 public:
  explicit Namespaces(const scenario::BenchSpec& spec)
      : Bench(spec), timeline_(time::make_real_timeline()), lab_(spec, TWINWIRE_LAB_BUILD_PATH) {
    client_ = link::make_packet_link(lab_.packet_socket(Party::Client), *timeline_, veth_mtu);
    server_ = link::make_packet_link(lab_.packet_socket(Party::Server), *timeline_, veth_mtu);
    if (spec.device.kind != "model") return;
    model_ = device::make_model(spec.device.model, spec.device.settings);
    toward_client_ = link::make_packet_link(lab_.device_socket(Party::Client), *timeline_, veth_mtu);
    toward_server_ = link::make_packet_link(lab_.device_socket(Party::Server), *timeline_, veth_mtu);
    toward_client_->on_frame([this](time::Instant at, wire::Bytes frame) { pass(Party::Client, at, frame); });
    toward_server_->on_frame([this](time::Instant at, wire::Bytes frame) { pass(Party::Server, at, frame); });
    const auto serve = [this] {
      toward_client_->poll();
      toward_server_->poll();
    };
    client_ = std::make_unique<ServedLink>(std::move(client_), serve);
    server_ = std::make_unique<ServedLink>(std::move(server_), serve);
  }

  time::Timeline& timeline() override { return *timeline_; }
  link::Link& wire(Party end) override { return end == Party::Client ? *client_ : *server_; }
  void check_health() override { lab_.check_health(); }

  void forget(const wire::FourTuple& tuple) override {
    if (model_) {
      model_->forget(tuple);
    } else {
      lab_.forget({tuple.client, tuple.client_port}, {tuple.server, tuple.server_port});
    }
  }

  void apply(const std::string& change) override {
    const scenario::ApplySpec& wanted = find_change(spec(), change);
    if (model_) model_->configure(wanted.model);
    if (!model_ || !wanted.commands.empty()) lab_.apply(wanted);
  }

 private:
  void pass(Party from, time::Instant at, wire::Bytes frame) {
    model_->on_frame(from, at, frame, [this](Party toward, wire::Bytes out) {
      (toward == Party::Client ? *toward_client_ : *toward_server_).send(out);
    });
  }

  std::unique_ptr<time::Timeline> timeline_;
  Lab lab_;
  std::unique_ptr<device::Middlebox> model_;
  std::unique_ptr<link::Link> client_, server_, toward_client_, toward_server_;
};

}  // namespace

std::unique_ptr<Bench> bind_namespaces(const scenario::BenchSpec& spec) {
  try {
    return std::make_unique<Namespaces>(spec);
  } catch (const LabError& error) {
    throw BenchError(error.what());
  } catch (const device::ModelError& error) {
    throw BenchError(error.what());
  }
}

}  // namespace twinwire::bench
