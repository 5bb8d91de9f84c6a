// SPDX-License-Identifier: Apache-2.0
// Acts in which nobody speaks, and lines of the device.
#include "harness/run/walker.hpp"

namespace twinwire::run {
namespace {

using observe::Event;
using scenario::Crossing;

constexpr time::Duration answer_patience =
    std::chrono::milliseconds(250);  // for what the device says itself, without `within`

}  // namespace

boost::asio::awaitable<bool> Walker::walk_act(int index) {
  const auto& act = std::get<scenario::Act>(scenario_.steps[static_cast<std::size_t>(index)].what);
  step_ = index;
  record(Event::Kind::Begins, index);
  bool reached = true;
  if (const auto* wait = std::get_if<scenario::Wait>(&act.what)) {
    co_await pause(wait->duration);
  } else if (const auto* silence = std::get_if<scenario::Silence>(&act.what)) {
    co_await pause(silence->duration);
  } else if (const auto* applies = std::get_if<scenario::Applies>(&act.what)) {
    try {
      wires_.bench().apply(applies->change);
    } catch (const bench::Interrupted&) {
      interrupted_ = true;
      co_return false;
    } catch (const bench::BenchError& refused) {
      fail(index, refused.what());
      co_return false;
    }
  } else if (std::holds_alternative<scenario::ForgetsSessions>(act.what)) {
    tls_server().forget_sessions();
  } else if (std::holds_alternative<scenario::Forgets>(act.what)) {
    Connection& connection = connection_of(act.who.party == Party::Device ? scenario::Endpoint{} : act.who);
    if (act.who.party == Party::Device) {
      wires_.bench().forget(tuple_of(connection));
    } else {
      connection.end(act.who.party).forget();
      connection.live_end(act.who.party).reset();
    }
  } else {
    reached = co_await walk_live_act(index, act);
    if (interrupted_ && !reached) co_return false;
  }
  record(Event::Kind::Done, index);
  co_return reached;
}

bool Walker::is_as_written(Party wire, const wire::Packet& packet, const scenario::SegmentSpec& spec) {
  Connection* connection = connection_at(wire, packet);
  return connection != nullptr && observe::is_as_written(packet, spec, connection->end(wire), labelled());
}

bool Walker::claim_made(Party end, const scenario::SegmentSpec& spec) {
  for (const auto& transit : matcher_.transits()) {
    if (transit.fate != observe::Transit::Fate::Made || transit.to != end) continue;
    const std::size_t event = transit.received.front();
    const auto packet = wire::decode(transcript_.events[event].frame);
    if (claimed_.contains(event) || !packet->tcp) continue;
    if (!is_as_written(end, *packet, spec)) continue;
    claimed_[event] = true;
    return true;
  }
  return false;
}

boost::asio::awaitable<bool> Walker::walk_device_line(int index) {
  const scenario::Step& step = scenario_.steps[static_cast<std::size_t>(index)];
  const auto& line = std::get<scenario::Packet>(step.what);
  if (passed_by(step)) {
    record(Event::Kind::Passed, index);
    co_return true;
  }
  bool reached = true;
  if (line.from.party == Party::Device) {
    step_ = index;
    record(Event::Kind::Begins, index);
    const auto& spec = std::get<scenario::SegmentSpec>(line.segment);
    const bool waits = line.crossing == Crossing::Must || line.limit.within.has_value();
    const time::Instant deadline =
        wires_.timeline().now() + (waits ? line.limit.within.value_or(patience()) : time::Duration{});
    wires_.poll();
    std::uint32_t came = 0;
    const auto claim = [&] {
      while (came < line.repeat.most && claim_made(line.to.party, spec)) ++came;
      return came >= line.repeat.least;
    };
    while (!claim() && wires_.timeline().now() < deadline) {
      co_await alarm_.until(deadline);
      wires_.poll();
    }
    reached = came >= line.repeat.least || line.crossing != Crossing::Must;
  } else {
    // Meant for the device: it must not come out on the other side.
    std::vector<Pending> pending;
    if (!co_await send_line(index, pending)) co_return false;
    co_await settle(pending);
  }
  record(Event::Kind::Done, index);
  co_return reached;
}

}  // namespace twinwire::run
