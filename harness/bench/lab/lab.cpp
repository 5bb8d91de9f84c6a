// SPDX-License-Identifier: Apache-2.0
// The client class turns a bench into one request, sends it to a helper of its own, and keeps the sockets and MAC
// addresses of the answer. Every later call is one request and one answer. When the helper is gone in the middle, the
// error says how it ended.
#include "harness/bench/lab/lab.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>

#include "harness/bench/lab/helper_process.hpp"
#include "harness/bench/lab/program_address.hpp"
#include "harness/bench/lab/protocol.hpp"

namespace twinwire::bench {
namespace {

using scenario::Party;

Middle middle_of(const scenario::DeviceSpec& device) {
  if (device.kind == "wire") return Middle::Nothing;
  if (device.kind == "model" || device.layer == 2) return Middle::Ports;
  return Middle::Router;
}

std::vector<wire::Prefix> gateways(const scenario::EndSpec& end) {
  std::vector<wire::Prefix> all;
  for (const auto& network : end.address) {
    const auto gateway = gateway_of(network, end);
    if (gateway.address == network.address) {
      throw LabError("the address " + to_string(network) +
                     " of an end is also the address of the device in that network; " +
                     "give the end another one, for example the second of the network");
    }
    all.push_back(gateway);
  }
  return all;
}

UpRequest up_request(const scenario::BenchSpec& spec) {
  UpRequest up;
  up.middle = middle_of(spec.device);
  if (up.middle == Middle::Router) {
    up.toward_client = gateways(spec.client);
    up.toward_server = gateways(spec.server);
  }
  up.device = spec.device;
  for (const auto& name : spec.applied) {
    const auto change = spec.apply.find(name);
    if (change == spec.apply.end())
      throw LabError("the bench applies \"" + name + "\", but has no [apply." + name + "]");
    up.applied.push_back(change->second);
  }
  return up;
}

void require_known_kind(const scenario::DeviceSpec& device) {
  const std::array<std::string, 4> kinds{"wire", "nftables", "process", "model"};
  if (std::ranges::find(kinds, device.kind) == kinds.end()) {
    throw LabError("a device of kind \"" + device.kind +
                   "\" cannot stand between two wires of the namespace world; wire, nftables, " +
                   "process and model can");
  }
}

void require(const scenario::BenchSpec& spec, const std::filesystem::path& helper) {
  if (const auto reason = lacking(spec, helper)) throw LabError(*reason);
  const auto& device = spec.device;
  require_known_kind(device);
  if (device.kind == "nftables" && device.layer != 3) {
    throw LabError("a device of kind \"nftables\" is a router and needs layer = 3, but the bench says layer = " +
                   std::to_string(device.layer));
  }
  if (device.kind == "wire" && !(device.rulesets.empty() && device.sysctl.empty() && device.processes.empty())) {
    throw LabError(
        "a bench of kind \"wire\" has nothing between the wires, so it cannot have a ruleset, sysctls or programs");
  }
}

void require_end(Party end) {
  if (end == Party::Device) throw LabError("the device has no wire of its own: ask for the client's or the server's");
}

SocketPlace place_of(Party end, SocketPlace client, SocketPlace server) {
  require_end(end);
  return end == Party::Client ? client : server;
}

/// The port that a server must open before it counts as started.
std::uint16_t awaited_port(Party end, const std::map<std::string, std::string>& words) {
  const auto word = words.find("port");
  if (end != Party::Server || word == words.end()) return 0;
  std::uint16_t port = 0;
  const char* last = word->second.data() + word->second.size();
  const auto [stop, error] = std::from_chars(word->second.data(), last, port);
  if (error != std::errc{} || stop != last) {
    throw LabError("a server's program cannot listen on the port \"" + word->second +
                   "\", which is no number of a port");
  }
  return port;
}

}  // namespace

struct Lab::State {
  State(const std::filesystem::path& program, scenario::BenchSpec bench) : helper(program), spec(std::move(bench)) {}

  struct Reply {
    Answer answer;
    std::vector<Descriptor> sockets;
  };

  Reply ask(const Request& request) {
    const bool sent = helper.channel().send(encode(request));
    auto message = sent ? helper.channel().receive() : std::nullopt;
    if (!message) throw LabError("the namespace lab is gone: its process twinwire-lab " + helper.describe_end());
    Reply reply{decode_answer(message->text), std::move(message->descriptors)};
    if (reply.answer.error) throw LabError(*reply.answer.error);
    return reply;
  }

  int take(SocketPlace place) {
    const auto index = static_cast<std::size_t>(place);
    if (index >= up.sockets.size() || !up.sockets[index]) {
      throw LabError("this packet socket is not there: it was taken before, or the device is no model");
    }
    return up.sockets[index].release();
  }

  HelperProcess helper;
  scenario::BenchSpec spec;
  Reply up;  ///< what came when the bench was up
};

Lab::Lab(const scenario::BenchSpec& spec, const std::filesystem::path& helper) {
  require(spec, helper);
  const auto program = find_helper(helper);
  try {
    state_ = std::make_shared<State>(*program, spec);
    state_->up = state_->ask(up_request(spec));
  } catch (const std::system_error& error) {
    throw LabError(std::string("the namespace lab could not be started: ") + error.what());
  }
}

Lab::~Lab() {
  const bool has_programs = !state_->spec.device.processes.empty();
  try {
    if (has_programs) state_->ask(StopRequest{});
  } catch (const std::exception&) {
    // What cannot be ended in its own way ends with the helper.
  }
}

int Lab::packet_socket(Party end) { return state_->take(place_of(end, SocketPlace::Client, SocketPlace::Server)); }

int Lab::device_socket(Party toward) {
  return state_->take(place_of(toward, SocketPlace::TowardClient, SocketPlace::TowardServer));
}

wire::Mac Lab::device_mac(Party toward) const {
  const auto place = place_of(toward, SocketPlace::TowardClient, SocketPlace::TowardServer);
  return place == SocketPlace::TowardClient ? state_->up.answer.toward_client : state_->up.answer.toward_server;
}

void Lab::apply(const scenario::ApplySpec& change) { state_->ask(ApplyRequest{change}); }

void Lab::forget(const Endpoint& client, const Endpoint& server) {
  state_->ask(ForgetRequest{client.address, server.address, client.port, server.port});
}

void Lab::check_health() { state_->ask(HealthRequest{}); }

std::optional<wire::Address> Lab::program_address(Party end, wire::Family family) const {
  require_end(end);
  const auto prefix = program_prefix(state_->spec, end, family);
  return prefix ? std::optional(prefix->address) : std::nullopt;
}

std::unique_ptr<LabProgram> Lab::start(Party end, const scenario::Program& program,
                                       const std::map<std::string, std::string>& words) {
  require_end(end);
  auto reply = state_->ask(ProgramRequest{end, kernel_end(state_->spec, end), program.command, program.files, words,
                                          awaited_port(end, words)});
  if (reply.sockets.size() != 2) throw LabError("the namespace lab did not hand over the program that it started");
  const auto number = reply.answer.program;
  const std::weak_ptr<State> lab = state_;
  LabProgram::Helper helper;
  helper.status = [lab, number]() -> std::optional<int> {
    const auto state = lab.lock();
    return state ? state->ask(ProgramStatusRequest{number}).answer.program_status : std::nullopt;
  };
  helper.end = [lab, number] {
    if (const auto state = lab.lock()) state->ask(ProgramEndRequest{number});
  };
  return std::make_unique<LabProgram>(std::move(helper), std::move(reply.sockets[0]), std::move(reply.sockets[1]));
}

int Lab::kernel_socket(Party end) {
  require_end(end);
  auto reply = state_->ask(KernelSocketRequest{end});
  if (reply.sockets.empty()) throw LabError("the namespace lab did not hand over a packet socket");
  return reply.sockets.front().release();
}

}  // namespace twinwire::bench
