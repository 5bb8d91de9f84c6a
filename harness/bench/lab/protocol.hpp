// SPDX-License-Identifier: Apache-2.0
// What the lab's client class and its helper say to each other: one request, one answer. On the socket each is one JSON
// object; here each is a value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "generator/wire/address.hpp"
#include "harness/scenario/bench_spec.hpp"

namespace twinwire::bench {

/// What is between the two wires, as the kernel sees it.
enum class Middle : std::uint8_t {
  Nothing,  ///< one veth pair from end to end
  Router,   ///< the kernel forwards between two interfaces that have addresses
  Ports,    ///< two interfaces without addresses; a process or a model carries the frames
};

/// Bring everything up. Answered with the MAC addresses and the packet sockets.
struct UpRequest {
  Middle middle = Middle::Router;
  std::vector<wire::Prefix> toward_client, toward_server;  ///< Middle::Router: the device's own addresses
  scenario::DeviceSpec device;
  std::vector<scenario::ApplySpec> applied;  ///< changes made when all is up
};

struct ApplyRequest {
  scenario::ApplySpec change;
};

/// Clear the device's state of one four-tuple.
struct ForgetRequest {
  wire::Address client, server;
  std::uint16_t client_port = 0, server_port = 0;
};

/// Is every process of the device still there?
struct HealthRequest {};

using Request = std::variant<UpRequest, ApplyRequest, ForgetRequest, HealthRequest>;

struct Answer {
  std::optional<std::string> error;  ///< a full sentence
  /// The device's interfaces toward client and server; without a device, the other end's.
  wire::Mac toward_client, toward_server;
};

/// Which packet socket stands at which place of the answer to UpRequest; the last two come with a model only.
enum class SocketPlace : std::uint8_t { Client, Server, TowardClient, TowardServer };

std::string encode(const Request& request);
std::string encode(const Answer& answer);
/// Both throw std::runtime_error if the text is not what encode() writes.
Request decode_request(const std::string& text);
Answer decode_answer(const std::string& text);

}  // namespace twinwire::bench
