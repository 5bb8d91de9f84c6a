// SPDX-License-Identifier: Apache-2.0
// What the lab's client class and its helper say to each other: one request, one answer. On the socket each is one JSON
// object; here each is a value.
#pragma once

#include <cstdint>
#include <map>
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

/// A network that is reached by a router.
struct Route {
  wire::Prefix to;
  wire::Address via;
};

/// What the kernel at an end gets when a program is started there.
struct KernelEnd {
  std::vector<wire::Prefix> addresses;
  std::vector<Route> routes;
};

/// Start a program at an end. Answered with its number and two descriptors: one that becomes readable when it has
/// ended, and its output.
struct ProgramRequest {
  scenario::Party end{};
  KernelEnd kernel;
  std::vector<std::string> command;
  std::map<std::string, std::string> files;  ///< name to text
  std::map<std::string, std::string> words;  ///< in command and texts "{word}" becomes its value
  std::uint16_t port = 0;                    ///< answered when something listens there; 0: at once
};

/// Has that program ended, and how? Answered with its status.
struct ProgramStatusRequest {
  std::uint32_t number = 0;
};

/// End that program.
struct ProgramEndRequest {
  std::uint32_t number = 0;
};

/// Answered with a packet socket that hears what the kernel at an end puts on its wire.
struct KernelSocketRequest {
  scenario::Party end{};
};

/// End the programs of the device, each in its own way.
struct StopRequest {};

using Request = std::variant<UpRequest, ApplyRequest, ForgetRequest, HealthRequest, ProgramRequest,
                             ProgramStatusRequest, ProgramEndRequest, KernelSocketRequest, StopRequest>;

struct Answer {
  std::optional<std::string> error;  ///< a full sentence
  /// The device's interfaces toward client and server; without a device, the other end's.
  wire::Mac toward_client, toward_server;
  std::uint32_t program = 0;          ///< the number of the program that was started
  std::optional<int> program_status;  ///< once it has ended; minus the signal
};

/// Which packet socket stands at which place of the answer to UpRequest; the last two come with a model only.
enum class SocketPlace : std::uint8_t { Client, Server, TowardClient, TowardServer };

std::string encode(const Request& request);
std::string encode(const Answer& answer);
/// Both throw std::runtime_error if the text is not what encode() writes.
Request decode_request(const std::string& text);
Answer decode_answer(const std::string& text);

}  // namespace twinwire::bench
