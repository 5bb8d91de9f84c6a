// SPDX-License-Identifier: Apache-2.0
#include "tests/harness/device/ends.hpp"

#include <stdexcept>

namespace twinwire::test {

namespace flag = wire::tcp_flag;

Ends::Ends(const scenario::BenchSpec& spec) : bench(bench::bind(spec)) {
  listen(Party::Client, client_heard);
  listen(Party::Server, server_heard);
}

void Ends::listen(Party end, std::vector<Heard>& heard) {
  bench->wire(end).on_frame([&heard](time::Instant at, wire::Bytes frame) {
    const auto packet = wire::decode(frame);
    if (packet && packet->tcp) heard.push_back({at, {frame.begin(), frame.end()}});
  });
}

void Ends::send(Party from, const Sent& segment) {
  bench->wire(from).send(write_segment(builder_, tuple, from, segment));
}

void Ends::shake_hands() {
  send(Party::Client, {flag::Syn, client_iss});
  bool all = hears(Party::Server, 1);
  send(Party::Server, {flag::Syn | flag::Ack, server_iss, client_iss + 1});
  all = all && hears(Party::Client, 1);
  send(Party::Client, {flag::Ack, client_iss + 1, server_iss + 1});
  if (!all || !hears(Party::Server, 2)) throw std::runtime_error("the handshake did not pass");
}

void Ends::break_limit() {
  shake_hands();
  std::uint32_t seq = client_iss + 1;
  for (const auto& piece : cut(write_hello({.wire_bytes = 6433}), 536)) {
    send(Party::Client, {flag::Ack, seq, server_iss + 1, piece});
    seq += static_cast<std::uint32_t>(piece.size());
  }
  pass(std::chrono::milliseconds(1));
}

void Ends::pass(time::Duration duration) {
  bool over = false;
  bench->timeline().at(bench->timeline().now() + duration, [&over] { over = true; });
  bench->timeline().run([&over] { return over; });
}

bool Ends::hears(Party end, std::size_t count) {
  const auto& heard = end == Party::Client ? client_heard : server_heard;
  bool late = false;
  const auto timer = bench->timeline().at(bench->timeline().now() + std::chrono::seconds(5), [&late] { late = true; });
  bench->timeline().run([&] { return late || heard.size() >= count; });
  bench->timeline().cancel(timer);
  return heard.size() >= count;
}

}  // namespace twinwire::test
