// SPDX-License-Identifier: Apache-2.0
// The two ways in which a model stands between wires: between two links of its own, and inside an end's link.
#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "generator/link/link.hpp"
#include "harness/bench/model_service.hpp"

namespace twinwire::bench {

/// A model with a plug in each of two wires.
class ModelBox {
 public:
  ModelBox(time::Timeline& timeline, std::unique_ptr<device::Middlebox> model,
           std::unique_ptr<link::Link> toward_client, std::unique_ptr<link::Link> toward_server);
  ModelService& service() { return service_; }
  /// Hands over to the model what has arrived on either side.
  void poll();

 private:
  std::unique_ptr<link::Link> toward_client_, toward_server_;
  ModelService service_;
};

/// The wire of the server's end with a model in it: what comes from the wire passes the model before the end hears it,
/// and what the end sends passes it before it is on the wire. What the model makes toward the end is never handed over
/// inside send(), but by the next poll() or by the timeline.
class ModelBehind final : public link::Link {
 public:
  ModelBehind(time::Timeline& timeline, std::unique_ptr<device::Middlebox> model, std::unique_ptr<link::Link> wire);
  ~ModelBehind() override;
  ModelBehind(const ModelBehind&) = delete;
  ModelBehind& operator=(const ModelBehind&) = delete;

  ModelService& service() { return service_; }
  link::Sent send(wire::Bytes frame) override;
  void on_frame(link::Sink sink) override { sink_ = std::move(sink); }
  void poll() override;
  std::size_t mtu() const override { return wire_->mtu(); }

 private:
  struct Arrival {
    time::Instant at;
    std::vector<std::uint8_t> frame;
  };
  void emit(scenario::Party toward, wire::Bytes frame);
  void deliver();
  void deliver_later();

  time::Timeline& timeline_;
  std::unique_ptr<link::Link> wire_;
  link::Sink sink_;
  std::deque<Arrival> arrivals_;
  std::optional<time::Instant> came_;       ///< of the frame that the model has at hand
  link::Sent last_sent_ = link::Sent::Yes;  ///< refused if anything was since the end's own send() began
  time::TimerId delivery_ = 0;
  ModelService service_;
};

}  // namespace twinwire::bench
