// SPDX-License-Identifier: Apache-2.0
// Frames toward the end are queued and handed over in order, one at a time, so that an end which answers inside its
// sink finds the queue as it is. A frame that came from the wire is handed over with its own time of arrival, one that
// the model made by itself with the time at which it made it.
#include "harness/bench/model_links.hpp"

namespace twinwire::bench {

using scenario::Party;

ModelBox::ModelBox(time::Timeline& timeline, std::unique_ptr<device::Middlebox> model,
                   std::unique_ptr<link::Link> toward_client, std::unique_ptr<link::Link> toward_server)
    : toward_client_(std::move(toward_client)),
      toward_server_(std::move(toward_server)),
      service_(timeline, std::move(model), [this](Party toward, wire::Bytes frame) {
        (toward == Party::Client ? *toward_client_ : *toward_server_).send(frame);
      }) {
  toward_client_->on_frame(
      [this](time::Instant at, wire::Bytes frame) { service_.on_frame(Party::Client, at, frame); });
  toward_server_->on_frame(
      [this](time::Instant at, wire::Bytes frame) { service_.on_frame(Party::Server, at, frame); });
}

void ModelBox::poll() {
  toward_client_->poll();
  toward_server_->poll();
}

ModelBehind::ModelBehind(time::Timeline& timeline, std::unique_ptr<device::Middlebox> model,
                         std::unique_ptr<link::Link> wire)
    : timeline_(timeline),
      wire_(std::move(wire)),
      service_(timeline, std::move(model), [this](Party toward, wire::Bytes frame) { emit(toward, frame); }) {
  wire_->on_frame([this](time::Instant at, wire::Bytes frame) {
    came_ = at;
    service_.on_frame(Party::Client, at, frame);
    came_.reset();
    deliver();
  });
}

ModelBehind::~ModelBehind() { timeline_.cancel(delivery_); }

link::Sent ModelBehind::send(wire::Bytes frame) {
  last_sent_ = link::Sent::Yes;
  service_.on_frame(Party::Server, timeline_.now(), frame);
  return last_sent_;
}

void ModelBehind::poll() {
  wire_->poll();
  deliver();
}

void ModelBehind::emit(Party toward, wire::Bytes frame) {
  if (toward == Party::Client) {
    if (wire_->send(frame) == link::Sent::Refused) last_sent_ = link::Sent::Refused;
    return;
  }
  arrivals_.push_back({came_.value_or(timeline_.now()), {frame.begin(), frame.end()}});
  if (!came_) deliver_later();
}

void ModelBehind::deliver_later() {
  if (delivery_ != 0) return;
  delivery_ = timeline_.at(timeline_.now(), [this] {
    delivery_ = 0;
    deliver();
  });
}

void ModelBehind::deliver() {
  while (!arrivals_.empty()) {
    const Arrival arrival = std::move(arrivals_.front());
    arrivals_.pop_front();
    if (sink_) sink_(arrival.at, arrival.frame);
  }
}

}  // namespace twinwire::bench
