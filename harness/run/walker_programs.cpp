// SPDX-License-Identifier: Apache-2.0
// Ends that are real programs. What their kernels send is heard at their own wire and recorded as sent; a server's
// program is started before the first line, a client's is an act from its start to its end.
#include <algorithm>

#include "harness/run/walker.hpp"

namespace twinwire::run {
namespace {

using observe::Event;

constexpr time::Duration program_poll = std::chrono::milliseconds(5);

}  // namespace

std::map<std::string, std::string> Walker::program_words() const {
  const std::string server = wire::to_string(address_of(Party::Server));
  const bool ipv6 = scenario_.family == wire::Family::Ipv6;
  const std::string name =
      scenario_.tls && !scenario_.tls->client.server_name.empty() ? scenario_.tls->client.server_name : server;
  return {{"server", server},
          {"host", ipv6 ? "[" + server + "]" : server},
          {"port", std::to_string(scenario_.server_port())},
          {"family", ipv6 ? "6" : "4"},
          {"name", name}};
}

void Walker::start_server_program() {
  if (!is_program(Party::Server)) return;
  wires_.listen_program(Party::Server, *this);
  server_program_ = wires_.bench().start(Party::Server, *scenario_.server.program, program_words());
}

boost::asio::awaitable<bool> Walker::run_program(int index, Party end) {
  wires_.listen_program(end, *this);
  const auto running = wires_.bench().start(end, *scenario_.client.program, program_words());
  std::optional<int> status;
  while (!interrupted_ && !(status = running->status())) {
    co_await alarm_.until(std::min(wires_.timeline().now() + program_poll,
                                   next_timer().value_or(wires_.timeline().now() + program_poll)));
    wires_.poll();
    serve_live_ends();
    answer_http();
  }
  // Its kernel's last segments, and the answers to them, still belong to the act.
  if (!interrupted_) co_await quiet();
  serve_live_ends();
  for (auto& [name, connection] : connections_) say(index, *connection, status == 0 ? "completes" : "fails");
  Event event;
  event.kind = Event::Kind::Says;
  event.at = wires_.timeline().now();
  event.step = index;
  event.wire = end;
  event.facts = {{"program", status == 0 ? "completes" : "fails"},
                 {"status", status ? std::to_string(*status) : "still running"},
                 {"output", running->output()}};
  record(std::move(event));
  co_return status == 0;
}

void Walker::answer_http() {
  static constexpr std::string_view answer =
      "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n";
  for (auto& [name, connection] : connections_) {
    LiveEnd* server = connection->server_live.get();
    if (server == nullptr) continue;
    const auto& heard = server->received();
    const std::string_view request(reinterpret_cast<const char*>(heard.data()), heard.size());
    if (request.find("\r\n\r\n") == std::string_view::npos) continue;
    server->received().clear();
    server->send({reinterpret_cast<const std::uint8_t*>(answer.data()), answer.size()}, wires_.timeline().now());
    server->close(wires_.timeline().now());
  }
}

}  // namespace twinwire::run
