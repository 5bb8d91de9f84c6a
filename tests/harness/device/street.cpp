// SPDX-License-Identifier: Apache-2.0
// Places are numbered from the client on: 0 is the client, 1 the first device, and so on to the server. A frame that is
// on its way is due at the next place a millisecond later.
#include "tests/harness/device/street.hpp"

#include <stdexcept>

namespace twinwire::test {
namespace {

constexpr auto wire_delay = std::chrono::milliseconds(1);

const tcp::Policy& policy() {
  static const tcp::Policy policy;
  return policy;
}

}  // namespace

Call::Call(Street& street, std::uint16_t port)
    : client(policy(), {}, 1000U + port,
             [this, &street](const tcp::Segment& segment) { street.transmit(tuple, Party::Client, segment); }),
      server(policy(), {}, 9'000'000U + port,
             [this, &street](const tcp::Segment& segment) { street.transmit(tuple, Party::Server, segment); }),
      tuple(street.family_ == wire::Family::Ipv4
                ? wire::FourTuple{*wire::parse_address("198.18.1.2"), *wire::parse_address("198.18.2.2"), port, 443}
                : wire::FourTuple{*wire::parse_address("2001:2:0:1::2"), *wire::parse_address("2001:2:0:2::2"), port,
                                  443}) {
  server.listen();
}

Street::Street(const std::vector<Box>& boxes, wire::Family family) : family_(family) {
  for (const Box& box : boxes) boxes_.push_back(device::make_model(box.model, box.settings));
}

Call& Street::dial() {
  const std::uint16_t port = next_port_++;
  Call& call = *calls_.emplace(port, std::make_unique<Call>(*this, port)).first->second;
  call.client.connect(now);
  return call;
}

Call& Street::connect() {
  Call& call = dial();
  if (!until([&] { return call.client.endpoint().state() == tcp::State::Established; })) {
    throw std::runtime_error("the client has no connection");
  }
  return call;
}

void Street::pass(time::Duration duration) {
  const time::Instant end = now + duration;
  while (step(end)) continue;
  now = end;
}

bool Street::until(const std::function<bool()>& so, time::Duration patience) {
  const time::Instant end = now + patience;
  for (auto& [port, call] : calls_) {
    serve(call->client);
    serve(call->server);
  }
  while (!so()) {
    if (!step(end)) return false;
  }
  return true;
}

std::optional<time::Instant> Street::next() const {
  std::optional<time::Instant> first;
  const auto consider = [&](std::optional<time::Instant> at) {
    if (at && (!first || *at < *first)) first = at;
  };
  if (!moving_.empty()) consider(moving_.begin()->first);
  for (const auto& box : boxes_) consider(box->deadline());
  for (const auto& [port, call] : calls_) {
    consider(call->client.deadline());
    consider(call->server.deadline());
  }
  return first;
}

/// Whatever happens next; false if that is later than `latest`.
bool Street::step(time::Instant latest) {
  const auto at = next();
  if (!at || *at > latest) return false;
  now = std::max(now, *at);
  if (!moving_.empty() && moving_.begin()->first <= now) {
    const Moving moving = std::move(moving_.begin()->second);
    moving_.erase(moving_.begin());
    arrive(moving);
    return true;
  }
  for (std::size_t i = 0; i < boxes_.size(); ++i) {
    const auto due = boxes_[i]->deadline();
    if (due && *due <= now) {
      boxes_[i]->on_time(now, [&](Party toward, wire::Bytes frame) { emit_from(i + 1, toward, frame); });
    }
  }
  for (auto& [port, call] : calls_) {
    for (host::LiveEnd* end : {&call->client, &call->server}) {
      if (end->deadline() && *end->deadline() <= now) {
        end->expires(now);
        serve(*end);
      }
    }
  }
  return true;
}

void Street::serve(host::LiveEnd& end) { end.pump(now); }

void Street::put(Party from, wire::Bytes frame) {
  emit_from(from == Party::Client ? 0 : boxes_.size() + 1, other(from), frame);
}

void Street::transmit(const wire::FourTuple& tuple, Party from, const tcp::Segment& segment) {
  craft::Segment whole;
  whole.src_mac = client_mac;
  whole.dst_mac = server_mac;
  whole.src = tuple.client;
  whole.dst = tuple.server;
  whole.src_port = tuple.client_port;
  whole.dst_port = tuple.server_port;
  if (from == Party::Server) {
    std::swap(whole.src_mac, whole.dst_mac);
    std::swap(whole.src, whole.dst);
    std::swap(whole.src_port, whole.dst_port);
  }
  whole.seq = segment.seq;
  whole.ack = segment.ack;
  whole.flags = segment.flags;
  whole.window = segment.window;
  whole.options.assign(segment.options.begin(), segment.options.end());
  whole.payload.assign(segment.payload.begin(), segment.payload.end());
  put(from, builder_.tcp(whole));
}

void Street::emit_from(std::size_t place, Party toward, wire::Bytes frame) {
  const std::size_t next = toward == Party::Server ? place + 1 : place - 1;
  moving_.emplace(now + wire_delay, Moving{next, other(toward), {frame.begin(), frame.end()}});
}

void Street::arrive(const Moving& moving) {
  if (moving.place == 0) return deliver(Party::Client, moving.frame);
  if (moving.place > boxes_.size()) return deliver(Party::Server, moving.frame);
  boxes_[moving.place - 1]->on_frame(moving.from, now, moving.frame,
                                     [&](Party toward, wire::Bytes frame) { emit_from(moving.place, toward, frame); });
}

void Street::deliver(Party to, const Octets& frame) {
  if (to == Party::Server && !server_answers) return;
  delivered.push_back({to, frame});
  const auto packet = wire::decode(delivered.back().frame);
  if (!packet || !packet->tcp || !packet->tcp->checksum_ok) return;
  const auto call = calls_.find(to == Party::Client ? packet->tcp->dst_port : packet->tcp->src_port);
  if (call == calls_.end()) return;
  host::LiveEnd& end = to == Party::Client ? call->second->client : call->second->server;
  end.arrives(*packet->tcp, now);
  serve(end);
}

}  // namespace twinwire::test
