// SPDX-License-Identifier: Apache-2.0
// A model between a client and a server that speak TLS over TCP, in virtual time: each call makes one connection and
// says what became of it.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "generator/craft/builder.hpp"
#include "generator/host/live_end.hpp"
#include "generator/tls/peer.hpp"
#include "harness/device/middlebox.hpp"

namespace twinwire::test {

using scenario::Party;

/// When the server's secrets are told to the model.
enum class KeyAgent : std::uint8_t {
  Prompt,  ///< as they come about
  Late,    ///< when the connection has fallen silent, and before it is closed
  Silent,  ///< never
};

/// How the ends close, or do not.
enum class Farewell : std::uint8_t { Close, None };

struct Route {
  tcp::Policy client{}, server{};
  wire::Family family = wire::Family::Ipv4;
  tcp::Deviations client_bends{}, server_bends{};
  KeyAgent agent = KeyAgent::Prompt;
  Farewell farewell = Farewell::Close;
  std::size_t interlude_before = 0;  ///< number of the frame, from 1, before which `interlude` is called
  std::function<void()> interlude{};
};

/// What became of one connection.
struct Course {
  tls::Facts client, server;
  tcp::Ending client_ending{}, server_ending{};
  tcp::State client_state{}, server_state{};
  bool client_saw_fin = false;
  std::size_t answered = 0;  ///< octets of application data that the client has got back
  std::vector<tls::Session> sessions;
  std::vector<std::string> log;  ///< the model's
  wire::FourTuple tuple;
  bool complete() const { return answered > 0; }
  bool resumed() const { return complete() && client.resumed && server.resumed; }
  bool full() const { return complete() && !client.resumed; }
};

class TlsPath {
 public:
  explicit TlsPath(const device::Settings& settings) : model(device::make_model("inspecting", settings)) {}

  /// A handshake, 100 octets there and back, and a farewell.
  Course connect(tls::Client& client, tls::Server& server, const tls::Session* resume = nullptr);
  /// Of the model, since it came up.
  std::uint64_t counter(const std::string& name) const { return model->counters().at(name); }

  std::unique_ptr<device::Middlebox> model;
  Route route;
  std::vector<std::pair<Party, craft::Frame>> came_out;  ///< of the model, in the last connection

 private:
  struct Sent {
    Party from;
    craft::Frame frame;
  };
  class Connection;

  std::unique_ptr<craft::Builder> builder_ = std::make_unique<craft::Builder>();
  std::uint16_t next_port_ = 40001;
  time::Instant now_{};
};

}  // namespace twinwire::test
