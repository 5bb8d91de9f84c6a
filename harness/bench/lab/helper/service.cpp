// SPDX-License-Identifier: Apache-2.0
// The first request brings everything up: network, rulesets, sysctls, files, programs, changes, in this order. A
// ruleset comes before the sysctls, because loading it makes the kernel load connection tracking, whose sysctls do not
// exist before. The packet sockets are opened last, so that they have not seen what the device says while it comes up.
// Whatever fails becomes the sentence of the answer; the helper itself lives on until the caller goes.
#include "harness/bench/lab/helper/service.hpp"

#include <cstdlib>
#include <optional>
#include <stdexcept>

#include "harness/bench/lab/helper/conntrack.hpp"
#include "harness/bench/lab/helper/isolate.hpp"
#include "harness/bench/lab/helper/network.hpp"
#include "harness/bench/lab/helper/processes.hpp"
#include "harness/bench/lab/helper/programs.hpp"
#include "harness/bench/lab/helper/ruleset.hpp"
#include "harness/bench/lab/helper/sysctl.hpp"
#include "harness/bench/lab/protocol.hpp"
#include "harness/bench/lab/search_path.hpp"

namespace twinwire::bench {
namespace {

struct Reply {
  Answer answer;
  std::vector<Descriptor> sockets;
};

/// What the programs of a device find; nothing of the caller's own environment but where programs are.
void set_environment() {
  const std::string path = search_path();
  clearenv();
  setenv("PATH", path.c_str(), 1);
  setenv("HOME", device_directory, 1);
  setenv("TMPDIR", device_directory, 1);
  setenv("TW_DIR", device_directory, 1);
  setenv("LC_ALL", "C", 1);
}

class Device {
 public:
  Reply operator()(const UpRequest& up) {
    if (network_) throw std::runtime_error("the lab is up already");
    spec_ = up.device;
    network_.emplace(up);
    for (const auto& ruleset : spec_.rulesets) load_ruleset(ruleset);
    set_sysctls(spec_.sysctl);
    processes_.write_files(spec_.files);
    for (const auto& process : spec_.processes) processes_.start(process);
    for (const auto& change : up.applied) make(change);
    processes_.check_health();

    Reply reply;
    reply.answer.toward_client = network_->mac_toward(scenario::Party::Client);
    reply.answer.toward_server = network_->mac_toward(scenario::Party::Server);
    reply.sockets.push_back(network_->packet_socket(SocketPlace::Client));
    reply.sockets.push_back(network_->packet_socket(SocketPlace::Server));
    if (spec_.kind == "model") {
      reply.sockets.push_back(network_->packet_socket(SocketPlace::TowardClient));
      reply.sockets.push_back(network_->packet_socket(SocketPlace::TowardServer));
    }
    return reply;
  }

  Reply operator()(const ApplyRequest& apply) {
    processes_.check_health();
    make(apply.change);
    return {};
  }

  Reply operator()(const ForgetRequest& tuple) {
    processes_.check_health();
    if (!spec_.forget.empty()) {
      processes_.run(forget_command(tuple));
    } else if (spec_.kind == "nftables") {
      forget_connection(tuple);
    } else {
      throw std::runtime_error(
          "this device has no way to clear one four-tuple: [device] of the bench needs a \"forget\" command");
    }
    return {};
  }

  Reply operator()(const HealthRequest&) {
    processes_.check_health();
    return {};
  }

  Reply operator()(const ProgramRequest& request) {
    auto started = programs().start(request);
    Reply reply;
    reply.answer.program = started.number;
    reply.sockets.push_back(std::move(started.life));
    reply.sockets.push_back(std::move(started.output));
    return reply;
  }

  Reply operator()(const ProgramStatusRequest& request) {
    Reply reply;
    reply.answer.program_status = programs().status(request.number);
    return reply;
  }

  Reply operator()(const ProgramEndRequest& request) {
    programs().end(request.number);
    return {};
  }

  Reply operator()(const KernelSocketRequest& request) {
    Reply reply;
    reply.sockets.push_back(network().kernel_socket(request.end));
    return reply;
  }

  Reply operator()(const StopRequest&) {
    processes_.stop();
    return {};
  }

 private:
  Network& network() {
    if (!network_) throw std::runtime_error("the lab is not up yet");
    return *network_;
  }

  Programs& programs() {
    if (!programs_) programs_.emplace(device_directory, network(), children_);
    return *programs_;
  }

  void make(const scenario::ApplySpec& change) {
    // What a change asks of a model concerns the caller alone.
    if (change.sysctl.empty() && change.ruleset.empty() && change.commands.empty()) return;
    if (spec_.kind == "wire")
      throw std::runtime_error("nothing is between the two wires, so there is nothing to change");
    set_sysctls(change.sysctl);
    load_ruleset(change.ruleset);
    for (const auto& command : change.commands) processes_.run(command);
  }

  std::vector<std::string> forget_command(const ForgetRequest& tuple) const {
    std::vector<std::string> command = spec_.forget;
    for (auto& word : command) {
      replace_all(word, "{family}", std::string(name(tuple.client.family)));
      replace_all(word, "{src}", to_string(tuple.client));
      replace_all(word, "{dst}", to_string(tuple.server));
      replace_all(word, "{sport}", std::to_string(tuple.client_port));
      replace_all(word, "{dport}", std::to_string(tuple.server_port));
    }
    return command;
  }

  scenario::DeviceSpec spec_;
  std::optional<Network> network_;
  Children children_{device_directory};
  Processes processes_{device_directory, children_};
  std::optional<Programs> programs_;
};

Reply answer_to(const std::string& text, Device& device) {
  try {
    return std::visit(device, decode_request(text));
  } catch (const std::exception& error) {
    Reply refusal;
    refusal.answer.error = error.what();
    return refusal;
  }
}

}  // namespace

void serve(Channel& channel) {
  set_environment();
  Device device;
  while (const auto message = channel.receive()) {
    const Reply reply = answer_to(message->text, device);
    std::vector<int> numbers;
    for (const auto& socket : reply.sockets) numbers.push_back(socket.get());
    if (!channel.send(encode(reply.answer), numbers)) return;
  }
}

}  // namespace twinwire::bench
