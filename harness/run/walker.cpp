// SPDX-License-Identifier: Apache-2.0
// A line is sent when the line before has arrived, or its absence is settled; lines joined by `&` are sent at once. On
// a bench of one machine the device's answer is there when the sending call returns, so that most lines are walked
// without waiting at all. What has not arrived then is overtaken by a marker; where markers cannot be had, the bench's
// patience decides. A line that must arrive and does not ends the walk: the rest is not reached. The tail check then
// asks whether anything else comes.
#include "harness/run/walker.hpp"

#include <algorithm>

namespace twinwire::run {
namespace {

using observe::Event;
using scenario::Crossing;
namespace flag = scenario::flag;

constexpr time::Duration default_patience = std::chrono::milliseconds(250);

const scenario::Packet* packet_of(const scenario::Step& step) { return std::get_if<scenario::Packet>(&step.what); }

bool between_ends(const scenario::Packet& line) {
  return line.from.party != Party::Device && line.to.party != Party::Device;
}

}  // namespace

Walker::Walker(Wires& wires, MarkerFlow* markers, const scenario::Scenario& scenario, std::uint64_t seed, Shared shared)
    : wires_(wires),
      markers_(markers),
      scenario_(scenario),
      random_(seed),
      ip_id_(static_cast<std::uint16_t>(random_())),
      alarm_(wires.timeline()),
      matcher_(wires.bench().spec().allow),
      mute_between_acts_(
          scenario.steps.empty() ||
          std::ranges::any_of(scenario.steps, [](const scenario::Step& step) { return packet_of(step) != nullptr; })),
      shared_(std::move(shared)) {
  transcript_.scenario = scenario.id;
  transcript_.cell = scenario.cell;
  transcript_.family = scenario.family;
  transcript_.seed = seed;
  for (std::size_t i = 0; i < scenario.steps.size(); ++i) {
    if (!scenario.steps[i].label.empty()) step_of_label_[scenario.steps[i].label] = static_cast<int>(i);
  }
}

Walker::~Walker() {
  wires_.mute(*this);
  if (markers_ != nullptr) markers_->forget(*this);
}

std::size_t Walker::record(Event event) {
  matcher_.add(event);
  transcript_.events.push_back(std::move(event));
  return transcript_.events.size() - 1;
}

void Walker::record(Event::Kind kind, int step, std::string text) {
  Event event;
  event.kind = kind;
  event.at = wires_.timeline().now();
  event.step = step;
  event.text = std::move(text);
  record(std::move(event));
}

void Walker::fail(int step, std::string why) { record(Event::Kind::Failed, step, std::move(why)); }

time::Duration Walker::patience() const {
  const time::Duration own = wires_.bench().spec().patience;
  return own > time::Duration::zero() ? own : default_patience;
}

boost::asio::awaitable<void> Walker::walk() {
  start_server_program();
  co_await walk_steps();
  co_await tail();
  record(Event::Kind::Closes, -1);
}

boost::asio::awaitable<void> Walker::walk_steps() {
  const auto& steps = scenario_.steps;
  for (std::size_t i = 0; i < steps.size();) {
    std::size_t behind = i + 1;
    if (packet_of(steps[i]) != nullptr && between_ends(*packet_of(steps[i]))) {
      while (behind < steps.size() && steps[behind].together) ++behind;
    }
    bool reached = !interrupted_;
    if (reached && passed_by(steps[i]) && behind == i + 1) {
      record(Event::Kind::Passed, static_cast<int>(i));
    } else if (reached && packet_of(steps[i]) == nullptr) {
      reached = co_await walk_act(static_cast<int>(i));
    } else if (reached && !between_ends(*packet_of(steps[i]))) {
      reached = co_await walk_device_line(static_cast<int>(i));
    } else if (reached) {
      reached = co_await walk_packets(i, behind);
    }
    if (!reached) {
      const std::size_t first = interrupted_ ? i : behind;
      for (std::size_t rest = first; rest < steps.size(); ++rest)
        record(Event::Kind::NotReached, static_cast<int>(rest));
      co_return;
    }
    i = behind;
  }
}

bool Walker::passed_by(const scenario::Step& step) const {
  if (!step.guard) return false;
  const bool arrived = matcher_.arrived(step_of_label_.at(step.guard->label), 0);
  return arrived != step.guard->arrived;
}

boost::asio::awaitable<bool> Walker::walk_packets(std::size_t first, std::size_t behind) {
  std::vector<Pending> pending;
  bool reached = true;
  for (std::size_t i = first; i < behind; ++i) {
    const scenario::Step& step = scenario_.steps[i];
    if (passed_by(step)) {
      record(Event::Kind::Passed, static_cast<int>(i));
    } else if (packet_of(step)->repeat.least != packet_of(step)->repeat.most) {
      reached = co_await walk_until_arrived(static_cast<int>(i)) && reached;
    } else if (!co_await send_line(static_cast<int>(i), pending)) {
      co_return false;
    }
  }
  co_await settle(pending);
  for (const Pending& packet : pending) {
    const scenario::Packet& line = *packet_of(scenario_.steps[static_cast<std::size_t>(packet.step)]);
    if (line.crossing == Crossing::Must && !matcher_.arrived(packet.step, packet.packet)) reached = false;
  }
  for (std::size_t i = first; i < behind; ++i) {
    if (!passed_by(scenario_.steps[i])) record(Event::Kind::Done, static_cast<int>(i));
  }
  co_return reached && !refused_;
}

boost::asio::awaitable<bool> Walker::send_line(int index, std::vector<Pending>& pending) {
  const scenario::Packet& line = *packet_of(scenario_.steps[static_cast<std::size_t>(index)]);
  if (line.limit.after) co_await pause(*line.limit.after);
  step_ = index;
  record(Event::Kind::Begins, index);
  for (std::uint32_t k = 0; k < line.repeat.most; ++k) {
    if (k > 0 && line.repeat.every > time::Duration::zero()) co_await pause(line.repeat.every);
    if (k > 0 && interrupted_) co_return false;
    try {
      transmit(index, static_cast<int>(k), line);
    } catch (const CannotSend& error) {
      fail(index, error.what());
      co_return false;
    }
    pending.push_back({index, static_cast<int>(k), line.from.party});
  }
  co_return true;
}

boost::asio::awaitable<bool> Walker::walk_until_arrived(int index) {
  const scenario::Packet& line = *packet_of(scenario_.steps[static_cast<std::size_t>(index)]);
  step_ = index;
  record(Event::Kind::Begins, index);
  for (std::uint32_t k = 0; k < line.repeat.most; ++k) {
    if (k > 0) co_await pause(line.repeat.every);
    transmit(index, static_cast<int>(k), line);
    std::vector<Pending> one{{index, static_cast<int>(k), line.from.party}};
    co_await settle(one);
    if (matcher_.arrived(index, static_cast<int>(k))) co_return true;
  }
  co_return line.crossing != Crossing::Must;
}

bool Walker::open(const Pending& pending) const {
  return !matcher_.arrived(pending.step, pending.packet) && !matcher_.absent(pending.step, pending.packet) &&
         !matcher_.doubtful(pending.step, pending.packet);
}

bool Walker::mark(Party from) {
  if (markers_ == nullptr) return false;
  auto frame = markers_->send(from, *this);
  if (!frame) return false;
  Event event;
  event.kind = Event::Kind::Sent;
  event.at = wires_.timeline().now();
  event.wire = from;
  event.marker = true;
  event.frame = std::move(*frame);
  if (const auto identity = observe::marker_identity(*wire::decode(event.frame))) round_.insert(*identity);
  record(std::move(event));
  return true;
}

boost::asio::awaitable<void> Walker::settle(const std::vector<Pending>& pending) {
  const auto any_open = [&](Party from) {
    return std::ranges::any_of(pending, [&](const Pending& p) { return p.from == from && open(p); });
  };
  // What is settled stays so; of thousands, each is looked at once.
  std::size_t settled = 0;
  const auto all_settled = [&] {
    while (settled < pending.size() && !open(pending[settled])) ++settled;
    return settled == pending.size();
  };
  wires_.poll();
  if (all_settled()) co_return;
  time::Duration longest = patience();
  for (const Pending& packet : pending) {
    if (packet.step >= static_cast<int>(scenario_.steps.size())) continue;  // of the tail check
    const auto& within = packet_of(scenario_.steps[static_cast<std::size_t>(packet.step)])->limit.within;
    if (within) longest = std::max(longest, *within);
  }
  // Two markers prove absence, the second sent when the first has come. A third is for one that was lost on the way:
  // then it tells a moment's loss from a device that forwards nothing at all.
  for (int attempt = 0; attempt < 3 && !all_settled(); ++attempt) {
    round_.clear();
    bool marked = false;
    for (const Party from : {Party::Client, Party::Server}) marked = (any_open(from) && mark(from)) || marked;
    const time::Instant deadline = wires_.timeline().now() + longest;
    co_await await_markers(deadline, [&] { return all_settled() || (marked && round_.empty()); });
    if (!marked) break;
  }
  if (interrupted_) co_return;  // its time is not up
  for (const Pending& packet : pending) {
    unsettled_ = unsettled_ || matcher_.doubtful(packet.step, packet.packet);
    if (open(packet)) record(Event::Kind::TimeUp, packet.step);
  }
}

boost::asio::awaitable<void> Walker::await_markers(time::Instant deadline, const std::function<bool()>& enough) {
  wires_.poll();
  while (!enough() && !interrupted_ && wires_.timeline().now() < deadline) {
    co_await alarm_.until(deadline);
    wires_.poll();
  }
}

boost::asio::awaitable<void> Walker::pause(time::Duration duration) {
  const time::Instant end = wires_.timeline().now() + duration;
  while (wires_.timeline().now() < end && !interrupted_) {
    co_await alarm_.until(std::min(end, next_timer().value_or(end)));
    wires_.poll();
    serve_live_ends();
  }
}

boost::asio::awaitable<void> Walker::quiet() {
  for (int round = 0; round < 2; ++round) {
    round_.clear();
    for (const Party from : {Party::Client, Party::Server}) mark(from);
    co_await await_markers(wires_.timeline().now() + patience(), [&] { return round_.empty(); });
  }
}

boost::asio::awaitable<void> Walker::tail() {
  // A SYN,ACK that no server sent is a promise in the server's name: hold the device to it.
  const int index = static_cast<int>(scenario_.steps.size());
  step_ = index;
  const Event* promise = nullptr;
  for (const auto& transit : matcher_.transits()) {
    if (transit.fate != observe::Transit::Fate::Made || transit.to != Party::Client) continue;
    const Event& event = transcript_.events[transit.received.front()];
    const auto packet = wire::decode(event.frame);
    if (packet->tcp && packet->tcp->flags == (flag::Syn | flag::Ack)) promise = &event;
  }
  Connection* promised = nullptr;
  if (promise != nullptr && !interrupted_) promised = connection_at(Party::Client, *wire::decode(promise->frame));
  if (promised != nullptr && !promised->live) {
    record(Event::Kind::Begins, index);
    promised->client_live.reset();
    enliven(*promised, Party::Server);  // a device that proxies now opens its own connection to the server
    promised->live = true;
    emit(index, 0, *promised, Party::Client, {flag::Ack, {}, {}});
    scenario::Number hundred;
    hundred.offset = 100;
    const scenario::Field length{scenario::Key::Len, false, hundred, {}};
    emit(index, 1, *promised, Party::Client, {flag::Psh | flag::Ack, {length}, {}});
    std::vector<Pending> pending{{index, 0, Party::Client}, {index, 1, Party::Client}};
    co_await settle(pending);
  }
  co_await quiet();
}

}  // namespace twinwire::run
