// SPDX-License-Identifier: Apache-2.0
// What a ladder needs that is written while it is walked: lines are added, and from time to time all that is settled is
// handed over and forgotten, so that it can go on for ever.
#include <algorithm>

#include "harness/run/walker.hpp"

namespace twinwire::run {

void Walker::added() {
  const scenario::Step& step = scenario_.steps.back();
  if (!step.label.empty()) step_of_label_[step.label] = static_cast<int>(scenario_.steps.size() - 1);
}

boost::asio::awaitable<void> Walker::rest(time::Instant deadline) {
  co_await alarm_.until(deadline);
  wires_.poll();
}

void Walker::open_connection(const std::string& name, std::optional<std::uint16_t> client_port,
                             std::uint16_t server_port) {
  const bool proxied = wires_.bench().spec().path.kind == scenario::PathSpec::Kind::Proxy;
  make_connection(name, client_port.value_or(wires_.fresh_port()), proxied ? wires_.fresh_port() : server_port);
}

bool Walker::has_port(std::uint16_t client_port) const {
  return std::ranges::any_of(connections_, [&](const auto& entry) { return entry.second->client_port == client_port; });
}

bool Walker::is_synchronised(const std::string& name) const {
  const auto known = connections_.find(name);
  if (known == connections_.end()) return false;
  const observe::Variables& client = known->second->client.now();
  return client.iss && client.irs;
}

void Walker::drop_connection(const std::string& name) {
  const auto known = connections_.find(name);
  if (known == connections_.end()) return;
  const std::uint16_t port = known->second->client_port;
  connections_.erase(known);
  if (has_port(port)) return;
  wires_.mute(scenario_.family, port);
  matcher_.forget_port(port);
}

const std::string* Walker::name_of_connection(Party wire, const wire::Packet& packet) {
  const Connection* connection = packet.tcp ? connection_at(wire, packet) : nullptr;
  for (const auto& [name, known] : connections_) {
    if (known.get() == connection) return &name;
  }
  return nullptr;
}

void Walker::keep_labelled(const observe::Transcript& page) {
  std::map<int, const std::string*> label_of_step;
  for (const auto& [label, step] : step_of_label_) label_of_step[step] = &label;
  for (const observe::Event& event : page.events) {
    const bool sent = event.kind == observe::Event::Kind::Sent && !event.marker;
    const auto label = sent ? label_of_step.find(event.step) : label_of_step.end();
    if (label == label_of_step.end()) continue;
    labelled_before_[*label->second] = event.frame;
    label_of_step.erase(label);
  }
  step_of_label_.clear();
}

Walker::Page Walker::turn_page() {
  const bool direct = wires_.bench().spec().path.kind == scenario::PathSpec::Kind::Direct;
  std::vector<observe::Transit> transits = direct ? matcher_.finish() : observe::apart(transcript_);
  for (observe::Transit& transit : transits) observe::set_delay(transit, transcript_);
  matcher_.clear_events();
  Page page{std::move(transcript_), std::move(transits)};
  transcript_ = {page.transcript.scenario, page.transcript.cell, page.transcript.family, page.transcript.seed, {}, {}};
  for (const auto& [name, known] : connections_)
    transcript_.connections.push_back(
        {name, known->client_address, known->server_address, known->client_port, known->server_port});
  keep_labelled(page.transcript);
  claimed_.clear();
  session_of_act_.clear();
  step_ = -1;
  return page;
}

}  // namespace twinwire::run
